// Reads what Debian and Alpine keep of installed packages, and os-release; of packages only those that building needs.
import { buildPackageOf } from './build-packages.ts';
import type { InstalledPackage, OsRelease, PackageDatabase, PathLines } from './packaging-document.ts';
import { isNameLike, linesOf, PathBudget, pathLines } from './text-lines.ts';

const maxPrettyName = 200;

/** os-release(5): undefined where there is no ID. */
export function parseOsRelease(bytes: Uint8Array): OsRelease | undefined {
  const fields = new Map<string, string>();
  for (const line of linesOf(bytes)) {
    const [, key = '', value = ''] = /^(ID|VERSION_ID|PRETTY_NAME)=(.*)$/.exec(line) ?? [];
    if (key !== '') fields.set(key, unquoted(value.trim()));
  }
  const id = fields.get('ID');
  if (id === undefined || !isNameLike(id)) return undefined;
  const versionId = fields.get('VERSION_ID');
  const prettyName = fields.get('PRETTY_NAME');
  return {
    id,
    ...(versionId !== undefined && isNameLike(versionId) && { versionId }),
    ...(prettyName !== undefined && prettyName.length <= maxPrettyName && { prettyName }),
  };
}

function unquoted(value: string): string {
  const [, , inner] = /^(["'])(.*)\1$/.exec(value) ?? [];
  return inner ?? value;
}

/**
 * A dpkg status file, or one of distroless' `status.d` files, which hold one paragraph and no Status. Paragraphs of packages that were
 * removed are no packages. Undefined for what has no package in it and is not empty.
 */
export function parseDpkgStatus(bytes: Uint8Array): PackageDatabase | undefined {
  const packages: InstalledPackage[] = [];
  let installed = 0;
  for (const paragraph of paragraphsOf(bytes, /^(Package|Status|Version): *(.*)$/)) {
    const [name = '', version = ''] = [paragraph.get('Package'), paragraph.get('Version')];
    if (!isNameLike(name) || / (?:not-installed|config-files)$/.test(paragraph.get('Status') ?? '')) continue;
    installed += 1;
    if (buildPackageOf(name) !== undefined) packages.push({ name, version: isNameLike(version) ? version : '' });
  }
  if (installed === 0 && bytes.length > 0) return undefined;
  return { kind: 'package-database', manager: 'dpkg', installed, packages };
}

/** Fields that the pattern names, by paragraph; empty lines part paragraphs. */
function* paragraphsOf(bytes: Uint8Array, field: RegExp): Generator<ReadonlyMap<string, string>> {
  let paragraph = new Map<string, string>();
  for (const line of linesOf(bytes)) {
    if (line === '') {
      if (paragraph.size > 0) yield paragraph;
      paragraph = new Map();
      continue;
    }
    const [, key, value = ''] = field.exec(line) ?? [];
    if (key !== undefined) paragraph.set(key, value);
  }
  if (paragraph.size > 0) yield paragraph;
}

/** A `.list` of dpkg: absolute paths, each directory before what is in it. Directories are left out. */
export function parseDpkgList(bytes: Uint8Array): PathLines {
  const files: string[] = [];
  let last = '/.';
  for (const line of linesOf(bytes)) {
    if (last !== '/.' && !line.startsWith(`${last}/`)) files.push(last.slice(1));
    last = line.startsWith('/') ? line : '/.';
  }
  if (last !== '/.') files.push(last.slice(1));
  return pathLines(files);
}

/** apk's `installed`: a letter, a colon and a value in each line; `F` says a directory and `R` the files in it. */
export function parseApkInstalled(bytes: Uint8Array): PackageDatabase | undefined {
  const packages: InstalledPackage[] = [];
  let installed = 0;
  let [name, version, directory] = ['', '', ''];
  let files: string[] | undefined;
  const budget = new PathBudget();
  const finish = () => {
    if (isNameLike(name)) installed += 1;
    if (files !== undefined)
      packages.push({ name, version: isNameLike(version) ? version : '', files: pathLines(files) });
    [name, version, directory, files] = ['', '', '', undefined];
  };
  for (const line of linesOf(bytes)) {
    if (line === '') finish();
    const value = line.slice(2);
    if (line.startsWith('P:')) {
      name = value;
      files = isNameLike(name) && buildPackageOf(name) !== undefined ? [] : undefined;
    } else if (line.startsWith('V:')) version = value;
    else if (line.startsWith('F:')) directory = value === '' ? '' : `${value}/`;
    else if (line.startsWith('R:') && files !== undefined) {
      const path = directory + value;
      if (!budget.take(path)) return undefined;
      files.push(path);
    }
  }
  finish();
  if (installed === 0 && bytes.length > 0) return undefined;
  return { kind: 'package-database', manager: 'apk', installed, packages };
}
