// A response body taken piece by piece: as fast as its reader takes it, and no slower than a host may be.
import { Fault } from '../base/fault.ts';
import { releaseMemory } from '../base/release-memory.ts';
import type { RequestLifetime } from './request-lifetime.ts';
import type { NetworkLimits } from './settings.ts';

export interface BodyStreamOptions {
  readonly host: string;
  readonly lifetime: RequestLifetime;
  readonly limits: Pick<NetworkLimits, 'layerStallMs' | 'layerPaceMs' | 'minLayerPaceBytes'>;
}

/**
 * Only the time that is spent waiting for the host counts: a slow reader is no slow host. One `next` at a time; it ends the last piece's life.
 * `return` closes the connection at once, also while a `next` waits and before the first one; so does the request's signal.
 */
export class BodyStream implements AsyncIterableIterator<Uint8Array> {
  readonly #pieces: AsyncIterator<Uint8Array | string>;
  readonly #options: BodyStreamOptions;
  #waitedMs = 0;
  #paceBytes = 0;
  #last: Uint8Array = new Uint8Array();

  constructor(body: AsyncIterable<Uint8Array | string>, options: BodyStreamOptions) {
    this.#pieces = body[Symbol.asyncIterator]();
    this.#options = options;
    options.lifetime.pause();
  }

  /** Resolves when its connection is closed or serves another request. */
  get closed(): Promise<void> {
    return this.#options.lifetime.over;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws Fault `registry/unreachable` where the connection breaks, `registry/timeout`, `cancelled`. */
  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const { lifetime, limits } = this.#options;
    const startedMs = performance.now();
    releaseMemory(this.#last);
    lifetime.endAfter(limits.layerStallMs);
    const { done, value } = await lifetime.guard(this.#pieces.next());
    lifetime.pause();
    if (done === true) return lifetime.finish(Promise.resolve({ done: true, value: undefined }));
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    this.#last = bytes;
    this.#waitedMs += performance.now() - startedMs;
    this.#paceBytes += bytes.length;
    this.#refuseIfSlow();
    return { done: false, value: bytes };
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#options.lifetime.end('caller');
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Each stretch of waiting has to have brought its share: a fast beginning pays for no slow rest. */
  #refuseIfSlow(): void {
    const { host, lifetime, limits } = this.#options;
    if (this.#waitedMs < limits.layerPaceMs) return;
    if (this.#paceBytes < limits.minLayerPaceBytes) {
      lifetime.end('timeout');
      throw new Fault('registry/timeout', `${host} sends more slowly than this service waits for`);
    }
    this.#waitedMs = 0;
    this.#paceBytes = 0;
  }
}
