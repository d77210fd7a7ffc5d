// Named limits of reading layers in worker threads: what they bound, and why that number.
import { Fault } from '../base/fault.ts';

export interface ScanLimits {
  /** Layers that wait for their turn: more than the images of a large cluster's first hour, some hundred bytes each. */
  readonly maxQueuedLayers: number;
  /** From a layer's turn to its end: 10 GB in it are 11 MB/s. */
  readonly maxScanSeconds: number;
  /** Images whose layers wait to be folded; each keeps the records of its layers in memory. */
  readonly maxQueuedFolds: number;
  /** Folding one image: the largest there may be takes some ten seconds. */
  readonly maxFoldSeconds: number;
  /** Layers that one worker reads at a time: a slow registry leaves the worker to the others, and each needs some 15 MiB. */
  readonly maxReadingsPerWorker: number;
  /** Bytes of one blob on their way to its worker: what 100 MB/s bring while the worker looks at something large. */
  readonly maxBytesOnTheWay: number;
  /** Objects of one worker: a layer of as many entries as there may be takes 400 MiB, and what takes more is a defect. */
  readonly maxWorkerHeapBytes: number;
  /** How long a worker may take to let go of what was given up: it looks up between two pieces of a layer, and after a fold. */
  readonly maxLettingGoSeconds: number;
}

export const defaultScanLimits: ScanLimits = {
  maxQueuedLayers: 10_000,
  maxScanSeconds: 900,
  maxQueuedFolds: 100,
  maxFoldSeconds: 120,
  maxReadingsPerWorker: 3,
  maxBytesOnTheWay: 2 * 1024 ** 2,
  maxWorkerHeapBytes: 768 * 1024 ** 2,
  maxLettingGoSeconds: 150,
};

/** The Fault for a limit that was reached; `what` is the subject of the sentence. */
export function scanLimitReached(limit: keyof ScanLimits, what: string): Fault {
  return new Fault('limit', `${what} goes beyond ${limit}`, { limit });
}
