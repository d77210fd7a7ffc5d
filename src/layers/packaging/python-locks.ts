// Reads the lock files of Python's package managers: which packages are for development only.
import { parseJsonRecord, recordsIn, textIn } from './json-fields.ts';
import type { DevPackage, DevPackages } from './packaging-document.ts';
import { isNameLike, linesOf } from './text-lines.ts';

/** Pipfile.lock: packages of `develop` that are not in `default` as well. */
export function parsePipfileLock(bytes: Uint8Array): DevPackages | undefined {
  const lock = parseJsonRecord(bytes);
  if (lock?.['_meta'] === undefined) return undefined;
  const runtime = new Set(recordsIn(lock['default']).map(([name]) => name));
  const dev = recordsIn(lock['develop'])
    .filter(([name]) => !runtime.has(name) && isNameLike(name))
    .map(([name, one]) => devPackage(name, textIn(one, 'version')?.replace(/^==/, '')));
  return { kind: 'dev-packages', tool: 'pipenv', dev };
}

interface LockedPackage {
  name: string;
  version: string;
  /** The groups it belongs to; absent where the file does not say. */
  groups: readonly string[] | undefined;
}

/** Groups whose packages are installed without asking for development. */
const runtimeGroups = new Set(['main', 'default']);

/** poetry.lock and pdm.lock: packages whose `category` is dev, or none of whose `groups` is the main one. Versions 1.5 to 1.8 of poetry say neither. */
export function parsePoetryLock(bytes: Uint8Array): DevPackages | undefined {
  const packages: LockedPackage[] = [];
  let inPackage = false;
  for (const line of linesOf(bytes)) {
    if (line.startsWith('[')) {
      inPackage = line === '[[package]]';
      if (inPackage) packages.push({ name: '', version: '', groups: undefined });
      continue;
    }
    const open = inPackage ? packages.at(-1) : undefined;
    const [, key, value = ''] = /^(name|version|category|groups) = (.*)$/.exec(line) ?? [];
    if (open === undefined || key === undefined) continue;
    const texts = Array.from(value.matchAll(/"([^"\\]*)"/g), ([, text = '']) => text);
    if (key === 'name') open.name = texts[0] ?? '';
    else if (key === 'version') open.version = texts[0] ?? '';
    else open.groups = texts;
  }
  if (packages.length === 0) return undefined;
  const dev = packages
    .filter(
      ({ name, groups }) => isNameLike(name) && groups !== undefined && !groups.some((one) => runtimeGroups.has(one)),
    )
    .map(({ name, version }) => devPackage(name, version));
  return { kind: 'dev-packages', tool: 'poetry', dev };
}

function devPackage(name: string, version = ''): DevPackage {
  return { name, ...(isNameLike(version) && { version }) };
}
