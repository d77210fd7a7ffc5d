// One layer from the asking to its record: waits for its turn, comes into a worker thread, and ends once, whoever ends it.
import { MessagePort } from 'node:worker_threads';
import { Fault, faultFromUnknown } from '../base/fault.ts';
import type { EncodedLayer } from '../inspection/layer-record.ts';
import type { LayerProgress, LayerReading, LayerTask, Priority } from '../inspection/layer-work.ts';
import { type ScanLimits, scanLimitReached } from '../inspection/scan-limits.ts';
import type { GivenReading, ReadJob } from './scan-thread.ts';
import { PieceMemory, sendBlob, unlessAborted } from './send-blob.ts';
import type { LayerToRead } from './thread-messages.ts';
import type { ThreadPool } from './thread-pool.ts';

export interface LayerScanOptions {
  readonly limits: ScanLimits;
  readonly now: () => number;
  /** It is to go before what nobody waits for. */
  readonly raised: (scan: LayerScan) => void;
  /** It has its result; a thread may still be at it. */
  readonly settled: (scan: LayerScan) => void;
}

export class LayerScan implements LayerReading {
  readonly task: LayerTask;
  readonly result: Promise<EncodedLayer>;
  readonly #options: LayerScanOptions;
  readonly #outcome = Promise.withResolvers<EncodedLayer>();
  readonly #controller = new AbortController();
  #priority: Priority;
  #isBegun = false;
  #isSettled = false;
  #readBytes = 0;

  constructor(task: LayerTask, options: LayerScanOptions) {
    this.task = task;
    this.#priority = task.priority;
    this.#options = options;
    this.result = this.#outcome.promise;
    // Whoever gave it up need not look at what became of it.
    this.result.catch(() => undefined);
  }

  get host(): string {
    return this.task.host;
  }

  get tenant(): string {
    return this.task.tenant;
  }

  get priority(): Priority {
    return this.#priority;
  }

  get readBytes(): number {
    return this.#readBytes;
  }

  progress(): LayerProgress {
    const totalBytes = this.task.descriptor.size;
    return this.#isBegun
      ? { state: 'reading', readBytes: this.#readBytes, totalBytes }
      : { state: 'queued', totalBytes };
  }

  raise(): void {
    if (this.#priority === 'waiting') return;
    this.#priority = 'waiting';
    this.#options.raised(this);
  }

  cancel(): void {
    this.fail(new Fault('cancelled', 'the reading of a layer was given up'));
  }

  fail(fault: Fault): void {
    this.#settle(() => this.#outcome.reject(fault), fault);
  }

  /**
   * Ends when the thread has let go of the layer, which may be later than the result; never throws. `lost` when the thread ended under
   * other work as well: then it need not have been this layer's fault, and it is to be run again.
   */
  async run(threads: Pick<ThreadPool, 'use'>): Promise<'ended' | 'lost'> {
    if (this.#isSettled) return 'ended';
    this.#isBegun = true;
    this.#readBytes = 0;
    const { maxScanSeconds, maxBytesOnTheWay } = this.#options.limits;
    const timer = setTimeout(() => this.fail(scanLimitReached('maxScanSeconds', 'a layer')), maxScanSeconds * 1000);
    const run = new Run(this.#controller.signal, new PieceMemory(maxBytesOnTheWay));
    try {
      const given = await threads.use((thread) => thread.read(this.#layer(), this.#job(run)));
      await this.#send(given, run);
      await this.#waitFor(run, given);
    } catch (thrown) {
      this.fail(faultFromUnknown(thrown));
    } finally {
      clearTimeout(timer);
    }
    this.#isBegun = !run.isLost;
    return run.isLost ? 'lost' : 'ended';
  }

  #layer(): LayerToRead {
    const { mediaType, digest, size, urls } = this.task.descriptor;
    const readAt = new Date(this.#options.now()).toISOString();
    return { descriptor: { mediaType, digest, size, urls }, diffId: this.task.diffId, readAt };
  }

  #job(run: Run): ReadJob {
    return {
      used: (memory) => run.memory.give(memory),
      came: (bytes) => {
        this.#readBytes += bytes;
      },
      read: (layer) => {
        this.#settle(() => this.#outcome.resolve(layer));
        run.letGo();
      },
      failed: (fault) => {
        this.fail(fault);
        run.letGo();
      },
      lost: () => run.lose(),
    };
  }

  async #send(given: GivenReading, run: Run): Promise<void> {
    const { memory, signal } = run;
    try {
      const source = await openUnlessAborted(this.task.open, signal);
      if (source instanceof MessagePort) return given.connect(source);
      if (!isIterable(source)) throw new Fault('internal', 'a channel that leads to no thread');
      await sendBlob(source, { size: this.task.descriptor.size, memory, signal, send: given.send });
      given.end();
    } catch (thrown) {
      if (!run.isLost) this.fail(faultFromUnknown(thrown));
    }
  }

  /** A thread that does not let go of what was given up is ended. */
  async #waitFor(run: Run, given: GivenReading): Promise<void> {
    const { signal } = this.#controller;
    let timer: NodeJS.Timeout | undefined;
    const stop = () => {
      given.stop();
      timer = setTimeout(given.endThread, this.#options.limits.maxLettingGoSeconds * 1000);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    await run.hasLetGo;
    signal.removeEventListener('abort', stop);
    clearTimeout(timer);
  }

  #settle(settle: () => void, reason?: Fault): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    settle();
    this.#controller.abort(reason);
    this.#options.settled(this);
  }
}

/** One attempt to read the layer in a thread. */
class Run {
  readonly memory: PieceMemory;
  /** Aborts when nobody wants the layer any more, and when its thread is lost. */
  readonly signal: AbortSignal;
  readonly #lost = new AbortController();
  readonly #letGo = Promise.withResolvers<void>();

  constructor(givenUp: AbortSignal, memory: PieceMemory) {
    this.memory = memory;
    this.signal = AbortSignal.any([givenUp, this.#lost.signal]);
  }

  get isLost(): boolean {
    return this.#lost.signal.aborted;
  }

  /** Resolves when the thread has nothing to do with the layer any more. */
  get hasLetGo(): Promise<void> {
    return this.#letGo.promise;
  }

  letGo(): void {
    this.#letGo.resolve();
  }

  lose(): void {
    this.#lost.abort();
    this.letGo();
  }
}

type LayerSource = Awaited<ReturnType<LayerTask['open']>>;

function isIterable(source: LayerSource): source is AsyncIterable<Uint8Array> {
  return Symbol.asyncIterator in source;
}

/** A source that is opened when nobody wants it any more is closed again. */
async function openUnlessAborted(open: LayerTask['open'], signal: AbortSignal): Promise<LayerSource> {
  const opening = open(signal);
  try {
    return await unlessAborted(opening, signal);
  } catch (thrown) {
    opening.then(close).catch(() => undefined);
    throw thrown;
  }
}

async function close(source: LayerSource): Promise<void> {
  if (isIterable(source)) await source[Symbol.asyncIterator]().return?.();
  else source.close();
}
