// Layers read and folded in worker threads: the same as without them, and nothing hangs, whatever a source or a thread does.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { foldContent } from '../../src/inspection/fold-content.ts';
import { decodeLayer } from '../../src/inspection/layer-record.ts';
import type { LayerWork } from '../../src/inspection/layer-work.ts';
import { defaultLayerLimits } from '../../src/layers/layer-limits.ts';
import { createLayerWork, type LayerWorkOptions } from '../../src/scanning/layer-work.ts';
import { defaultScanLimits, type ScanLimits } from '../../src/scanning/scan-limits.ts';
import { file, whiteout } from '../support/tar.ts';
import { isFault, layerOf, readAtMs, readHere, taskOf } from './layer-tasks.ts';

interface Given extends Partial<Omit<LayerWorkOptions, 'limits'>> {
  readonly limits?: Partial<ScanLimits>;
}

/** Runs a test with layer work that is closed afterwards. */
async function withWork({ limits, ...given }: Given, use: (work: LayerWork) => Promise<void>): Promise<void> {
  const work = createLayerWork({
    workers: 1,
    layerLimits: defaultLayerLimits,
    now: () => readAtMs,
    limits: { ...defaultScanLimits, ...limits },
    ...given,
  });
  try {
    await use(work);
  } finally {
    await work.close();
  }
}

const base = layerOf([file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/:\n'), file('tmp/x', 'x')]);
const top = layerOf([whiteout('tmp/x'), file('app/server.js', 'console.log(1)'.repeat(10_000))]);

suite('reading', () => {
  test('two layers at once give what is read without threads', async () => {
    await withWork({}, async (work) => {
      const readings = [base, top].map((layer) => work.read(taskOf(layer)));
      const encoded = await Promise.all(readings.map(({ result }) => result));
      assert.deepEqual(encoded.map(decodeLayer), await Promise.all([base, top].map(readHere)));
    });
  });

  test('a broken layer gives the Fault that it gives without threads', async () => {
    await withWork({}, async (work) => {
      const broken = { ...top, diffId: base.diffId };
      await assert.rejects(work.read(taskOf(broken)).result, isFault('integrity/diff-id'));
    });
  });
});

suite('folding', () => {
  test('gives what is folded without threads', async () => {
    await withWork({}, async (work) => {
      const layers = await Promise.all([base, top].map((layer) => work.read(taskOf(layer)).result));
      const user = { kind: 'name', raw: 'app', name: 'app' } as const;
      const records = await Promise.all([base, top].map(readHere));
      assert.deepEqual(await work.fold({ layers, user }), foldContent(records, { user, limits: defaultLayerLimits }));
    });
  });
});
