// Reads package.json and npm's lock files: what they ask for by name, and what of it is for development.
import { isRecord, type JsonRecord, parseJsonRecord, recordsIn, textIn } from './json-fields.ts';
import type { DevPackage, DevPackages, PackageManifest } from './packaging-document.ts';
import { isNameLike, PathBudget } from './text-lines.ts';

export function parsePackageManifest(bytes: Uint8Array): PackageManifest | undefined {
  const manifest = parseJsonRecord(bytes);
  if (manifest === undefined) return undefined;
  const names = (field: string) => (isRecord(manifest[field]) ? Object.keys(manifest[field]).filter(isNameLike) : []);
  const version = textIn(manifest, 'version');
  return {
    kind: 'package-manifest',
    ...(version !== undefined && isNameLike(version) && { version }),
    dependencies: [...names('dependencies'), ...names('optionalDependencies'), ...names('peerDependencies')],
    devDependencies: names('devDependencies'),
  };
}

/**
 * `package-lock.json` and `npm-shrinkwrap.json` of versions 1 to 3, and the record of what was installed, `node_modules/.package-lock.json`.
 * What is `devOptional` stays when development dependencies are omitted, so it is none.
 */
export function parseNpmLock(bytes: Uint8Array): DevPackages | undefined {
  const lock = parseJsonRecord(bytes);
  if (lock === undefined) return undefined;
  if (isRecord(lock['packages'])) return { kind: 'dev-packages', tool: 'npm', dev: devInPackages(lock['packages']) };
  if (isRecord(lock['dependencies'])) {
    const dev = devInTree(lock['dependencies']);
    return dev && { kind: 'dev-packages', tool: 'npm', dev };
  }
  // A project without dependencies has a lock without packages.
  return typeof lock['lockfileVersion'] === 'number' ? { kind: 'dev-packages', tool: 'npm', dev: [] } : undefined;
}

/** Keys are paths from the lock file's directory. */
function devInPackages(packages: JsonRecord): readonly DevPackage[] {
  return recordsIn(packages).flatMap(([path, one]) => {
    if (one['dev'] !== true || one['link'] === true) return [];
    const at = path.lastIndexOf('node_modules/');
    return at === -1 ? [] : devPackage(path, path.slice(at + 'node_modules/'.length), one);
  });
}

/** Version 1 nests packages as their directories do. Undefined where paths are too many. */
function devInTree(root: JsonRecord): readonly DevPackage[] | undefined {
  const found: DevPackage[] = [];
  const budget = new PathBudget();
  const open: { readonly prefix: string; readonly tree: unknown }[] = [{ prefix: '', tree: root }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const [name, one] of recordsIn(next.tree)) {
      const path = `${next.prefix}node_modules/${name}`;
      if (!budget.take(path)) return undefined;
      if (one['dev'] === true) found.push(...devPackage(path, name, one));
      if (path.length < maxPathLength) open.push({ prefix: `${path}/`, tree: one['dependencies'] });
    }
  }
  return found;
}

/** PATH_MAX of Linux: deeper nesting than this has no directory. */
const maxPathLength = 4096;

function devPackage(path: string, name: string, one: JsonRecord): readonly DevPackage[] {
  const version = textIn(one, 'version');
  if (!isNameLike(name) || path.length > maxPathLength) return [];
  // The version of a package from an address is that address.
  return [{ name, path, ...(version !== undefined && /^\d[\w.+-]*$/.test(version) && { version }) }];
}
