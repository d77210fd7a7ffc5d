// A blob as it arrives in a worker thread, piece by piece, for whoever reads it there.

/** To be read once. Says how much was taken, so that more is sent. */
export class IncomingBlob implements AsyncIterable<Uint8Array> {
  readonly #used: (length: number) => void;
  readonly #pieces: Uint8Array[] = [];
  readonly #controller = new AbortController();
  #hasEnded = false;
  #wake: (() => void) | undefined;

  constructor(used: (length: number) => void) {
    this.#used = used;
  }

  /** Aborts when nobody wants the layer any more. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
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
        this.#used(piece.length);
        yield piece;
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
