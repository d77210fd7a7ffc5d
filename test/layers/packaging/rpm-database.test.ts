// RPM's database, in each of its forms: every package, and nothing of what is damaged. That in SQLite is as SQLite itself writes it.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { DamagedDatabase } from '../../../src/layers/packaging/damaged-database.ts';
import { parseRpmDatabase } from '../../../src/layers/packaging/rpm-database.ts';
import { sqliteRows } from '../../../src/layers/packaging/sqlite-table.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { berkeleyDatabase, ndbDatabase } from './old-rpm-databases.ts';
import { rpmDatabase, rpmHeader } from './rpm-headers.ts';

const gcc = {
  name: 'gcc',
  version: '11.4.1',
  release: '3.el9',
  files: ['/usr/bin/gcc', '/usr/libexec/gcc/cc1', '/usr/bin/cc'],
};
const bash = { name: 'bash', version: '5.1.8', release: '9.el9', files: ['/usr/bin/bash'] };

const isDamaged = (thrown: unknown) => thrown instanceof DamagedDatabase || thrown instanceof RangeError;

suite('sqliteRows', () => {
  test('has the rows that SQLite wrote, in pages of any size, with records of any length', async (t) => {
    const directory = await temporaryDirectory(t);
    const lengths = fc.array(fc.oneof(fc.nat(100), fc.nat(5000), fc.constantFrom(472, 473, 477, 4061, 4062, 70_000)), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(lengths, fc.constantFrom(512, 1024, 4096, 65_536), (sizes, pageBytes) => {
        const blobs = sizes.map((size, index) => Buffer.alloc(size, index + 1));
        const rows = sqliteRows(rpmDatabase(directory, blobs, pageBytes), 'Packages');
        assert.deepEqual([...rows.map(([, blob]) => blob)], blobs);
      }),
      { numRuns: 40 },
    );
  });

  test('has many rows, in their order', async (t) => {
    const directory = await temporaryDirectory(t);
    const blobs = Array.from({ length: 3000 }, (_, index) => Buffer.from(`${index}`));
    const rows = sqliteRows(rpmDatabase(directory, blobs, 512), 'Packages');
    assert.deepEqual([...rows.map(([, blob]) => String(blob))], blobs.map(String));
  });

  test('has none of another table, and none of what is no database', async (t) => {
    const directory = await temporaryDirectory(t);
    assert.throws(() => [...sqliteRows(rpmDatabase(directory, []), 'Provides')], isDamaged);
    assert.throws(() => [...sqliteRows(Buffer.from('SQLite format 3\0'), 'Packages')], isDamaged);
    assert.throws(() => [...sqliteRows(Buffer.alloc(0), 'Packages')], isDamaged);
  });
});

type Form = (directory: string, blobs: readonly Buffer[]) => Buffer;

const forms: readonly (readonly [name: string, make: Form])[] = [
  ['SQLite', (directory, blobs) => rpmDatabase(directory, blobs, 512)],
  // RPM keeps a count under the first key.
  ['Berkeley DB', (_, blobs) => berkeleyDatabase([Buffer.alloc(4), ...blobs], { pageBytes: 512 })],
  ['Berkeley DB of big-endian machines', (_, blobs) => berkeleyDatabase(blobs, { pageBytes: 512, isBigEndian: true })],
  ['ndb', (_, blobs) => ndbDatabase(blobs)],
];

for (const [form, make] of forms) {
  suite(`parseRpmDatabase of ${form}`, () => {
    test('has the files of packages that building needs, and the number of all', async (t) => {
      const directory = await temporaryDirectory(t);
      const key = { ...bash, name: 'gpg-pubkey', files: [] };
      assert.deepEqual(parseRpmDatabase(make(directory, [bash, gcc, key].map(rpmHeader))), {
        kind: 'package-database',
        manager: 'rpm',
        installed: 2,
        packages: [{ name: 'gcc', version: '11.4.1-3.el9', files: 'usr/bin/gcc\nusr/libexec/gcc/cc1\nusr/bin/cc\n' }],
      });
    });

    test('gives up where few bytes stand for very many paths', async (t) => {
      const directory = await temporaryDirectory(t);
      const long = `/${'d'.repeat(100_000)}/`;
      const files = Array.from({ length: 200 }, () => `${long}f`);
      assert.equal(parseRpmDatabase(make(directory, [rpmHeader({ ...gcc, files })])), undefined);
    });

    test('never throws, whatever was done to the bytes', async (t) => {
      const directory = await temporaryDirectory(t);
      const bytes = make(directory, [bash, gcc].map(rpmHeader));
      const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 40 }), fc.nat(bytes.length), (changes, length) => {
          const damaged = Buffer.from(bytes);
          for (const [at, value] of changes) damaged[at] = value;
          parseRpmDatabase(damaged.subarray(0, length));
          parseRpmDatabase(damaged);
        }),
      );
    });

    test('never throws, whichever bit is another', async (t) => {
      const bytes = make(await temporaryDirectory(t), [bash, gcc].map(rpmHeader));
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const damaged = Buffer.from(bytes);
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        parseRpmDatabase(damaged);
      }
    });
  });
}

suite('parseRpmDatabase', () => {
  test('has nothing of what is in none of these forms', () => {
    for (const text of ['', 'x', 'RpmP', 'SQLite format 3\0', 'x'.repeat(5000)]) {
      assert.equal(parseRpmDatabase(Buffer.from(text)), undefined);
    }
  });

  test('does not follow pages in a circle, or records that are longer than the file', async (t) => {
    const directory = await temporaryDirectory(t);
    const bytes = rpmDatabase(directory, [Buffer.alloc(20_000, 1)], 512);
    // Every overflow page says the next one first; all of them now say the same.
    const circle = Buffer.from(bytes);
    for (let page = 5; page < circle.length / 512; page += 1) circle.writeUInt32BE(6, page * 512);
    assert.equal(parseRpmDatabase(circle), undefined);
  });

  test('gives up where cells overlap, so that few bytes stand for many rows', async (t) => {
    const bytes = rpmDatabase(await temporaryDirectory(t), [Buffer.alloc(300, 1), Buffer.alloc(50)], 512);
    const pages = Array.from({ length: bytes.length / 512 }, (_, index) => index * 512);
    const page = pages.find(
      (at) => bytes[at] === 0x0d && bytes.readUInt16BE(at + 3) === 2 && bytes.readUInt16BE(at + 8) > 80,
    );
    assert.ok(page !== undefined, 'there is a leaf with two cells');
    const overlapping = Buffer.from(bytes);
    overlapping.writeUInt16BE(30, page + 3);
    for (let cell = 1; cell < 30; cell += 1) overlapping.copy(overlapping, page + 8 + cell * 2, page + 8, page + 10);
    assert.equal([...sqliteRows(bytes, 'Packages')].length, 2);
    assert.throws(() => [...sqliteRows(overlapping, 'Packages')], isDamaged);
  });
});
