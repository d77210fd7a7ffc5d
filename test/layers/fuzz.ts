// A fuzzer for layer reading: `node test/layers/fuzz.ts [SECONDS] [SEED]`. Any bytes give true facts or a Fault; it prints the seed it used.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { Fault } from '../../src/base/fault.ts';
import { entriesOf } from '../../src/layers/entry-list.ts';
import type { LayerFacts } from '../../src/layers/layer-facts.ts';
import { defaultLayerLimits } from '../../src/layers/layer-limits.ts';
import { normalisePath } from '../../src/layers/layer-path.ts';
import { readLayer } from '../../src/layers/read-layer.ts';
import { StackedTree } from '../../src/layers/stacked-tree.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-type.ts';
import { readTar } from './read-tar.ts';
import { damagedArchive, strangeArchive, wholeArchive } from './tar-samples.ts';

const limits = { ...defaultLayerLimits, maxLayerBytes: 2 ** 24 };
const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);

const forms = {
  none: (plain: Buffer) => plain,
  gzip: (plain: Buffer) => gzipSync(plain, { level: 1 }),
  members: (plain: Buffer) => Buffer.concat([gzipSync(plain.subarray(0, 700)), gzipSync(plain.subarray(700))]),
  zstd: (plain: Buffer) => zstdCompressSync(plain),
  frames: (plain: Buffer) =>
    Buffer.concat([zstdCompressSync(plain.subarray(0, 700)), skippable, zstdCompressSync(plain.subarray(700))]),
} as const;

interface Sample {
  readonly plain: Buffer;
  readonly blob: Buffer;
  readonly cut: number;
}

const sample: fc.Arbitrary<Sample> = fc
  .record({
    plain: fc.oneof(wholeArchive, damagedArchive, strangeArchive),
    form: fc.constantFrom('none', 'gzip', 'members', 'zstd', 'frames'),
    changes: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }) },
    ),
    keep: fc.oneof(
      { weight: 9, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
    ),
    cut: fc.integer({ min: 1, max: 3000 }),
  })
  .map(({ plain, form, changes, keep, cut }) => {
    const made = forms[form](plain);
    const blob = Buffer.from(made.subarray(0, Math.ceil(made.length * keep)));
    for (const [at, byte] of changes) if (blob.length > 0) blob[at % blob.length] = byte;
    return { plain, blob, cut };
  });

async function* pieces(bytes: Buffer, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield Uint8Array.from(bytes.subarray(at, at + length));
}

async function attempt({ plain, blob, cut }: Sample): Promise<LayerFacts | string> {
  try {
    return await readLayer(pieces(blob, cut), {
      descriptor: { mediaType: mediaTypes.ociLayerGzip, digest: digestOf(blob), size: blob.length, urls: [] },
      diffId: digestOf(plain),
      limits,
      signal: new AbortController().signal,
    });
  } catch (thrown) {
    assert.ok(thrown instanceof Fault, thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
    return thrown.code;
  }
}

/** Facts are of this very archive: decompressed by other means, read in one piece. */
function check(sample: Sample, facts: LayerFacts): void {
  const { plain, blob } = sample;
  const { entries } = readTar(plain, { limits });
  assert.deepEqual(
    [...entriesOf(facts.entries)].map(({ path, size, type }) => [path, size, type]),
    entries.map(({ path, size, type }) => [normalisePath(path, limits), size, type]),
  );
  const undone = {
    gzip: gunzipSync,
    zstd: zstdDecompressSync,
    none: (same: Buffer) => same,
    empty: (same: Buffer) => same,
  };
  assert.ok(undone[facts.compression](blob).equals(plain), 'facts of bytes that nobody else sees');
  try {
    new StackedTree(limits).apply(facts.entries);
  } catch (thrown) {
    assert.ok(thrown instanceof Fault, String(thrown));
  }
}

async function fuzz(seconds: number, seed: number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  const outcomes = new Map<string, number>();
  process.stdout.write(`seed ${seed}\n`);
  for (let round = 0; performance.now() < end; round += 1) {
    for (const one of fc.sample(sample, { seed: seed + round, numRuns: 200 })) {
      const outcome = await attempt(one);
      const again = await attempt({ ...one, cut: 1 + ((one.cut * 7) % 900) });
      const context = `seed ${seed + round}: ${one.blob.toString('base64')}`;
      assert.ok(isDeepStrictEqual(outcome, again), `another cut, another outcome; ${context}`);
      if (typeof outcome !== 'string') check(one, outcome);
      const key = typeof outcome === 'string' ? outcome : 'facts';
      outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    }
  }
  process.stdout.write(`${JSON.stringify(Object.fromEntries([...outcomes].sort()))}\n`);
}

const [, , seconds = '30', seed = String(Date.now() % 1_000_000_000)] = process.argv;
await fuzz(Number(seconds), Number(seed));
