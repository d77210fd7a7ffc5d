// The outside of a worker thread: jobs go in, each gets one answer, and whatever becomes of the thread nobody waits for ever.
import { type MessagePort, Worker } from 'node:worker_threads';
import { Fault } from '../base/fault.ts';
import { faultFromMessage } from '../base/fault-message.ts';
import type { EncodedLayer } from '../inspection/layer-record.ts';
import type { FoldOutcome, FoldTask } from '../inspection/layer-work.ts';
import { scanLimitReached } from '../inspection/scan-limits.ts';
import type { FromThread, LayerToRead, ThreadSettings, ToThread } from './thread-messages.ts';

export interface ScanThreadOptions {
  readonly program: URL;
  readonly settings: ThreadSettings;
  readonly maxHeapBytes: number;
  /** It did what it was asked, well or not. */
  readonly answered: () => void;
  /** It is there no more. `asked` is false when it ended by itself. */
  readonly ended: (how: { readonly asked: boolean }) => void;
}

interface Job {
  failed(fault: Fault): void;
  /** The thread ended under several jobs: it need not have been this one's fault. */
  lost(): void;
}

export interface ReadJob extends Job {
  /** The bytes that were in this memory were taken. */
  used(memory: ArrayBuffer): void;
  came(bytes: number): void;
  read(layer: EncodedLayer): void;
}

export interface FoldJob extends Job {
  folded(outcome: FoldOutcome): void;
}

/** A job that a thread was given. */
export interface GivenJob {
  /** Ends the thread, under all its jobs: for one that does not let go. */
  endThread(): void;
}

export interface GivenReading extends GivenJob {
  /** The whole blob is at the other end of the channel, in place of `send` and `end`. Takes the channel. */
  connect(channel: MessagePort): void;
  /** Takes the memory with the bytes. */
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** The blob has no more. */
  end(): void;
  /** Nobody wants it any more; it gets its answer all the same. */
  stop(): void;
}

/** Most of a young generation is garbage of the last pieces; three halves of 8 MiB hold enough of them. */
const youngGenerationMb = 24;

export class ScanThread {
  readonly #worker: Worker;
  readonly #answered: ScanThreadOptions['answered'];
  readonly #ended: ScanThreadOptions['ended'];
  readonly #jobs = new Map<number, ReadJob | FoldJob>();
  #lastId = 0;
  #isEnding = false;

  /** Does not keep the process alive by itself; a job does. */
  constructor({ program, settings, maxHeapBytes, answered, ended }: ScanThreadOptions) {
    this.#answered = answered;
    this.#ended = ended;
    this.#worker = new Worker(program, {
      workerData: settings,
      // However this process was started; and a reader of layers needs no secrets.
      execArgv: [],
      env: {},
      resourceLimits: {
        maxOldGenerationSizeMb: Math.ceil(maxHeapBytes / 1024 ** 2),
        maxYoungGenerationSizeMb: youngGenerationMb,
      },
    });
    let cause: unknown;
    this.#worker.unref();
    this.#worker.on('message', (message: FromThread) => this.#receive(message));
    this.#worker.on('error', (error) => {
      cause = error;
    });
    this.#worker.on('exit', (code) => this.#exit(cause ?? new Error(`exit code ${code}`)));
  }

  /** Jobs that have no answer yet. */
  get jobs(): number {
    return this.#jobs.size;
  }

  read(layer: LayerToRead, job: ReadJob): GivenReading {
    const id = this.#add(job);
    this.#post({ kind: 'read', id, layer });
    return {
      connect: (channel) => this.#post({ kind: 'channel', id, channel }, channel),
      send: (bytes) => this.#post({ kind: 'bytes', id, bytes }, bytes.buffer),
      end: () => this.#post({ kind: 'end', id }),
      stop: () => this.#post({ kind: 'stop', id }),
      endThread: () => void this.terminate(),
    };
  }

  fold({ layers, ...others }: FoldTask, job: FoldJob): GivenJob {
    const id = this.#add(job);
    const copies = layers.map((layer) => ({ ...layer, bytes: new Uint8Array(layer.bytes) }));
    this.#post({ kind: 'fold', id, task: { ...others, layers: copies } }, ...copies.map(({ bytes }) => bytes.buffer));
    return { endThread: () => void this.terminate() };
  }

  async terminate(): Promise<void> {
    if (!this.#isEnding) this.#ended({ asked: true });
    this.#isEnding = true;
    await this.#worker.terminate();
  }

  #add(job: ReadJob | FoldJob): number {
    this.#lastId += 1;
    this.#jobs.set(this.#lastId, job);
    this.#worker.ref();
    return this.#lastId;
  }

  #post(message: ToThread, ...transfer: (ArrayBuffer | MessagePort)[]): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromThread): void {
    const job = this.#jobs.get(message.id);
    if (job === undefined) return;
    if (message.kind === 'used' || message.kind === 'came') {
      if (!('used' in job)) return;
      if (message.kind === 'used') job.used(message.memory);
      else job.came(message.bytes);
      return;
    }
    this.#jobs.delete(message.id);
    if (this.#jobs.size === 0 && !this.#isEnding) this.#worker.unref();
    this.#answered();
    if (message.kind === 'failed') job.failed(faultFromMessage(message.fault));
    else if (message.kind === 'read' && 'read' in job) job.read(message.layer);
    else if (message.kind === 'folded' && 'folded' in job) job.folded(message.outcome);
    else job.failed(new Fault('internal', 'a worker thread answered what it was not asked'));
  }

  #exit(cause: unknown): void {
    if (!this.#isEnding) this.#ended({ asked: false });
    this.#isEnding = true;
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    for (const job of jobs) {
      if (jobs.length === 1) job.failed(faultOfEnd(cause));
      else job.lost();
    }
  }
}

function faultOfEnd(cause: unknown): Fault {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return scanLimitReached('maxWorkerHeapBytes', 'what reading it keeps in memory');
  }
  return new Fault('internal', 'a worker thread ended while it worked', { cause });
}
