// The worker threads: started when there is work, kept warm, replaced when they end; a program that cannot run is not started in a circle.
import { setTimeout } from 'node:timers/promises';
import { Fault } from '../base/fault.ts';
import { ScanThread, type ScanThreadOptions } from './scan-thread.ts';

export interface ThreadPoolOptions extends Omit<ScanThreadOptions, 'answered' | 'ended'> {
  readonly maxThreads: number;
}

/** Pauses before a thread takes the place of one that ended by itself: they double until one does its work. */
const firstPauseMs = 50;
const longestPauseMs = 30_000;

export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #threads = new Set<ScanThread>();
  readonly #closing = new AbortController();
  #failuresInARow = 0;
  #notBeforeMs = 0;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  /**
   * Gives a job to the thread that has the least to do.
   * @throws Fault `cancelled` once closed.
   */
  async use<T>(give: (thread: ScanThread) => T): Promise<T> {
    for (;;) {
      if (this.#closing.signal.aborted) throw new Fault('cancelled', 'layers are no longer read');
      const thread = this.#least();
      if (thread?.jobs === 0) return give(thread);
      const pauseMs = this.#threads.size < this.#options.maxThreads ? this.#notBeforeMs - performance.now() : undefined;
      if (pauseMs !== undefined && pauseMs <= 0) return give(this.#start());
      if (thread !== undefined) return give(thread);
      await setTimeout(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
  }

  #least(): ScanThread | undefined {
    let least: ScanThread | undefined;
    for (const thread of this.#threads) if (least === undefined || thread.jobs < least.jobs) least = thread;
    return least;
  }

  #start(): ScanThread {
    const thread: ScanThread = new ScanThread({
      ...this.#options,
      answered: () => {
        this.#failuresInARow = 0;
      },
      ended: ({ asked }) => {
        this.#threads.delete(thread);
        if (!asked) this.#pause();
      },
    });
    this.#threads.add(thread);
    return thread;
  }

  #pause(): void {
    this.#failuresInARow += 1;
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (this.#failuresInARow - 1));
    this.#notBeforeMs = performance.now() + pauseMs;
  }
}
