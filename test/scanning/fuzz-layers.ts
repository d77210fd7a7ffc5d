// Fuzzes the reading of layers, in threads and without them: any bytes give true facts or a Fault, in bounded time and memory.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import { inspectLayer } from '../../src/inspection/inspect-layer.ts';
import { decodeLayer, encodeLayer, type LayerRecord } from '../../src/inspection/layer-record.ts';
import type { LayerWork } from '../../src/inspection/layer-work.ts';
import { entriesOf } from '../../src/layers/entry-list.ts';
import { defaultLayerLimits } from '../../src/layers/layer-limits.ts';
import { normalisePath } from '../../src/layers/layer-path.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-type.ts';
import { readTar } from '../layers/read-tar.ts';
import { type LayerSample, layerSample } from './layer-samples.ts';
import { cut, readAtMs, type TestLayer, taskOf } from './layer-tasks.ts';
import { withWork } from './with-work.ts';

export interface FuzzOptions {
  readonly seed: number;
  /** Asked before each round of a hundred samples. */
  readonly goOn: (round: number) => boolean;
}

/** What came of the samples: `facts`, or the code of the Fault, with how many times. */
export type FuzzOutcomes = Readonly<Record<string, number>>;

const samplesInRound = 100;
const limits = { ...defaultLayerLimits, maxLayerBytes: 2 ** 24 };

/** Small enough that a leak shows, and a sample of a few kilobytes has no business with a second. */
const threadLimits = {
  maxWorkerHeapBytes: 128 * 1024 ** 2,
  maxScanSeconds: 30,
  maxLettingGoSeconds: 1,
  maxFoldSeconds: 30,
};
const maxGrowthBytes = 256 * 1024 ** 2;

/** What damaged or lying layers may end with; anything else is a defect. */
const expectedCodes: ReadonlySet<FaultCode> = new Set([
  'image/malformed',
  'image/unsupported',
  'integrity/ambiguous',
  'integrity/digest',
  'integrity/diff-id',
  'integrity/size',
  'limit',
]);

/** @throws AssertionError with the seed of the round, which alone makes the same samples again. */
export async function fuzzLayers({ seed, goOn }: FuzzOptions): Promise<FuzzOutcomes> {
  const outcomes = new Map<string, number>();
  let least = Number.POSITIVE_INFINITY;
  await withWork({ layerLimits: limits, limits: threadLimits }, async (work) => {
    for (let round = 0; goOn(round); round += 1) {
      const samples = fc.sample(layerSample, { seed: seed + round, numRuns: samplesInRound });
      for (const [index, sample] of samples.entries()) {
        const outcome = await tried(sample, work).catch((cause: unknown) => {
          throw new Error(`seed ${seed + round}, sample ${index}`, { cause });
        });
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      const bytes = process.memoryUsage.rss();
      // The first rounds fill caches and heaps.
      if (round < 3) least = bytes;
      assert.ok(bytes - least < maxGrowthBytes, `seed ${seed + round}: ${bytes - least} bytes more than at the start`);
    }
  });
  return Object.fromEntries([...outcomes].sort());
}

async function tried(sample: LayerSample, work: LayerWork): Promise<string> {
  const layer = layerFrom(sample);
  // First where nothing that it does can stop this process.
  const inThread = await outcomeOf(async () => {
    const encoded = await work.read(taskOf(layer)).result;
    return decodeLayer(encoded) ?? assert.fail('a record that cannot be read');
  });
  for (const length of [sample.cut, 1 + ((sample.cut * 7) % 900)]) {
    const here = await outcomeOf(() => readHere(layer, length));
    // What is wrong in two ways may fail in either.
    const isSame = isDeepStrictEqual(here, inThread) || (sample.lie !== 'none' && areCodes(here, inThread));
    assert.ok(isSame, `in chunks of ${length} another outcome: ${told(here)}, ${told(inThread)}`);
  }
  if (typeof inThread === 'string') {
    assert.ok(
      sample.lie !== 'none' || !sample.isWhole || sample.planted === undefined,
      `a whole layer gives ${inThread}`,
    );
    return inThread;
  }
  assertTrue(sample, inThread);
  const folding = await outcomeOf(() => work.fold({ layers: [inThread, inThread].map(encodeLayer), user, bases }));
  return typeof folding === 'string' ? `facts, but folded ${folding}` : 'facts';
}

function areCodes(...outcomes: readonly (LayerRecord | FaultCode)[]): boolean {
  return outcomes.every((outcome) => typeof outcome === 'string');
}

const user = { kind: 'name', raw: 'app', name: 'app' } as const;
const bases = { known: [] };

function layerFrom({ plain, blob, lie }: LayerSample): TestLayer {
  const digest = digestOf(lie === 'digest' ? Buffer.concat([blob, Buffer.of(0)]) : blob);
  const size = Math.max(0, blob.length + (lie === 'longer' ? 1 : lie === 'shorter' ? -1 : 0));
  const descriptor = { mediaType: mediaTypes.ociLayerGzip, digest, size, urls: [], annotations: {} };
  return { blob, descriptor, diffId: digestOf(lie === 'diff-id' ? Buffer.concat([plain, Buffer.of(0)]) : plain) };
}

function readHere({ blob, descriptor, diffId }: TestLayer, length: number): Promise<LayerRecord> {
  const signal = new AbortController().signal;
  return inspectLayer(pieces(blob, length), {
    descriptor,
    diffId,
    limits,
    signal,
    readAt: new Date(readAtMs).toISOString(),
  });
}

/** Each in memory of its own, so that nothing may look beyond it. */
async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for await (const piece of cut(bytes, length)) yield Uint8Array.from(piece);
}

async function outcomeOf<T>(work: () => Promise<T>): Promise<T | FaultCode> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof Fault) || !expectedCodes.has(thrown.code) || thrown.limit?.endsWith('Seconds'))
      throw thrown;
    return thrown.code;
  }
}

function told(outcome: LayerRecord | FaultCode): string {
  return typeof outcome === 'string' ? outcome : JSON.stringify(outcome);
}

const undone = {
  gzip: gunzipSync,
  zstd: zstdDecompressSync,
  none: (same: Buffer) => same,
  empty: (same: Buffer) => same,
} as const;

/** Facts are of this very archive: decompressed by other means, read in one piece; and the search found what was put there. */
function assertTrue({ plain, blob, lie, planted }: LayerSample, { layer, secrets }: LayerRecord): void {
  assert.equal(lie, 'none', 'facts of a layer that is not what was promised');
  assert.ok(undone[layer.compression](blob).equals(plain), 'facts of bytes that nobody else sees');
  assert.deepEqual(
    [...entriesOf(layer.entries)].map(({ path, size, type }) => [path, size, type]),
    readTar(plain, { limits }).entries.map(({ path, size, type }) => [normalisePath(path, limits), size, type]),
  );
  if (planted === undefined) return;
  assert.ok(
    secrets.some(({ entry, detector }) => entry === planted && detector === 'github-token'),
    'a secret is missed',
  );
}
