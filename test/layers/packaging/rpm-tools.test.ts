// RPM's database as the tools themselves write it: packages that rpmbuild makes and rpm installs, and Berkeley DB's own files of them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { berkeleyHashValues } from '../../../src/layers/packaging/berkeley-hash.ts';
import type { PackageDatabase } from '../../../src/layers/packaging/packaging-document.ts';
import { parseRpmDatabase } from '../../../src/layers/packaging/rpm-database.ts';
import { skipWithout } from '../../support/installed-tools.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { ndbDatabase } from './old-rpm-databases.ts';

/** Headers shorter than a page, longer than one, and longer than a hundred. */
const spec = `
Name: gcc
Version: 8.5.0
Release: 20.el8
Summary: A compiler
License: none
BuildArch: noarch
%description
%package -n kernel-headers
Summary: Many headers
%description -n kernel-headers
%package -n app
Summary: What the image is for
%description -n app
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/libexec/gcc %{buildroot}/usr/include/linux
touch %{buildroot}/usr/bin/gcc %{buildroot}/usr/libexec/gcc/cc1 %{buildroot}/usr/bin/app
for i in $(seq 3000); do echo > %{buildroot}/usr/include/linux/a-header-of-the-kernel-$i.h; done
%files
/usr/bin/gcc
/usr/libexec/gcc
%files -n kernel-headers
/usr/include/linux
%files -n app
/usr/bin/app
`;

interface LoadOptions {
  readonly pageBytes: number;
  readonly byteOrder: 1234 | 4321;
}

/** The bytes of a hash that Berkeley DB writes, with the keys that RPM gives to headers. */
function loadedHash(directory: string, blobs: readonly Uint8Array[], { pageBytes, byteOrder }: LoadOptions): Buffer {
  const key = (index: number) => {
    const bytes = Buffer.alloc(4);
    if (byteOrder === 1234) bytes.writeUInt32LE(index);
    else bytes.writeUInt32BE(index);
    return bytes;
  };
  // RPM keeps the highest number under the first key.
  const pairs = [key(0), key(blobs.length), ...blobs.flatMap((blob, index) => [key(index + 1), Buffer.from(blob)])];
  const lines = pairs.map((bytes) => ` ${bytes.toString('hex')}\n`).join('');
  const head = `VERSION=3\nformat=bytevalue\ntype=hash\ndb_pagesize=${pageBytes}\ndb_lorder=${byteOrder}\nHEADER=END\n`;
  const path = join(directory, 'Packages');
  rmSync(path, { force: true });
  execFileSync('db5.3_load', [path], { input: `${head}${lines}DATA=END\n` });
  return readFileSync(path);
}

/** Says what rpm finds in a database. */
function namesOf(directory: string, backend: 'sqlite' | 'bdb_ro'): readonly string[] {
  const selection = ['--define', `_db_backend ${backend}`, '--dbpath', directory, '-qa', '--qf', '%{NAME}\\n'];
  const names = execFileSync('rpm', selection, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return names.trim().split('\n').toSorted();
}

/** The headers that rpm keeps of packages which rpmbuild makes. */
function installedHeaders(directory: string): readonly Uint8Array[] {
  const [specPath, builds, database] = [join(directory, 'gcc.spec'), join(directory, 'builds'), join(directory, 'db')];
  mkdirSync(database);
  writeFileSync(specPath, spec);
  execFileSync('rpmbuild', ['-bb', '--quiet', '--define', `_topdir ${builds}`, specPath], { stdio: 'pipe' });
  const packages = readdirSync(join(builds, 'RPMS/noarch')).map((name) => join(builds, 'RPMS/noarch', name));
  const justNoted = ['--justdb', '--nodeps', '--force-debian', '--define', '_db_backend sqlite', '--dbpath', database];
  execFileSync('rpm', ['-i', ...justNoted, ...packages], { stdio: 'pipe' });
  assert.deepEqual(namesOf(database, 'sqlite'), ['app', 'gcc', 'kernel-headers']);
  using tables = new DatabaseSync(join(database, 'rpmdb.sqlite'));
  const rows = tables.prepare('SELECT blob FROM Packages').all();
  return rows.map(({ blob }) => {
    assert.ok(blob instanceof Uint8Array);
    return blob;
  });
}

function inOrder(database: PackageDatabase | undefined): PackageDatabase | undefined {
  return database && { ...database, packages: database.packages.toSorted((a, b) => a.name.localeCompare(b.name)) };
}

suite('what the tools write', { skip: skipWithout('rpm', 'rpmbuild', 'db5.3_load') }, () => {
  test('says the same of the same packages in each form', async (t) => {
    const directory = await temporaryDirectory(t);
    const headers = installedHeaders(directory);
    const expected = inOrder(parseRpmDatabase(readFileSync(join(directory, 'db/rpmdb.sqlite'))));
    assert.deepEqual(
      expected?.packages.map(({ name, version, files }) => [name, version, files?.split('\n').length]),
      [
        ['gcc', '8.5.0-20.el8', 4],
        ['kernel-headers', '8.5.0-20.el8', 3002],
      ],
    );
    assert.equal(expected.installed, 3);
    for (const pageBytes of [512, 4096, 65_536]) {
      for (const byteOrder of [1234, 4321] as const) {
        const hash = loadedHash(directory, headers, { pageBytes, byteOrder });
        assert.deepEqual(namesOf(directory, 'bdb_ro'), ['app', 'gcc', 'kernel-headers'], 'rpm reads it');
        assert.deepEqual(inOrder(parseRpmDatabase(hash)), expected);
      }
    }
    assert.deepEqual(inOrder(parseRpmDatabase(ndbDatabase(headers.map((header) => Buffer.from(header))))), expected);
  });

  test('has every value in a hash, whatever the length of values and pages', async (t) => {
    const directory = await temporaryDirectory(t);
    const lengths = fc.array(fc.oneof(fc.integer({ min: 8, max: 300 }), fc.integer({ min: 8, max: 9000 })), {
      minLength: 1,
      maxLength: 300,
    });
    const options = fc.record({
      pageBytes: fc.constantFrom(512, 4096, 16_384, 65_536),
      byteOrder: fc.constantFrom<(1234 | 4321)[]>(1234, 4321),
    });
    fc.assert(
      fc.property(lengths, options, (sizes, chosen) => {
        const blobs = sizes.map((size, index) => Buffer.alloc(size, `${index} `));
        const values = [...berkeleyHashValues(loadedHash(directory, blobs, chosen))].map((value) => value.toString());
        const count = values.filter((value) => value.length === 4);
        assert.equal(count.length, 1);
        assert.deepEqual(values.filter((value) => value.length > 4).toSorted(), blobs.map(String).toSorted());
      }),
      { numRuns: 20 },
    );
  });
});
