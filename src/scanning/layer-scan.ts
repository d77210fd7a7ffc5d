// One layer from the asking to its record: waits for its turn, is downloaded into a worker thread, and ends once, whoever ends it.
import { Fault, faultFromUnknown } from '../base/fault.ts';
import type { EncodedLayer } from '../inspection/layer-record.ts';
import type { LayerProgress, LayerReading, LayerTask, Priority } from '../inspection/layer-work.ts';
import { type ScanLimits, scanLimitReached } from '../inspection/scan-limits.ts';
import type { GivenReading, ReadJob } from './scan-thread.ts';
import { Allowance, sendBlob, unlessAborted } from './send-blob.ts';
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

  /** To be called once. Ends when the thread has let go of the layer, which may be later than the result; never throws. */
  async run(threads: Pick<ThreadPool, 'use'>): Promise<void> {
    if (this.#isSettled) return;
    this.#isBegun = true;
    const { maxScanSeconds, maxBytesOnTheWay } = this.#options.limits;
    const timer = setTimeout(() => this.fail(scanLimitReached('maxScanSeconds', 'a layer')), maxScanSeconds * 1000);
    const allowance = new Allowance(maxBytesOnTheWay);
    const letGo = Promise.withResolvers<void>();
    try {
      const given = await threads.use((thread) => thread.read(this.#layer(), this.#job(allowance, letGo.resolve)));
      await this.#send(given, allowance);
      await this.#waitFor(letGo.promise, given);
    } catch (thrown) {
      this.fail(faultFromUnknown(thrown));
    } finally {
      clearTimeout(timer);
    }
  }

  #layer(): LayerToRead {
    const { mediaType, digest, size, urls } = this.task.descriptor;
    const readAt = new Date(this.#options.now()).toISOString();
    return { descriptor: { mediaType, digest, size, urls }, diffId: this.task.diffId, readAt };
  }

  #job(allowance: Allowance, letGo: () => void): ReadJob {
    return {
      used: (length) => allowance.give(length),
      read: (layer) => {
        this.#settle(() => this.#outcome.resolve(layer));
        letGo();
      },
      failed: (fault) => {
        this.fail(fault);
        letGo();
      },
    };
  }

  async #send(given: GivenReading, allowance: Allowance): Promise<void> {
    const { signal } = this.#controller;
    try {
      await sendBlob(await openUnlessAborted(this.task.open, signal), {
        size: this.task.descriptor.size,
        allowance,
        signal,
        send: given.send,
        came: (length) => {
          this.#readBytes += length;
        },
      });
      given.end();
    } catch (thrown) {
      this.fail(faultFromUnknown(thrown));
    }
  }

  /** A thread that does not let go of what was given up is ended. */
  async #waitFor(letGo: Promise<void>, given: GivenReading): Promise<void> {
    const { signal } = this.#controller;
    let timer: NodeJS.Timeout | undefined;
    const stop = () => {
      given.stop();
      timer = setTimeout(given.endThread, this.#options.limits.maxLettingGoSeconds * 1000);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    await letGo;
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

/** A source that is opened when nobody wants it any more is closed again. */
async function openUnlessAborted(open: LayerTask['open'], signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const opening = open(signal);
  try {
    return await unlessAborted(opening, signal);
  } catch (thrown) {
    opening.then((source) => source[Symbol.asyncIterator]().return?.()).catch(() => undefined);
    throw thrown;
  }
}
