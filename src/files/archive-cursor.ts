// Reads an archive file from its beginning, plain or compressed, skipping what is not wanted.
import type { FileHandle } from 'node:fs/promises';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import type { ArchiveLimits } from './archive-limits.ts';
import { openRegularFile, pieceBytes, tooLarge } from './file-fault.ts';

/** A place in the decompressed bytes that only moves forward. */
export interface ArchiveCursor {
  /** The next `length` bytes, or all that are left where those are fewer. */
  read(length: number): Promise<Uint8Array>;
  /** The next bytes, at most `length`, in pieces as they come. */
  pieces(length: number): AsyncIterable<Uint8Array>;
  /** Goes `length` bytes further. @throws Fault `image/malformed` when the archive ends before that. */
  skip(length: number): Promise<void>;
  close(): Promise<void>;
}

/** An open archive file. Cursors are independent of each other. */
export interface ArchiveFile {
  readonly name: string;
  /** Whether skipping costs as much as reading. */
  readonly compressed: boolean;
  cursor(signal: AbortSignal): ArchiveCursor;
  close(): Promise<void>;
}

/** The first bytes by which formats are told apart. */
const gzipMagic = [0x1f, 0x8b] as const;
const zstdMagic = [0x28, 0xb5, 0x2f, 0xfd] as const;
const unsupported: readonly { readonly name: string; readonly magic: readonly number[] }[] = [
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68] },
];
/** Longest of the magics; what callers keep of each entry to tell compressed layers from plain ones. */
export const magicBytes = 6;

export function isCompressed(head: Uint8Array): boolean {
  return beginsWith(head, gzipMagic) || beginsWith(head, zstdMagic);
}

export function isZstd(head: Uint8Array): boolean {
  return beginsWith(head, zstdMagic);
}

/**
 * Opens an archive file; gzip and zstd are told by their first bytes, whatever the name says.
 * @throws Fault `usage` for a file that cannot be opened, `image/unsupported` for another compression.
 */
export async function openArchiveFile(path: string, limits: ArchiveLimits): Promise<ArchiveFile> {
  const { handle, size } = await openRegularFile(path);
  try {
    const head = Buffer.alloc(magicBytes);
    const { bytesRead } = await handle.read(head, 0, magicBytes, 0);
    const magic = head.subarray(0, bytesRead);
    for (const format of unsupported) {
      if (beginsWith(magic, format.magic)) {
        throw new Fault(
          'image/unsupported',
          `${printable(path)} is compressed with ${format.name}; gzip and zstd work`,
        );
      }
    }
    const compressed = isCompressed(magic);
    const decoder = beginsWith(magic, gzipMagic) ? createGunzip : createZstdDecompress;
    return {
      name: path,
      compressed,
      cursor: (signal) =>
        compressed
          ? new StreamCursor({ handle, name: path, decoder: decoder(), limits, signal })
          : new FileCursor({ handle, name: path, size, signal }),
      close: () => handle.close(),
    };
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

function beginsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

function cutShort(name: string): Fault {
  return new Fault('image/malformed', `${printable(name)} is cut short`);
}

interface FileCursorOptions {
  readonly handle: FileHandle;
  readonly name: string;
  readonly size: number;
  readonly signal: AbortSignal;
}

/** Skipping in a plain file is an addition. */
class FileCursor implements ArchiveCursor {
  readonly #options: FileCursorOptions;
  #position = 0;

  constructor(options: FileCursorOptions) {
    this.#options = options;
  }

  async read(length: number): Promise<Uint8Array> {
    const { handle, size, signal } = this.#options;
    signal.throwIfAborted();
    const wanted = Math.max(0, Math.min(length, size - this.#position));
    const bytes = Buffer.allocUnsafe(wanted);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await handle.read(bytes, filled, wanted - filled, this.#position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    this.#position += filled;
    return bytes.subarray(0, filled);
  }

  async *pieces(length: number): AsyncIterable<Uint8Array> {
    for (let left = length; left > 0; ) {
      const piece = await this.read(Math.min(left, pieceBytes));
      if (piece.length === 0) return;
      left -= piece.length;
      yield piece;
    }
  }

  skip(length: number): Promise<void> {
    this.#position += length;
    return this.#position > this.#options.size ? Promise.reject(cutShort(this.#options.name)) : Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

interface StreamCursorOptions {
  readonly handle: FileHandle;
  readonly name: string;
  readonly decoder: Transform;
  readonly limits: ArchiveLimits;
  readonly signal: AbortSignal;
}

/** The raw bytes of the file from its beginning. Streams that Node makes of a handle close each other; this touches nothing shared. */
async function* bytesOf(handle: FileHandle): AsyncIterable<Uint8Array> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(pieceBytes), 0, pieceBytes, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Skipping in a compressed file is reading and forgetting. */
class StreamCursor implements ArchiveCursor {
  readonly #options: StreamCursorOptions;
  readonly #chunks: AsyncIterator<unknown>;
  #rest: Uint8Array = new Uint8Array();
  #total = 0;

  constructor(options: StreamCursorOptions) {
    this.#options = options;
    const { handle, decoder, signal } = options;
    // What goes wrong reaches the reader through the decoder, which the pipeline destroys.
    pipeline(bytesOf(handle), decoder, { signal }).catch(() => undefined);
    this.#chunks = decoder[Symbol.asyncIterator]();
  }

  async read(length: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.pieces(length)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async *pieces(length: number): AsyncIterable<Uint8Array> {
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0) this.#rest = await this.#next();
      if (this.#rest.length === 0) return;
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async skip(length: number): Promise<void> {
    let skipped = 0;
    for await (const piece of this.pieces(length)) skipped += piece.length;
    if (skipped < length) throw cutShort(this.#options.name);
  }

  /** The next chunk that has bytes; an empty one at the end. */
  async #next(): Promise<Uint8Array> {
    const { name, limits, signal } = this.#options;
    signal.throwIfAborted();
    try {
      const { done, value } = await this.#chunks.next();
      if (done === true || !(value instanceof Uint8Array)) return new Uint8Array();
      this.#total += value.length;
      if (this.#total > limits.maxArchiveBytes) {
        throw tooLarge(name, { limit: 'maxArchiveBytes', maxBytes: limits.maxArchiveBytes });
      }
      return value;
    } catch (thrown) {
      if (thrown instanceof Fault || signal.aborted) throw thrown;
      throw new Fault('image/malformed', `${printable(name)} cannot be decompressed`, { cause: thrown });
    }
  }

  async close(): Promise<void> {
    this.#options.decoder.destroy();
    await this.#chunks.return?.();
  }
}
