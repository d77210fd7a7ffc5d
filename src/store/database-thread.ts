// The line to the thread of the database: bounded, never waited for without end, and picked up again when the thread dies.
import { Worker } from 'node:worker_threads';
import type { StoreLimits } from './store-limits.ts';
import type {
  MessageFromThread,
  MessageToThread,
  StoreAnswer,
  StoreRequest,
  ThreadSettings,
} from './store-messages.ts';
import { type StoreTrouble, troubleOf } from './store-trouble.ts';

export interface DatabaseThreadOptions {
  readonly settings: ThreadSettings;
  readonly limits: StoreLimits;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly tell: (trouble: StoreTrouble) => void;
}

interface Asked {
  readonly bytes: number;
  readonly answer: (answer: StoreAnswer) => void;
}

const nothing: StoreAnswer = { kind: 'nothing' };

/** Sources and the compiled program lie side by side in the same way, and differ in the ending of their names. */
const workerFile = new URL(`./sqlite-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/** What waits to be written is bounded as well; should this not do, the thread dies and not the process. */
const resourceLimits = { maxOldGenerationSizeMb: 256 };

export class DatabaseThread {
  readonly #options: DatabaseThreadOptions;
  readonly #asked = new Map<number, Asked>();
  #worker: Worker | undefined;
  #askedBytes = 0;
  #lastId = 0;
  #deaths = 0;
  #isEnding = false;

  constructor(options: DatabaseThreadOptions) {
    this.#options = options;
    this.#start();
  }

  /**
   * Gives `nothing` when there is no thread, too much is asked already, the thread dies, or no answer comes within `withinMs`.
   * @param bytes of what is sent along.
   */
  ask(
    request: StoreRequest,
    { bytes, withinMs }: { readonly bytes: number; readonly withinMs?: number },
  ): Promise<StoreAnswer> {
    const worker = this.#worker;
    if (worker === undefined || this.#isEnding) return Promise.resolve(nothing);
    const { limits, now, tell } = this.#options;
    if (this.#asked.size >= limits.maxStoreRequests || this.#askedBytes + bytes > limits.maxStoreRequestBytes) {
      tell(troubleOf('overloaded', 'too many requests wait for it'));
      return Promise.resolve(nothing);
    }
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const timer = withinMs === undefined ? undefined : setTimeout(late, withinMs);
      function late(): void {
        tell(troubleOf('overloaded', `no answer within ${withinMs} ms`));
        resolve(nothing);
      }
      const answer = (given: StoreAnswer): void => {
        clearTimeout(timer);
        resolve(given);
      };
      this.#asked.set(id, { bytes, answer });
      this.#askedBytes += bytes;
      this.#post(worker, { kind: 'request', id, nowMs: now(), request });
    });
  }

  /** Lets it finish what was asked, as long as `storeCloseMs`. */
  async end(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined || this.#isEnding) return;
    this.#isEnding = true;
    const { storeCloseMs } = this.#options.limits;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        void worker.terminate();
        resolve();
      }, storeCloseMs);
      worker.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#post(worker, { kind: 'end' });
    });
    this.#giveUp();
  }

  #start(): void {
    const worker = new Worker(workerFile, { workerData: this.#options.settings, resourceLimits });
    this.#worker = worker;
    let cause: string | undefined;
    worker.on('message', (message: MessageFromThread) => this.#receive(message));
    worker.on('error', (thrown) => {
      cause = thrown instanceof Error ? thrown.message : String(thrown);
    });
    worker.on('exit', () => {
      if (!this.#isEnding) this.#died(cause);
    });
  }

  #post(worker: Worker, message: MessageToThread): void {
    worker.postMessage(message);
  }

  #receive(message: MessageFromThread): void {
    if (message.kind === 'trouble') {
      this.#options.tell(message.trouble);
      return;
    }
    const asked = this.#asked.get(message.id);
    if (asked === undefined) return;
    this.#asked.delete(message.id);
    this.#askedBytes -= asked.bytes;
    asked.answer(message.answer);
  }

  #died(cause = 'it ended by itself'): void {
    this.#worker = undefined;
    this.#deaths += 1;
    this.#options.tell(troubleOf('stopped', cause));
    this.#giveUp();
    if (this.#deaths <= this.#options.limits.maxStoreRestarts) this.#start();
  }

  #giveUp(): void {
    for (const { answer } of this.#asked.values()) answer(nothing);
    this.#asked.clear();
    this.#askedBytes = 0;
  }
}
