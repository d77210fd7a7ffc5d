// Sends a blob to a worker thread as it arrives, in pieces of one size, and never more than the thread keeps up with.
import { setImmediate } from 'node:timers/promises';

/** Large enough that messages cost nothing beside their bytes. */
const pieceBytes = 256 * 1024;

/** After so many chunks everybody else on this thread gets a turn, however small the chunks are. */
const chunksAtOnce = 64;

/** The memory in which a blob goes to its thread and that comes back from there: all that may be on its way, made when it is first needed. */
export class PieceMemory {
  readonly #free: ArrayBuffer[] = [];
  #unmadeBytes: number;
  #isFirst = true;
  #wake: (() => void) | undefined;

  constructor(maxBytesOnTheWay: number) {
    this.#unmadeBytes = maxBytesOnTheWay;
  }

  give(memory: ArrayBuffer): void {
    this.#free.push(memory);
    this.#wake?.();
  }

  /** Waits until there is some; the last that is made may go beyond the limit. The first is no larger than the blob is said to be. */
  async take(blobBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    for (;;) {
      const free = this.#free.pop();
      if (free !== undefined) return new Uint8Array(free);
      if (this.#unmadeBytes > 0) {
        const bytes = this.#isFirst ? Math.min(pieceBytes, Math.max(blobBytes, 1)) : pieceBytes;
        this.#isFirst = false;
        this.#unmadeBytes -= bytes;
        return new Uint8Array(bytes);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

export interface SendBlobOptions {
  /** As the descriptor says. */
  readonly size: number;
  readonly memory: PieceMemory;
  readonly signal: AbortSignal;
  /** Takes the memory with the bytes. */
  readonly send: (bytes: Uint8Array<ArrayBuffer>) => void;
}

/**
 * Ends at once when the signal aborts, whatever the source does, and always tells the source that nobody listens any more.
 * @throws the signal's reason; whatever the source throws.
 */
export async function sendBlob(source: AsyncIterable<Uint8Array>, options: SendBlobOptions): Promise<void> {
  const { signal } = options;
  const input = source[Symbol.asyncIterator]();
  const pieces = new Pieces(options);
  try {
    for (let chunks = 1; ; chunks += 1) {
      const { done, value } = await unlessAborted(input.next(), signal);
      if (done === true) break;
      await pieces.add(value);
      if (chunks % chunksAtOnce === 0) await setImmediate();
    }
    pieces.flush();
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
  #piece: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;

  constructor(options: SendBlobOptions) {
    this.#options = options;
  }

  async add(chunk: Uint8Array): Promise<void> {
    const { memory, size, signal } = this.#options;
    for (let at = 0; at < chunk.length; ) {
      this.#piece ??= await unlessAborted(memory.take(size), signal);
      const length = Math.min(this.#piece.length - this.#filled, chunk.length - at);
      this.#piece.set(chunk.subarray(at, at + length), this.#filled);
      this.#filled += length;
      at += length;
      if (this.#filled === this.#piece.length) this.flush();
    }
  }

  flush(): void {
    if (this.#piece === undefined) return;
    this.#options.send(this.#piece.subarray(0, this.#filled));
    this.#piece = undefined;
    this.#filled = 0;
  }
}
