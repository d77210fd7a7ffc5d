// Berkeley DB hashes: every value, whatever its length, and nothing of what is damaged.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { berkeleyHashValues } from '../../../src/layers/packaging/berkeley-hash.ts';
import { DamagedDatabase } from '../../../src/layers/packaging/damaged-database.ts';
import { berkeleyDatabase } from './old-rpm-databases.ts';

const isDamaged = (thrown: unknown) => thrown instanceof DamagedDatabase || thrown instanceof RangeError;

suite('berkeleyHashValues', () => {
  test('has the values of pages of any size, in either byte order, of any length', () => {
    const options = fc.record({
      pageBytes: fc.constantFrom(512, 1024, 4096, 65_536),
      isBigEndian: fc.boolean(),
      hashType: fc.constantFrom(2, 13),
    });
    const lengths = fc.array(fc.oneof(fc.nat(100), fc.nat(5000), fc.constantFrom(128, 129, 486, 487, 70_000)), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(lengths, options, (sizes, chosen) => {
        const blobs = sizes.map((size, index) => Buffer.alloc(size, index + 1));
        assert.deepEqual([...berkeleyHashValues(berkeleyDatabase(blobs, chosen))], blobs);
      }),
      { numRuns: 60 },
    );
  });

  test('passes over pages that are not in use', () => {
    const bytes = berkeleyDatabase([Buffer.from('one')], { pageBytes: 512 });
    const longer = Buffer.concat([bytes, Buffer.alloc(1024)]);
    longer.writeUInt32LE(3, 32);
    assert.deepEqual([...berkeleyHashValues(longer)].map(String), ['one']);
  });
});

suite('a Berkeley DB hash is damaged', () => {
  const pageBytes = 512;
  // The first page of the hash is the third of the file, after the two that the first value takes.
  const whole = berkeleyDatabase([Buffer.alloc(900, 1), Buffer.from('small')], { pageBytes });
  const [overflow, hash] = [pageBytes, 3 * pageBytes];
  const valueAt = whole.readUInt16LE(hash + 28);
  const write16 = (at: number, value: number) => (bytes: Buffer) => bytes.writeUInt16LE(value, at);
  const write32 = (at: number, value: number) => (bytes: Buffer) => bytes.writeUInt32LE(value, at);
  const write8 = (at: number, value: number) => (bytes: Buffer) => bytes.writeUInt8(value, at);
  type Damage = (bytes: Buffer) => unknown;
  const all =
    (...damages: readonly Damage[]) =>
    (bytes: Buffer) =>
      damages.map((damage) => damage(bytes));
  const cases: readonly (readonly [claim: string, damage: Damage])[] = [
    ['that is a B-tree', write32(12, 0x00053162)],
    ['that is encrypted', write8(24, 1)],
    ['whose first page says it is another', write8(25, 13)],
    ['with pages of no bytes', write32(20, 0)],
    ['with pages of three bytes', write32(20, 3)],
    ['with pages of 600 bytes', all(write32(20, 600), write32(32, 0))],
    ['with pages larger than there can be', write32(20, 131_072)],
    ['with pages of 2 GiB', write32(20, 2 ** 31)],
    ['with a page more than it has', write32(32, 4)],
    ['with four billion pages', write32(32, 0xffffffff)],
    ['whose value goes in a circle', write32(overflow + 16, 1)],
    ['whose value goes in a circle without any bytes', all(write16(overflow + 22, 0), write32(overflow + 16, 1))],
    ['whose value is longer than its pages', write32(hash + valueAt + 8, 901)],
    ['whose value is shorter than its pages', write32(hash + valueAt + 8, 899)],
    ['whose value is longer than the file', write32(hash + valueAt + 8, 0xffffffff)],
    ['whose value lies in the first page', write32(hash + valueAt + 4, 0)],
    ['whose value lies in a page of keys', write32(hash + valueAt + 4, 3)],
    ['whose value lies beyond the end', write32(hash + valueAt + 4, 4)],
    ['whose value lies in a page that is not for it', write8(overflow + 25, 13)],
    [
      'whose value has more bytes in a page than fit',
      all(write16(overflow + 22, pageBytes), write32(hash + valueAt + 8, pageBytes)),
    ],
    ['whose value is a set of duplicates', write8(hash + valueAt, 2)],
    ['with a key without a value', write16(hash + 20, 3)],
    ['with more items than a page has room for', write16(hash + 20, 0xfffe)],
    // Its second byte is 1, as the first of an item.
    ['with an item inside the list of items', write16(hash + 32, 27)],
    ['with items that overlap', write16(hash + 30, valueAt)],
    ['with an item beyond the page', write16(hash + 26, pageBytes)],
  ];
  for (const [claim, damage] of cases) {
    test(claim, () => {
      const damaged = Buffer.from(whole);
      damage(damaged);
      assert.throws(() => [...berkeleyHashValues(damaged)], isDamaged);
    });
  }

  test('whose value lies beyond the last page, though the file goes on', () => {
    const longer = Buffer.concat([whole, whole.subarray(overflow, overflow + pageBytes)]);
    longer.writeUInt32LE(4, hash + valueAt + 4);
    assert.throws(() => [...berkeleyHashValues(longer)], isDamaged);
  });

  test('where two values share their pages, so that few bytes stand for many', () => {
    const bytes = berkeleyDatabase([Buffer.alloc(900, 1), Buffer.alloc(900, 2)], { pageBytes });
    const page = 3 * pageBytes;
    assert.equal(bytes.readUInt16LE(page + 20), 4);
    bytes.copy(bytes, page + bytes.readUInt16LE(page + 32), page + valueAt, page + valueAt + 12);
    assert.throws(() => [...berkeleyHashValues(bytes)], isDamaged);
  });

  test('wherever it is cut off', () => {
    for (let length = 0; length < whole.length; length += 1) {
      assert.throws(() => [...berkeleyHashValues(whole.subarray(0, length))], isDamaged, `${length} bytes`);
    }
  });
});
