// A blob as it arrives in a worker thread, piece by piece or at the other end of a channel, for whoever reads it there.

/** To be read once. A piece is valid until the next one is asked for; then its memory is handed on, to come back with more. */
export class IncomingBlob implements AsyncIterable<Uint8Array> {
  readonly #used: (memory: ArrayBuffer) => void;
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  readonly #controller = new AbortController();
  #followed: Promise<AsyncIterable<Uint8Array>> | undefined;
  #hasEnded = false;
  #wake: (() => void) | undefined;

  constructor(used: (memory: ArrayBuffer) => void) {
    this.#used = used;
  }

  /** Aborts when nobody wants the layer any more. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  push(bytes: Uint8Array<ArrayBuffer>): void {
    this.#pieces.push(bytes);
    this.#wake?.();
  }

  /** All of it is what the promise comes to; in place of `push` and `end`. */
  follow(bytes: Promise<AsyncIterable<Uint8Array>>): void {
    bytes.catch(() => undefined);
    this.#followed = bytes;
    this.#wake?.();
  }

  end(): void {
    this.#hasEnded = true;
    this.#wake?.();
  }

  stop(): void {
    this.#controller.abort();
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        yield piece;
        this.#used(piece.buffer);
      } else if (this.#followed !== undefined) {
        yield* await this.#followed;
        return;
      } else if (this.#hasEnded) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
