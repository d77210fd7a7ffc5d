// Reads uv.lock: which packages only the development groups of its projects need.
import { neededBy } from './dependency-closure.ts';
import type { DevPackages } from './packaging-document.ts';
import { isNameLike, linesOf } from './text-lines.ts';

interface LockedPackage {
  name: string;
  version: string;
  /** One of the projects that the lock file is of, not something that is fetched. */
  isProject: boolean;
  readonly needs: string[];
  readonly developmentNeeds: string[];
}

/** Extras of a project may be what an image wants; they count as needed. */
const runtimeSections = new Set(['[[package]]', '[package.optional-dependencies]']);
const developmentSection = '[package.dev-dependencies]';

export function parseUvLock(bytes: Uint8Array): DevPackages | undefined {
  const packages: LockedPackage[] = [];
  let [section, key] = ['', ''];
  for (const line of linesOf(bytes)) {
    if (line.startsWith('[')) {
      [section, key] = [line, ''];
      if (line === '[[package]]') {
        packages.push({ name: '', version: '', isProject: false, needs: [], developmentNeeds: [] });
      }
      continue;
    }
    key = /^([\w-]+) = /.exec(line)?.[1] ?? key;
    const open = packages.at(-1);
    if (open !== undefined) readLine(open, line, { section, key });
  }
  if (packages.length === 0) return undefined;
  return { kind: 'dev-packages', tool: 'uv', dev: developmentOf(packages) };
}

function readLine(
  open: LockedPackage,
  line: string,
  { section, key }: { readonly section: string; readonly key: string },
): void {
  if (section === '[[package]]') {
    const [, value = ''] = /^(?:name|version) = "([^"\\]*)"$/.exec(line) ?? [];
    if (key === 'name' && isNameLike(value)) open.name = value;
    if (key === 'version' && isNameLike(value)) open.version = value;
    if (key === 'source') open.isProject = /^source = \{ (?:virtual|editable) = /.test(line);
    if (key !== 'dependencies') return;
  }
  const needs = section === developmentSection ? open.developmentNeeds : open.needs;
  if (section !== developmentSection && !runtimeSections.has(section)) return;
  for (const [, name = ''] of line.matchAll(/\{ name = "([^"\\]*)"/g)) if (isNameLike(name)) needs.push(name);
}

function developmentOf(packages: readonly LockedPackage[]): DevPackages['dev'] {
  const needs = new Map<string, string[]>();
  for (const one of packages) {
    const known = needs.get(one.name);
    if (known === undefined) needs.set(one.name, [...one.needs]);
    else for (const name of one.needs) known.push(name);
  }
  const projects = packages.filter(({ isProject }) => isProject);
  const runtime = neededBy(
    projects.map(({ name }) => name),
    needs,
  );
  const development = neededBy(
    projects.flatMap(({ developmentNeeds }) => developmentNeeds),
    needs,
  );
  return packages
    .filter(({ name }) => name !== '' && development.has(name) && !runtime.has(name))
    .map(({ name, version }) => (version === '' ? { name } : { name, version }));
}
