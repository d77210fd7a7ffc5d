// Which files belong to packages of the distribution that only building needs, as its package databases say.
import { buildPackageOf } from '../layers/packaging/build-packages.ts';
import type { PackageDatabase } from '../layers/packaging/packaging-document.ts';
import { packageOfList } from '../layers/packaging/packaging-readers.ts';
import type { Ecosystem } from './composition.ts';
import { leftoverPart, type Part } from './part.ts';
import { plainPath } from './plain-path.ts';
import type { PlacedDocument } from './survey.ts';

export type PackageOwners = ReadonlyMap<string, Part>;

type Manager = PackageDatabase['manager'];

const distributions = { dpkg: 'debian', apk: 'alpine', rpm: 'rpm' } as const satisfies Record<Manager, Ecosystem>;

/** By plain path, of all layers: what one of them installs another may remove, and its files are still what they were. */
export function packageOwners(documents: readonly PlacedDocument[]): PackageOwners {
  const versions = new Map<string, string>();
  for (const { packaging } of documents) {
    if (packaging.kind !== 'package-database') continue;
    for (const { name, version } of packaging.packages) versions.set(name, version);
  }
  const owners = new Map<string, Part>();
  for (const { path, packaging } of documents) {
    if (packaging.kind === 'package-database') {
      for (const { name, version, files } of packaging.packages) {
        own(owners, packagePart(packaging.manager, name, version), files ?? '');
      }
    } else if (packaging.kind === 'package-files') {
      const name = packageOfList(path) ?? '';
      own(owners, packagePart('dpkg', name, versions.get(name)), packaging.files);
    }
  }
  return owners;
}

function own(owners: Map<string, Part>, part: Part | undefined, files: string): void {
  if (part === undefined) return;
  for (let start = 0; start < files.length; ) {
    const end = files.indexOf('\n', start);
    owners.set(plainPath(files.slice(start, end)), part);
    start = end + 1;
  }
}

function packagePart(manager: Manager, name: string, version = ''): Part | undefined {
  const known = buildPackageOf(name);
  if (known === undefined) return undefined;
  const { purpose, language } = known;
  return leftoverPart({
    category: purpose,
    ecosystem: language === 'distribution' ? distributions[manager] : language,
    name,
    ...(version !== '' && { version }),
    evidence: [manager, 'package', name, version].join(' ').trim(),
  });
}
