// RPM's own database: every blob, whatever its length, and nothing of what is damaged.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { DamagedDatabase } from '../../../src/layers/packaging/damaged-database.ts';
import { ndbBlobs } from '../../../src/layers/packaging/ndb-blobs.ts';
import { ndbDatabase } from './old-rpm-databases.ts';

const isDamaged = (thrown: unknown) => thrown instanceof DamagedDatabase || thrown instanceof RangeError;

suite('ndbBlobs', () => {
  test('has blobs of any length', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(40), fc.nat(70_000)), { maxLength: 40 }), (sizes) => {
        const blobs = sizes.map((size, index) => Buffer.alloc(size, index + 1));
        assert.deepEqual([...ndbBlobs(ndbDatabase(blobs))], blobs);
      }),
      { numRuns: 60 },
    );
  });

  test('has blobs whose slots fill several pages', () => {
    const blobs = Array.from({ length: 1000 }, (_, index) => Buffer.from(`${index}`));
    assert.deepEqual([...ndbBlobs(ndbDatabase(blobs))].map(String), blobs.map(String));
  });

  test('passes over the slots of packages that were removed', () => {
    const bytes = ndbDatabase(['one', 'two'].map((text) => Buffer.from(text)));
    bytes.fill(0, 32 + 4, 32 + 16);
    assert.deepEqual([...ndbBlobs(bytes)].map(String), ['two']);
  });
});

suite('an ndb database is damaged', () => {
  const whole = ndbDatabase([Buffer.alloc(100, 1), Buffer.from('small')]);
  const [slot, blob] = [32, 4096];
  const write32 = (at: number, value: number) => (bytes: Buffer) => bytes.writeUInt32LE(value, at);
  const cases: readonly (readonly [claim: string, damage: (bytes: Buffer) => unknown])[] = [
    ['of another magic', write32(0, 0)],
    ['of another version', write32(4, 1)],
    ['without slots', write32(12, 0)],
    ['with more pages of slots than it has', write32(12, 2)],
    ['with four billion pages of slots', write32(12, 0xffffffff)],
    ['with something else among its slots', write32(slot + 32, 0)],
    ['whose blob lies among the slots', write32(slot + 8, 255)],
    ['whose blob begins elsewhere', write32(slot + 8, 257)],
    ['whose blob lies beyond the end', write32(slot + 8, 0xffffffff)],
    ['whose blob has no blocks', write32(slot + 12, 0)],
    ['whose blob has four billion blocks', write32(slot + 12, 0xffffffff)],
    ['whose blob is of another package', write32(slot + 4, 2)],
    ['whose blob has no head', write32(blob, 0)],
    ['whose blob has no tail', write32(blob + 128 - 4, 0)],
    ['whose blob says two lengths', write32(blob + 12, 99)],
    [
      'whose blob is longer than its blocks',
      (bytes) => [blob + 12, blob + 128 - 8].map((at) => bytes.writeUInt32LE(101, at)),
    ],
  ];
  for (const [claim, damage] of cases) {
    test(claim, () => {
      const damaged = Buffer.from(whole);
      damage(damaged);
      assert.throws(() => [...ndbBlobs(damaged)], isDamaged);
    });
  }

  test('whose last blob is longer than what is there', () => {
    const cut = Buffer.from(whole);
    const last = blob + 128;
    // There would be room for it if the other one were not there.
    cut.fill(0, slot + 4, slot + 16);
    cut.writeUInt32LE(4, slot + 16 + 12);
    for (const at of [last + 12, last + 48 - 8]) cut.writeUInt32LE('small'.length + 16, at);
    assert.throws(() => [...ndbBlobs(cut)], isDamaged);
  });

  test('where slots share a blob, so that few bytes stand for many', () => {
    const shared = Buffer.from(whole);
    for (let at = slot + 16; at < blob; at += 16) shared.copy(shared, at, slot, slot + 16);
    assert.throws(() => [...ndbBlobs(shared)], isDamaged);
  });

  test('wherever it is cut off', () => {
    for (let length = 0; length < whole.length; length += 1) {
      assert.throws(() => [...ndbBlobs(whole.subarray(0, length))], isDamaged, `${length} bytes`);
    }
  });
});
