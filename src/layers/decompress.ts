// Turns the bytes of a layer blob into the bytes of its tar archive, with bounded memory and within the limits.
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { Fault } from '../base/fault.ts';
import { releaseMemory } from '../base/release-memory.ts';
import { type Compression, compressionHeadBytes, compressionOf } from './compression.ts';
import { type Decoder, feedDecoder } from './feed-decoder.ts';
import { type LayerLimits, limitReached } from './layer-limits.ts';

export interface DecompressOptions {
  /** Bytes of the blob, as its descriptor says: what the ratio is measured against, so that it does not depend on how they arrive. */
  readonly size: number;
  readonly limits: LayerLimits;
  readonly signal: AbortSignal;
}

export interface PlainLayer {
  readonly compression: Compression;
  /**
   * The archive in order, in chunks of any size, to be read once. A chunk is valid until the next one is asked for. No more than two of
   * them are made ahead.
   * @throws Fault `image/malformed` (damaged, cut short, or followed by anything but zeros), `limit`; whatever the source throws.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * A decoder makes this much at a time. With a high-water mark of one byte it makes one chunk ahead while the last one is looked at,
 * and no chunk is ever copied into another.
 */
const decoderOptions = { chunkSize: 1024 * 1024, readableHighWaterMark: 1 };

/**
 * Reads as much of the source as tells its compression. The source has to end when `signal` aborts; a chunk of it is looked at until the next
 * one is asked for.
 * @throws Fault `image/unsupported`; whatever the source throws.
 */
export async function decompress(source: AsyncIterable<Uint8Array>, options: DecompressOptions): Promise<PlainLayer> {
  const input = source[Symbol.asyncIterator]();
  try {
    const head = await readHead(input);
    const compression = compressionOf(head);
    return { compression, chunks: bounded(plainChunks(compression, resumed(head, input), options.limits), options) };
  } catch (thrown) {
    close(input);
    throw thrown;
  }
}

async function readHead(input: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = Buffer.alloc(0);
  for (;;) {
    const { done, value } = await input.next();
    if (done === true) return head;
    if (head.length + value.length >= compressionHeadBytes)
      return head.length === 0 ? value : Buffer.concat([head, value]);
    head = Buffer.concat([head, value]);
  }
}

async function* resumed(head: Uint8Array, input: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for (;;) {
      const { done, value } = await input.next();
      if (done === true) return;
      yield value;
    }
  } finally {
    close(input);
  }
}

/** Tells the source that nobody listens any more, without waiting for it to agree. */
function close(input: AsyncIterator<Uint8Array>): void {
  input.return?.().catch(() => undefined);
}

function plainChunks(
  compression: Compression,
  input: AsyncGenerator<Uint8Array>,
  limits: LayerLimits,
): AsyncIterable<Uint8Array> {
  switch (compression) {
    case 'gzip':
      return decoded(input, createGunzip(decoderOptions));
    case 'zstd': {
      const params = { [constants.ZSTD_d_windowLogMax]: limits.maxZstdWindowLog };
      return decoded(input, createZstdDecompress({ ...decoderOptions, params }));
    }
    case 'none':
    case 'empty':
      return input;
    default:
      return compression satisfies never;
  }
}

async function* bounded(
  chunks: AsyncIterable<Uint8Array>,
  { size, limits, signal }: DecompressOptions,
): AsyncGenerator<Uint8Array> {
  const ratioBytes = Math.max(limits.ratioFreeBytes, size * limits.maxLayerRatio);
  let total = 0;
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    total += chunk.length;
    if (total > limits.maxLayerBytes) throw limitReached('maxLayerBytes', 'a layer');
    if (total > ratioBytes) throw limitReached('maxLayerRatio', 'the compression of a layer');
    yield chunk;
  }
}

async function* decoded(input: AsyncGenerator<Uint8Array>, decoder: Decoder): AsyncGenerator<Uint8Array> {
  const feeding = feedDecoder(input, decoder);
  // Its failure reaches the reader through the decoder, or through the last line of the try.
  feeding.catch((thrown) => decoder.destroy(thrown instanceof Error ? thrown : new Error(String(thrown))));
  try {
    for await (const chunk of decoder) {
      if (!(chunk instanceof Uint8Array)) continue;
      yield chunk;
      releaseIfLast(chunk);
    }
    await feeding;
  } catch (thrown) {
    throw faultFromDecoder(thrown);
  } finally {
    decoder.destroy();
    close(input);
  }
}

/** A decoder cuts its chunks from one piece of memory until that is full, and has no use for it afterwards. */
function releaseIfLast({ buffer, byteOffset, byteLength }: Uint8Array): void {
  if (byteOffset + byteLength === decoderOptions.chunkSize) releaseMemory(new Uint8Array(buffer));
}

function faultFromDecoder(thrown: unknown): unknown {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'ZSTD_error_frameParameter_windowTooLarge') {
    return limitReached('maxZstdWindowLog', 'the window of a zstd frame');
  }
  if (typeof code !== 'string' || !/^Z(?:STD)?_/.test(code)) return thrown;
  return new Fault('image/malformed', 'a layer cannot be decompressed: it is damaged or cut short', { cause: thrown });
}
