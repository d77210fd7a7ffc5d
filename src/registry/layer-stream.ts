// The bytes of one layer in order, from as many connections as it takes: what broke off is taken up where it ended.
import { Fault, type FaultCode, faultFromUnknown } from '../base/fault.ts';

/** One connection that delivers a layer from some byte on. */
export interface LayerPart {
  readonly bytes: AsyncIterator<Uint8Array, undefined>;
  /** Where in the layer its first byte belongs. */
  readonly from: number;
  /** Whether its end shows that it is whole: nothing says so of a body that ends with its connection. */
  readonly isDelimited: boolean;
}

export interface LayerStreamOptions {
  readonly first: LayerPart;
  /** Bytes that the whole layer has. */
  readonly size: number;
  /** Connects again for the bytes from an offset on. A part may begin before it. @throws Fault. */
  readonly resume: (offset: number) => Promise<LayerPart>;
  readonly maxResumes: number;
  /** Ends it at once. */
  readonly signal: AbortSignal;
  /** It needs no more connections: one that is only being made is to be given up. May be called again. */
  readonly ended: () => void;
}

/** What a connection that broke off, stalled or dripped looks like. */
const brokenOff: ReadonlySet<FaultCode> = new Set(['registry/unreachable', 'registry/timeout']);

/** One `next` at a time. `return` closes the connection at once, also while a `next` waits. */
export class LayerStream implements AsyncIterableIterator<Uint8Array> {
  readonly #options: LayerStreamOptions;
  #part: LayerPart;
  #given = 0;
  /** Bytes of the part that were given already. */
  #skip = 0;
  #resumes = 0;
  #isClosed = false;

  constructor(options: LayerStreamOptions) {
    this.#options = options;
    this.#part = options.first;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws Fault `registry/*`, `cancelled`; `integrity/size` when the bytes do not end where the layer does. */
  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    try {
      return await this.#next();
    } catch (thrown) {
      await this.return();
      throw endedBy(this.#options.signal, thrown);
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#isClosed = true;
    await this.#part.bytes.return?.();
    this.#options.ended();
    return { done: true, value: undefined };
  }

  async #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    for (;;) {
      this.#options.signal.throwIfAborted();
      if (this.#isClosed) return { done: true, value: undefined };
      const chunk = await this.#read();
      if (chunk === undefined) return this.return();
      const fresh = chunk.subarray(this.#skip);
      this.#skip -= chunk.length - fresh.length;
      if (fresh.length === 0) continue;
      this.#given += fresh.length;
      if (this.#given > this.#options.size) throw wrongSize();
      return { done: false, value: fresh };
    }
  }

  /** The next bytes of the part, or of the one that follows where it broke off; undefined at the end of the layer. */
  async #read(): Promise<Uint8Array | undefined> {
    for (;;) {
      try {
        const { done, value } = await this.#part.bytes.next();
        if (done !== true) return value;
        if (this.#given === this.#options.size) return undefined;
        if (this.#part.isDelimited) throw wrongSize();
        throw new Fault('registry/unreachable', 'a connection ended before the layer did');
      } catch (thrown) {
        if (this.#given === this.#options.size && isBrokenOff(thrown)) return undefined;
        await this.#resumeAfter(thrown);
      }
    }
  }

  async #resumeAfter(thrown: unknown): Promise<void> {
    const mayResume = isBrokenOff(thrown) && this.#resumes < this.#options.maxResumes;
    if (!mayResume || this.#isClosed || this.#options.signal.aborted) throw thrown;
    this.#resumes += 1;
    await this.#part.bytes.return?.();
    this.#part = await this.#options.resume(this.#given);
    this.#skip = this.#given - this.#part.from;
  }
}

export function wrongSize(): Fault {
  return new Fault('integrity/size', 'a layer has another size than its descriptor says');
}

/** What was thrown as a Fault: a caller's own end, a deadline included, is no fault of the registry. */
export function endedBy(signal: AbortSignal, thrown: unknown): Fault {
  if (!signal.aborted) return faultFromUnknown(thrown);
  return new Fault('cancelled', 'the deadline passed before a layer was read', { cause: thrown });
}

function isBrokenOff(thrown: unknown): boolean {
  return thrown instanceof Fault && brokenOff.has(thrown.code);
}
