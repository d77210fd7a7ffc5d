// Layer work for a test, closed when the test is over.
import { layerWorker } from '../../src/cli/layer-work-options.ts';
import type { LayerWork } from '../../src/inspection/layer-work.ts';
import { defaultScanLimits, type ScanLimits } from '../../src/inspection/scan-limits.ts';
import { defaultLayerLimits } from '../../src/layers/layer-limits.ts';
import { defaultRegistrySettings } from '../../src/registry/settings.ts';
import { createLayerWork, type LayerWorkOptions } from '../../src/scanning/layer-work.ts';
import { readAtMs } from './layer-tasks.ts';

export interface GivenWork extends Partial<Omit<LayerWorkOptions, 'limits'>> {
  readonly limits?: Partial<ScanLimits>;
}

export async function withWork(
  { limits, ...given }: GivenWork,
  use: (work: LayerWork) => Promise<void>,
): Promise<void> {
  const work = createLayerWork({
    workers: 1,
    layerLimits: defaultLayerLimits,
    now: () => readAtMs,
    program: layerWorker,
    channels: defaultRegistrySettings,
    limits: { ...defaultScanLimits, ...limits },
    ...given,
  });
  try {
    await use(work);
  } finally {
    await work.close();
  }
}

/** One reading at a time: the order of turns is the order in which downloads begin. */
export const oneAtATime = { workers: 1, limits: { maxReadingsPerWorker: 1 } } as const;

/** The program that does odd things. */
export const oddProgram = new URL('./odd-worker.ts', import.meta.url);
