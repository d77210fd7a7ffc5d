// Reads and folds layers in worker threads: a bounded queue in front of few readings, shared fairly between hosts and tenants.

import { Fault, faultFromUnknown } from '../base/fault.ts';
import { createGate } from '../base/gate.ts';
import type { FoldOutcome, FoldTask, LayerReading, LayerTask, LayerWork, Priority } from '../inspection/layer-work.ts';
import { type ScanLimits, scanLimitReached } from '../inspection/scan-limits.ts';
import { defaultLayerLimits, type LayerLimits } from '../layers/layer-limits.ts';
import type { FileScanLimits } from '../secrets/file-scan-limits.ts';
import { FairQueue } from './fair-queue.ts';
import { foldLayers } from './fold-layers.ts';
import { LayerScan } from './layer-scan.ts';
import { ThreadPool } from './thread-pool.ts';

interface ScanMetrics {
  /** A reading ended, well or not; `bytes` are those of the blob that came. */
  layerScan(reading: { readonly bytes: number; readonly durationMs: number }): void;
  /** Layers that wait for their turn now. */
  layerQueue(length: number): void;
}

export interface LayerWorkOptions {
  /** Threads at most; they are started when there is work. */
  readonly workers: number;
  readonly limits: ScanLimits;
  readonly layerLimits?: LayerLimits;
  readonly searchLimits?: FileScanLimits;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly metrics?: ScanMetrics;
  /** What the threads run. */
  readonly program: URL;
  /** What that needs to know to read channels: plain data. */
  readonly channels: unknown;
}

export function createLayerWork(options: LayerWorkOptions): LayerWork {
  return new ThreadedLayerWork(options);
}

class ThreadedLayerWork implements LayerWork {
  readonly #options: LayerWorkOptions;
  readonly #threads: ThreadPool;
  readonly #queue = new FairQueue<LayerScan>();
  readonly #running = new Set<LayerScan>();
  /** Those whose thread ended under several: read one after the other, each in a thread of its own, so that it is known whose fault it was. */
  readonly #suspects = new Set<LayerScan>();
  readonly #suspectsTurn = createGate(1);
  readonly #ownPools = new Set<ThreadPool>();
  readonly #folds: ReturnType<typeof createGate>;
  readonly #maxReadings: number;
  readonly #closing = new AbortController();

  constructor(options: LayerWorkOptions) {
    const { workers, limits } = options;
    this.#options = options;
    this.#maxReadings = workers * limits.maxReadingsPerWorker;
    this.#folds = createGate(workers);
    this.#threads = createPool(options, workers);
  }

  read(task: LayerTask): LayerReading {
    const { limits, now } = this.#options;
    const scan = new LayerScan(task, {
      limits,
      now,
      raised: () => {
        if (this.#queue.remove(scan)) this.#queue.add(scan, 'waiting');
        this.#begin();
      },
      settled: () => {
        this.#queue.remove(scan);
        this.#tellQueue();
      },
    });
    if (this.#closing.signal.aborted) scan.cancel();
    else if (this.#queue.length + this.#suspects.size >= limits.maxQueuedLayers) {
      scan.fail(scanLimitReached('maxQueuedLayers', 'the queue of layers'));
    } else {
      this.#queue.add(scan, task.priority);
      this.#begin();
    }
    return scan;
  }

  async fold(task: FoldTask): Promise<FoldOutcome> {
    const { limits } = this.#options;
    if (this.#folds.waiting >= limits.maxQueuedFolds) throw scanLimitReached('maxQueuedFolds', 'the queue of images');
    return this.#folds.run(this.#closing.signal, async () => {
      const fold = (threads: ThreadPool) => foldLayers(threads, task, limits);
      const outcome = (await fold(this.#threads)) ?? (await this.#inOwnThread(fold));
      return outcome ?? Promise.reject(new Fault('internal', 'a thread of its own had other work'));
    });
  }

  async close(): Promise<void> {
    this.#closing.abort(new Fault('cancelled', 'layers are no longer read'));
    for (let scan = this.#queue.take(() => true); scan !== undefined; scan = this.#queue.take(() => true))
      scan.cancel();
    for (const scan of [...this.#running, ...this.#suspects]) scan.cancel();
    await Promise.all([this.#threads, ...this.#ownPools].map((threads) => threads.close()));
  }

  #begin(): void {
    while (this.#running.size < this.#maxReadings) {
      const scan = this.#queue.take((host, priority) => this.#mayBegin(host, priority));
      if (scan === undefined) break;
      this.#running.add(scan);
      void this.#run(scan);
    }
    this.#tellQueue();
  }

  async #run(scan: LayerScan): Promise<void> {
    const end = await this.#runIn(this.#threads, scan);
    this.#running.delete(scan);
    if (end === 'lost') void this.#runAlone(scan);
    this.#begin();
  }

  async #runAlone(scan: LayerScan): Promise<void> {
    this.#suspects.add(scan);
    const { signal } = this.#closing;
    const work = () => this.#inOwnThread((threads) => this.#runIn(threads, scan));
    await this.#suspectsTurn.run(signal, work).catch((thrown) => scan.fail(faultFromUnknown(thrown)));
    this.#suspects.delete(scan);
  }

  async #runIn(threads: ThreadPool, scan: LayerScan): Promise<'ended' | 'lost'> {
    const start = performance.now();
    const end = await scan.run(threads);
    this.#options.metrics?.layerScan({ bytes: scan.readBytes, durationMs: performance.now() - start });
    return end;
  }

  async #inOwnThread<T>(work: (threads: ThreadPool) => Promise<T>): Promise<T> {
    this.#closing.signal.throwIfAborted();
    const threads = createPool(this.#options, 1);
    this.#ownPools.add(threads);
    try {
      return await work(threads);
    } finally {
      await threads.close();
      this.#ownPools.delete(threads);
    }
  }

  /**
   * A host may have two thirds of the readings, so that one whose layers never end leaves room for the others. What nobody waits for
   * leaves one free for what somebody will.
   */
  #mayBegin(host: string, priority: Priority): boolean {
    const running = [...this.#running];
    const ofHost = running.filter((scan) => scan.host === host).length;
    if (ofHost >= Math.max(1, Math.floor((this.#maxReadings * 2) / 3))) return false;
    if (priority === 'waiting') return true;
    return running.filter((scan) => scan.priority === 'background').length < Math.max(1, this.#maxReadings - 1);
  }

  #tellQueue(): void {
    this.#options.metrics?.layerQueue(this.#queue.length);
  }
}

function createPool(
  { limits, layerLimits = defaultLayerLimits, searchLimits, program, channels }: LayerWorkOptions,
  maxThreads: number,
): ThreadPool {
  const settings = { layerLimits, channels, ...(searchLimits === undefined ? {} : { searchLimits }) };
  return new ThreadPool({ program, settings, maxHeapBytes: limits.maxWorkerHeapBytes, maxThreads });
}
