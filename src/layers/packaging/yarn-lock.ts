// Reads yarn.lock, of yarn 1 and of later ones: which packages there are and whom they need, by name.
import type { DependencyGraph } from './packaging-document.ts';
import { isNameLike, linesOf } from './text-lines.ts';

interface OpenPackage {
  readonly name: string;
  version: string;
  readonly needs: string[];
}

/**
 * Both forms are lines whose indentation says what belongs to what: `name@range, name@range:`, below it `version` and `dependencies:`, below
 * that the names. Ranges, addresses and checksums are not kept.
 */
export function parseYarnLock(bytes: Uint8Array): DependencyGraph | undefined {
  const packages: OpenPackage[] = [];
  let isLock = false;
  let inDependencies = false;
  for (const line of linesOf(bytes)) {
    if (/^# yarn lockfile v1|^__metadata:/.test(line)) isLock = true;
    const [, indent = '', content = ''] = /^( *)(.*)$/.exec(line) ?? [];
    if (content === '' || content.startsWith('#')) continue;
    if (indent.length === 0) {
      inDependencies = false;
      const name = nameOf(content);
      if (name !== undefined) packages.push({ name, version: '', needs: [] });
      continue;
    }
    const open = packages.at(-1);
    if (open === undefined) continue;
    if (indent.length === 2) {
      inDependencies = /^(?:optionalDependencies|dependencies):$/.test(content);
      const [, version] = /^version:? "?(\d[\w.+-]*)"?$/.exec(content) ?? [];
      if (version !== undefined && isNameLike(version)) open.version = version;
    } else if (inDependencies && indent.length === 4) {
      const [, name = ''] = /^"?((?:@[^/"\s]+\/)?[^@/"\s:]+)"?:? /.exec(content) ?? [];
      if (isNameLike(name)) open.needs.push(name);
    }
  }
  return isLock ? { kind: 'dependency-graph', tool: 'yarn', packages } : undefined;
}

/** The name in `"@scope/name@npm:^1.0.0, @scope/name@npm:^1.1.0":`; undefined for other sections. */
function nameOf(key: string): string | undefined {
  const [, name] = /^"?((?:@[^/@"\s]+\/)?[^@/"\s]+)@/.exec(key) ?? [];
  return name !== undefined && isNameLike(name) ? name : undefined;
}
