// Reads pnpm-lock.yaml, and node_modules/.pnpm/lock.yaml, which says what was installed: which packages are for development only.
import { neededBy } from './dependency-closure.ts';
import type { DevPackage, DevPackages } from './packaging-document.ts';
import { isNameLike, linesOf } from './text-lines.ts';

/** What the lines of one lock file say. */
interface PnpmLock {
  /** What projects need, by `name@version`. */
  readonly runtime: string[];
  readonly development: string[];
  /** Packages, and whom they need. */
  readonly needs: Map<string, string[]>;
  /** Those that an older lock file says are for development, itself. */
  readonly marked: string[];
}

/** pnpm writes plain keys at fixed depths; nothing here is YAML beyond that. Undefined for what is no pnpm lock file. */
export function parsePnpmLock(bytes: Uint8Array): DevPackages | undefined {
  const lock: PnpmLock = { runtime: [], development: [], needs: new Map(), marked: [] };
  const keys: string[] = [];
  let isLock = false;
  for (const line of linesOf(bytes)) {
    const [, indent = '', key = '', value = ''] =
      /^( *)('[^']*'|[^\s'"#:][^\s:]*(?::[^\s:]+)*): ?(.*)$/.exec(line) ?? [];
    if (key === '') continue;
    if (key === 'lockfileVersion') isLock = true;
    keys.length = Math.min(keys.length, Math.floor(indent.length / 2));
    keys.push(unquoted(key));
    read(lock, keys, unquoted(value));
  }
  if (!isLock) return undefined;
  return { kind: 'dev-packages', tool: 'pnpm', dev: developmentOf(lock).flatMap(devPackage) };
}

function read(lock: PnpmLock, keys: readonly string[], value: string): void {
  const [section = '', ...rest] = keys;
  if (section === 'importers') readProject(lock, rest.slice(1), value);
  else if (section === 'packages' || section === 'snapshots') readPackage(lock, rest, value);
  else readProject(lock, keys, value);
}

/** `dependencies:`, `name:`, and there either the version or, one level below, `version:`. */
function readProject(lock: PnpmLock, [group = '', name = '', field]: readonly string[], value: string): void {
  if (name === '' || value === '' || (field !== undefined && field !== 'version')) return;
  if (group === 'devDependencies') lock.development.push(idOf(name, value));
  else if (group === 'dependencies' || group === 'optionalDependencies') lock.runtime.push(idOf(name, value));
}

function readPackage(lock: PnpmLock, [key = '', group, name]: readonly string[], value: string): void {
  const id = key.replace(/^\//, '');
  if (group === undefined) {
    if (!lock.needs.has(id)) lock.needs.set(id, []);
  } else if (group === 'dev' && value === 'true') lock.marked.push(id);
  else if (name !== undefined && (group === 'dependencies' || group === 'optionalDependencies')) {
    lock.needs.get(id)?.push(idOf(name, value));
  }
}

/** A version may itself be the whole id of a package (an alias), also in the older form `/name/1.0.0`. */
function idOf(name: string, version: string): string {
  if (version.startsWith('/')) return version.slice(1);
  return /^(?:@[^/]+\/)?[^@/(]+@/.test(version) ? version : `${name}@${version}`;
}

function developmentOf(lock: PnpmLock): readonly string[] {
  if (lock.marked.length > 0) return lock.marked;
  const runtime = neededBy(lock.runtime, lock.needs);
  return [...neededBy(lock.development, lock.needs)].filter((id) => !runtime.has(id));
}

/** `@scope/name@1.0.0(peer@2)`, `name@1.0.0_peer@2`, `@scope/name/1.0.0_peer@2`. */
function devPackage(id: string): readonly DevPackage[] {
  const [, name = '', version = ''] = /^((?:@[^/@]+\/)?[^/@]+)[@/](\d[^(_/]*)/.exec(id) ?? [];
  return isNameLike(name) && isNameLike(version) ? [{ name, version }] : [];
}

function unquoted(text: string): string {
  return /^(['"]).*\1$/.test(text) ? text.slice(1, -1) : text;
}
