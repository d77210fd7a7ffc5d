// Layers read and folded in worker threads: the same as without them.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { foldContent } from '../../src/inspection/fold-content.ts';
import { decodeLayer } from '../../src/inspection/layer-record.ts';
import { defaultLayerLimits } from '../../src/layers/layer-limits.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { file, tar, whiteout } from '../support/tar.ts';
import { cut, isFault, layerOf, layerOfBlob, readHere, type TestLayer, taskOf } from './layer-tasks.ts';
import { withWork } from './with-work.ts';

const base = layerOf([file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/:\n'), file('tmp/x', 'x')]);
const top = layerOf([whiteout('tmp/x'), file('app/server.js', 'console.log(1)'.repeat(10_000))]);
const user = { kind: 'name', raw: 'app', name: 'app' } as const;
const bases = { known: [] };

/** Some 3 MiB that do not compress, so that they come in several pieces. */
const noise = Buffer.concat(
  Array.from({ length: 100_000 }, (_, index) => Buffer.from(digestOf(String(index)).slice(7), 'hex')),
);
const large = tar([file('large', Buffer.concat([noise, Buffer.from(digestOf('end').repeat(45_000))]))]);

suite('reading', () => {
  const forms: readonly (readonly [claim: string, layer: TestLayer])[] = [
    ['gzip', layerOfBlob(gzipSync(large), large)],
    ['zstd', layerOfBlob(zstdCompressSync(large), large)],
    ['no compression', layerOfBlob(large, large)],
    ['nothing', layerOfBlob(new Uint8Array(), new Uint8Array())],
  ];
  for (const [claim, layer] of forms) {
    test(`${claim} gives what is read without threads, however it is cut`, async () => {
      const expected = await readHere(layer);
      await withWork({}, async (work) => {
        for (const length of [997, 64 * 1024, 5_000_000]) {
          const reading = work.read(taskOf(layer, { open: async () => cut(layer.blob, length) }));
          assert.deepEqual(decodeLayer(await reading.result), expected);
        }
      });
    });
  }

  test('many layers on two threads give each its own', async () => {
    const layers = Array.from({ length: 40 }, (_, index) => layerOf([file(`f${index}`, 'x'.repeat(index * 1000))]));
    await withWork({ workers: 2 }, async (work) => {
      const encoded = await Promise.all(layers.map((layer) => work.read(taskOf(layer)).result));
      assert.deepEqual(encoded.map(decodeLayer), await Promise.all(layers.map(readHere)));
    });
  });

  test('progress is that of the blob', async () => {
    await withWork({}, async (work) => {
      const reading = work.read(taskOf(top));
      await reading.result;
      const size = top.blob.length;
      assert.deepEqual(reading.progress(), { state: 'reading', readBytes: size, totalBytes: size });
    });
  });

  test('the source keeps its memory', async () => {
    const whole = Uint8Array.from(top.blob);
    await withWork({}, async (work) => {
      await work.read(taskOf(top, { open: async () => cut(whole, whole.length) })).result;
    });
    assert.deepEqual(whole, Uint8Array.from(top.blob));
  });

  test('a broken layer gives the Fault that it gives without threads', async () => {
    await withWork({ layerLimits: { ...defaultLayerLimits, maxLayerEntries: 1 } }, async (work) => {
      const broken = { ...layerOf([file('a')]), diffId: base.diffId };
      await assert.rejects(work.read(taskOf(broken)).result, isFault('integrity/diff-id'));
      await assert.rejects(work.read(taskOf(top)).result, isFault('limit', 'maxLayerEntries'));
    });
  });
});

suite('folding', () => {
  test('gives what is folded without threads, and leaves the records whole', async () => {
    await withWork({}, async (work) => {
      const layers = await Promise.all([base, top].map((layer) => work.read(taskOf(layer)).result));
      const records = await Promise.all([base, top].map(readHere));
      const expected = foldContent(records, { user, bases, limits: defaultLayerLimits });
      assert.deepEqual(await work.fold({ layers, user, bases }), { kind: 'folded', content: expected });
      assert.deepEqual(await work.fold({ layers, user, bases }), { kind: 'folded', content: expected });
    });
  });

  test('names each record that cannot be read once', async () => {
    await withWork({}, async (work) => {
      const [layer, other] = await Promise.all([base, top].map((one) => work.read(taskOf(one)).result));
      assert.ok(layer && other);
      const damaged = { ...layer, bytes: layer.bytes.subarray(1) };
      assert.deepEqual(await work.fold({ layers: [damaged, other, damaged], user, bases }), {
        kind: 'unreadable',
        layers: [layer.digest],
      });
    });
  });

  test('records that are too large together are not opened', async () => {
    const maxImageRecordsBytes = JSON.stringify(await readHere(base)).length;
    await withWork({ layerLimits: { ...defaultLayerLimits, maxImageRecordsBytes } }, async (work) => {
      const layer = await work.read(taskOf(base)).result;
      await work.fold({ layers: [layer], user, bases });
      const twice = work.fold({ layers: [layer, layer], user, bases });
      await assert.rejects(twice, isFault('limit', 'maxImageRecordsBytes'));
    });
  });

  test('an image that cannot be unpacked gives the Fault of folding', async () => {
    await withWork({ layerLimits: { ...defaultLayerLimits, maxImageEntries: 3 } }, async (work) => {
      const layers = await Promise.all([base, top].map((layer) => work.read(taskOf(layer)).result));
      await assert.rejects(work.fold({ layers, user, bases }), isFault('limit', 'maxImageEntries'));
    });
  });
});
