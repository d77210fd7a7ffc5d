// Reads a layer once, as it streams by: both digests, decompression, entries, kept documents; facts only when all of it is true.
import { createHash, type Hash } from 'node:crypto';
import { Fault, type FaultCode } from '../base/fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { algorithmOf, type Digest, parseDigest } from '../oci/digest.ts';
import { layerKindOf } from '../oci/media-type.ts';
import { decompress } from './decompress.ts';
import { LayerCollector, type LayerObserver } from './layer-collector.ts';
import { type LayerFacts, layerFactsSchema } from './layer-facts.ts';
import type { LayerLimits } from './layer-limits.ts';
import { TarReader } from './tar-reader.ts';

export interface ReadLayerOptions {
  readonly descriptor: Pick<Descriptor, 'mediaType' | 'digest' | 'size' | 'urls'>;
  /** What the image's config says the archive's digest is. */
  readonly diffId: Digest;
  readonly limits: LayerLimits;
  /** Ends the reading at once, whatever the source does. */
  readonly signal: AbortSignal;
  readonly observers?: readonly LayerObserver[];
}

/**
 * Memory does not grow with the size of the layer, only with the number of its entries.
 * @throws Fault `image/unsupported` (foreign, encrypted and unknown payloads, formats that are not read), `image/malformed`,
 * `integrity/ambiguous`, `limit`, `integrity/size`, `integrity/digest`, `integrity/diff-id`; whatever the source throws.
 */
export async function readLayer(source: AsyncIterable<Uint8Array>, options: ReadLayerOptions): Promise<LayerFacts> {
  const { descriptor, diffId, limits, signal } = options;
  refuseUnlessTar(descriptor);
  const blob = new BlobReader(source, descriptor, signal);
  try {
    const { compression, chunks } = await decompress(blob.chunks(), { size: descriptor.size, limits, signal });
    const collector = new LayerCollector(limits, options.observers ?? []);
    const reader = new TarReader(collector, limits);
    const archive = new Verifier(diffId);
    // Where nothing is compressed, the blob is the archive, and one digest of it is enough.
    const isSame = compression === 'none' && algorithmOf(diffId) === algorithmOf(descriptor.digest);
    for await (const chunk of chunks) {
      archive.count(chunk, !isSame);
      reader.push(chunk);
    }
    const { bytesAfterEnd } = reader.end();
    await blob.finish();
    const found = isSame ? descriptor.digest : archive.digest();
    if (found !== diffId) throw new Fault('integrity/diff-id', 'the content of a layer is not what the config says');
    const { summary, entries, documents } = collector.build();
    return {
      schema: layerFactsSchema,
      digest: descriptor.digest,
      diffId,
      compression,
      compressedBytes: descriptor.size,
      plainBytes: archive.bytes,
      summary: { ...summary, bytesAfterEnd },
      entries,
      documents,
    };
  } catch (thrown) {
    // Damage is the layer's only if these are the layer's bytes.
    if (thrown instanceof Fault && damage.has(thrown.code) && !signal.aborted) await blob.finish();
    throw thrown;
  } finally {
    blob.close();
  }
}

/** What broken bytes look like, also those that broke on their way, or are no layer at all but a registry's error page. */
const damage: ReadonlySet<FaultCode> = new Set(['image/malformed', 'image/unsupported', 'integrity/ambiguous']);

function refuseUnlessTar(descriptor: ReadLayerOptions['descriptor']): void {
  const kind = layerKindOf(descriptor);
  if (kind !== 'tar') throw new Fault('image/unsupported', `a layer is of ${kind} kind; its content is not read`);
}

/** A running digest and count. */
class Verifier {
  readonly #hash: Hash;
  readonly #algorithm: string;
  bytes = 0;

  constructor(expected: Digest) {
    this.#algorithm = algorithmOf(expected);
    this.#hash = createHash(this.#algorithm);
  }

  count(chunk: Uint8Array, hashed = true): void {
    this.bytes += chunk.length;
    if (hashed) this.#hash.update(chunk);
  }

  digest(): Digest {
    return parseDigest(`${this.#algorithm}:${this.#hash.digest('hex')}`);
  }
}

/** The blob's own bytes, counted and hashed as they pass; `finish` takes what is left and says whether it was the right blob. */
class BlobReader {
  readonly #input: AsyncIterator<Uint8Array>;
  readonly #expected: Pick<Descriptor, 'digest' | 'size'>;
  readonly #signal: AbortSignal;
  readonly #verifier: Verifier;
  /** The last request: whoever reads, one piece comes after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(source: AsyncIterable<Uint8Array>, expected: Pick<Descriptor, 'digest' | 'size'>, signal: AbortSignal) {
    this.#input = source[Symbol.asyncIterator]();
    this.#expected = expected;
    this.#signal = signal;
    this.#verifier = new Verifier(expected.digest);
  }

  /** Leaving it early does not close the source. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const turn = this.#turn.then(() => this.#next());
      this.#turn = turn.catch(() => undefined);
      const chunk = await turn;
      if (chunk === undefined) return;
      yield chunk;
    }
  }

  /** @throws Fault `integrity/size`, `integrity/digest`; whatever the source throws. */
  async finish(): Promise<void> {
    for await (const _ of this.chunks());
    if (this.#verifier.bytes !== this.#expected.size) throw wrongSize();
    if (this.#verifier.digest() !== this.#expected.digest) {
      throw new Fault('integrity/digest', 'the content of a layer is not what its digest says');
    }
  }

  /** Without waiting for the source to agree. */
  close(): void {
    this.#input.return?.().catch(() => undefined);
  }

  async #next(): Promise<Uint8Array | undefined> {
    const { done, value } = await nextUnlessAborted(this.#input, this.#signal);
    if (done === true) return undefined;
    this.#verifier.count(value);
    if (this.#verifier.bytes > this.#expected.size) throw wrongSize();
    return value;
  }
}

/** Whatever the source does, nobody waits for it any longer than the signal lets them. */
async function nextUnlessAborted(
  input: AsyncIterator<Uint8Array>,
  signal: AbortSignal,
): Promise<IteratorResult<Uint8Array>> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([input.next(), promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function wrongSize(): Fault {
  return new Fault('integrity/size', 'a layer has another size than its descriptor says');
}
