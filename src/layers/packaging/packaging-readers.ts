// The closed list of package managers' records that are kept: where they lie, and who reads them.
import { buildPackageOf } from './build-packages.ts';
import { parseApkInstalled, parseDpkgList, parseDpkgStatus, parseOsRelease } from './distribution-databases.ts';
import { parseNpmLock, parsePackageManifest } from './npm-files.ts';
import type { PackagingDocument } from './packaging-document.ts';
import { parsePnpmLock } from './pnpm-lock.ts';
import { parsePipfileLock, parsePoetryLock } from './python-locks.ts';
import { parseRpmDatabase } from './rpm-database.ts';
import { parseUvLock } from './uv-lock.ts';
import { parseComposerInstalled, parseGemfile } from './vendored-packages.ts';
import { parseYarnLock } from './yarn-lock.ts';

export interface PackagingReader {
  /** Undefined for what cannot be read as what its name says. Never throws, in linear time. */
  readonly parse: (bytes: Uint8Array) => PackagingDocument | undefined;
  /** What bounds its bytes, where not `maxPackagingBytes`. */
  readonly limit?: 'maxRpmDatabaseBytes';
}

interface PlacedReader extends PackagingReader {
  /** Last names of paths, told first because it is asked of every file of every layer. */
  readonly names: readonly string[];
  readonly isPlace: (path: string) => boolean;
}

/** In the directory of a project, and not in that of an installed package; what a gem was tested with says nothing of others. */
const inProject = (path: string) => !/(?:^|\/)(?:node_modules|site-packages|dist-packages|gems|lib\/ruby)\//.test(path);

const placedReaders: readonly PlacedReader[] = [
  {
    names: ['os-release'],
    isPlace: (path) => path === 'etc/os-release' || path === 'usr/lib/os-release',
    parse(bytes) {
      const release = parseOsRelease(bytes);
      return release && { kind: 'os-release', release };
    },
  },
  { names: ['status'], isPlace: (path) => path === 'var/lib/dpkg/status', parse: parseDpkgStatus },
  {
    names: ['installed'],
    isPlace: (path) => /^(?:usr\/)?lib\/apk\/db\/installed$/.test(path),
    parse: parseApkInstalled,
  },
  {
    names: ['rpmdb.sqlite', 'Packages', 'Packages.db'],
    isPlace: (path) => /^(?:var\/lib\/rpm|usr\/lib\/sysimage\/rpm|usr\/share\/rpm)\/[^/]+$/.test(path),
    limit: 'maxRpmDatabaseBytes',
    parse: parseRpmDatabase,
  },
  {
    // Also of the package managers themselves, for their version.
    names: ['package.json'],
    isPlace: (path) =>
      inProject(path) || /(?:^|\/)(?:lib\/node_modules|nodejs)\/(?:npm|yarn|pnpm|corepack)\/package\.json$/.test(path),
    parse: parsePackageManifest,
  },
  { names: ['package-lock.json', 'npm-shrinkwrap.json'], isPlace: inProject, parse: parseNpmLock },
  {
    names: ['.package-lock.json'],
    isPlace: (path) => isOutermost(path, 'node_modules/.package-lock.json'),
    parse: parseNpmLock,
  },
  { names: ['yarn.lock'], isPlace: inProject, parse: parseYarnLock },
  { names: ['pnpm-lock.yaml'], isPlace: inProject, parse: parsePnpmLock },
  { names: ['lock.yaml'], isPlace: (path) => isOutermost(path, 'node_modules/.pnpm/lock.yaml'), parse: parsePnpmLock },
  { names: ['Pipfile.lock'], isPlace: inProject, parse: parsePipfileLock },
  { names: ['poetry.lock', 'pdm.lock'], isPlace: inProject, parse: parsePoetryLock },
  { names: ['uv.lock'], isPlace: inProject, parse: parseUvLock },
  {
    names: ['installed.json'],
    isPlace: (path) => /(?:^|\/)vendor\/composer\/installed\.json$/.test(path),
    parse: parseComposerInstalled,
  },
  { names: ['Gemfile'], isPlace: inProject, parse: parseGemfile },
];

const readersByName = new Map(placedReaders.flatMap((reader) => reader.names.map((name) => [name, reader] as const)));

/** Where Debian keeps its packages, and distroless images theirs: there the names of files are those of packages. */
const dpkgDirectory = 'var/lib/dpkg/';
const listReader: PackagingReader = { parse: (bytes) => ({ kind: 'package-files', files: parseDpkgList(bytes) }) };
const paragraphReader: PackagingReader = { parse: parseDpkgStatus };

/** Undefined for a file whose content is not kept. */
export function packagingReaderFor(path: string): PackagingReader | undefined {
  const reader = readersByName.get(path.slice(path.lastIndexOf('/') + 1));
  if (reader?.isPlace(path) === true) return reader;
  if (!path.startsWith(dpkgDirectory)) return undefined;
  if (/^status\.d\/[^/]+(?<!\.md5sums)$/.test(path.slice(dpkgDirectory.length))) return paragraphReader;
  return buildPackageOf(packageOfList(path) ?? '') === undefined ? undefined : listReader;
}

/** The package whose files a `.list` of dpkg names: `libc6-dev:amd64.list` is of libc6-dev. */
export function packageOfList(path: string): string | undefined {
  return /^var\/lib\/dpkg\/info\/([^/:]+)(?::[^/]+)?\.list$/.exec(path)?.[1];
}

/** Whether a path ends so, in a project and not inside one of its packages. */
function isOutermost(path: string, end: string): boolean {
  return path.endsWith(end) && path.indexOf('node_modules/') === path.length - end.length;
}
