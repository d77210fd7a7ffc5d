// Sends a blob to a worker thread as it arrives, in pieces of one size, and never more than the thread keeps up with.
import { setImmediate } from 'node:timers/promises';

/** Large enough that messages cost nothing beside their bytes. */
const pieceBytes = 256 * 1024;

/** After so many chunks everybody else on this thread gets a turn, however small the chunks are. */
const chunksAtOnce = 64;

/** How many bytes may be on their way. */
export class Allowance {
  #left: number;
  #wake: (() => void) | undefined;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  give(bytes: number): void {
    this.#left += bytes;
    this.#wake?.();
  }

  /** Waits until there is some left, and takes it; the last may take more than there is. */
  async take(bytes: number): Promise<void> {
    while (this.#left <= 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#left -= bytes;
  }
}

export interface SendBlobOptions {
  /** As the descriptor says: how much memory the first piece takes. */
  readonly size: number;
  readonly allowance: Allowance;
  readonly signal: AbortSignal;
  /** Takes the memory with the bytes. */
  readonly send: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** So many bytes came. */
  readonly came: (length: number) => void;
}

/**
 * Ends at once when the signal aborts, whatever the source does, and always tells the source that nobody listens any more.
 * @throws the signal's reason; whatever the source throws.
 */
export async function sendBlob(source: AsyncIterable<Uint8Array>, options: SendBlobOptions): Promise<void> {
  const { signal, came } = options;
  const input = source[Symbol.asyncIterator]();
  const pieces = new Pieces(options);
  try {
    for (let chunks = 1; ; chunks += 1) {
      const { done, value } = await unlessAborted(input.next(), signal);
      if (done === true) break;
      came(value.length);
      await pieces.add(value);
      if (chunks % chunksAtOnce === 0) await setImmediate();
    }
    await pieces.flush();
  } finally {
    input.return?.().catch(() => undefined);
  }
}

/** Whatever the promise does, nobody waits for it any longer than the signal lets them. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Chunks of any size made into pieces: a copy costs as much as a message, and leaves the source its memory. */
class Pieces {
  readonly #options: SendBlobOptions;
  #piece: Uint8Array<ArrayBuffer>;
  #filled = 0;

  constructor(options: SendBlobOptions) {
    this.#options = options;
    this.#piece = new Uint8Array(Math.min(pieceBytes, Math.max(options.size, 1)));
  }

  async add(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const length = Math.min(this.#piece.length - this.#filled, chunk.length - at);
      this.#piece.set(chunk.subarray(at, at + length), this.#filled);
      this.#filled += length;
      at += length;
      if (this.#filled === this.#piece.length) await this.flush();
    }
  }

  async flush(): Promise<void> {
    if (this.#filled === 0) return;
    const { allowance, signal, send } = this.#options;
    await unlessAborted(allowance.take(this.#filled), signal);
    send(this.#piece.subarray(0, this.#filled));
    this.#piece = new Uint8Array(pieceBytes);
    this.#filled = 0;
  }
}
