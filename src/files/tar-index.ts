// Finds where each file of a tar archive begins, without keeping or unpacking what is in it.
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { ExtendedHeaders, type ExtendedType, extendedTypeOf } from '../layers/extended-headers.ts';
import { mergeHeaders, type TarEntryType } from '../layers/tar-entry.ts';
import { areZeros, parseTarHeader, type TarHeader, tarBlockBytes } from '../layers/tar-header.ts';
import { type ArchiveCursor, magicBytes } from './archive-cursor.ts';
import type { ArchiveLimits } from './archive-limits.ts';

export interface IndexedFile {
  /** As the archive has it, with long names resolved. */
  readonly path: string;
  readonly type: TarEntryType;
  /** Where its content begins, in bytes from the beginning of the (decompressed) archive. */
  readonly offset: number;
  readonly size: number;
  /** What a link points at, as the archive has it. */
  readonly target: string;
  /** Its first bytes, enough to tell how it is compressed. */
  readonly head: Uint8Array;
  /** The whole content, where `keep` asked for it. */
  readonly content?: Uint8Array;
}

export interface TarIndexOptions {
  readonly name: string;
  readonly limits: ArchiveLimits;
  /** Whether the content of a file of this size is to be kept while it passes by. */
  readonly keep: (size: number) => boolean;
}

/**
 * Reads the headers of a tar archive to its end (two empty blocks, or the end of the file) as layers are read, but for sparse files,
 * which nobody writes into an archive of images.
 * @throws Fault `image/malformed`, `image/unsupported`, `integrity/ambiguous`, `limit`, `cancelled`.
 */
export function indexTar(cursor: ArchiveCursor, options: TarIndexOptions): Promise<readonly IndexedFile[]> {
  return new TarIndexer(cursor, options).read();
}

class TarIndexer {
  readonly #cursor: ArchiveCursor;
  readonly #options: TarIndexOptions;
  readonly #extended: ExtendedHeaders;
  readonly #files: IndexedFile[] = [];
  #offset = 0;

  constructor(cursor: ArchiveCursor, options: TarIndexOptions) {
    this.#cursor = cursor;
    this.#options = options;
    this.#extended = new ExtendedHeaders({ maxTarHeaderBytes: options.limits.maxArchiveHeaderBytes });
  }

  async read(): Promise<readonly IndexedFile[]> {
    for (;;) {
      const block = await this.#take(tarBlockBytes);
      if (block.length === 0) return this.#files;
      if (block.length < tarBlockBytes) throw this.#malformed('it is cut short');
      if (areZeros(block, 0, tarBlockBytes)) {
        const second = await this.#take(tarBlockBytes);
        if (areZeros(second, 0, second.length)) return this.#files;
        throw this.#malformed('an empty block stands between its entries');
      }
      const header = this.#parsed(() => parseTarHeader(block, 0));
      if (header === undefined) throw this.#malformed(`it is no tar archive (at byte ${this.#offset - tarBlockBytes})`);
      const extended = extendedTypeOf(header);
      if (extended === undefined) await this.#takeFile(header);
      else await this.#takeExtended(extended, header.size);
    }
  }

  async #takeExtended(type: ExtendedType, size: number): Promise<void> {
    if (size > this.#options.limits.maxArchiveHeaderBytes) throw this.#beyond('maxArchiveHeaderBytes');
    this.#parsed(() => this.#extended.begin(type, size));
    const bytes = await this.#take(size);
    if (bytes.length < size) throw this.#malformed('it is cut short');
    this.#extended.add(bytes);
    this.#parsed(() => this.#extended.finish());
    await this.#skipTo(this.#offset - size + padded(size));
  }

  async #takeFile(header: TarHeader): Promise<void> {
    const { keep, limits } = this.#options;
    if (this.#files.length >= limits.maxArchiveEntries) throw this.#beyond('maxArchiveEntries');
    const pending = this.#parsed(() => this.#extended.take());
    if (header.typeflag === 'S' || pending.pax?.sparse !== undefined) throw this.#malformed('a sparse file is in it');
    const { path, type, target, size } = this.#parsed(
      () => mergeHeaders(header, pending, { limits: pathLimits, realSize: undefined }).entry,
    );
    const offset = this.#offset;
    const keeps = type === 'file' && keep(size);
    const start = await this.#take(keeps ? size : Math.min(size, magicBytes));
    await this.#skipTo(offset + padded(size));
    const head = Uint8Array.from(start.subarray(0, magicBytes));
    this.#files.push({ path, type, offset, size, target, head, ...(keeps ? { content: start } : {}) });
  }

  /** What layers are read with knows no name of an archive. */
  #parsed<T>(parse: () => T): T {
    try {
      return parse();
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      throw new Fault(thrown.code, this.#sentence(thrown.message), {
        ...(thrown.limit === undefined ? {} : { limit: thrown.limit }),
      });
    }
  }

  #malformed(problem: string): Fault {
    return new Fault('image/malformed', this.#sentence(problem));
  }

  #beyond(limit: 'maxArchiveEntries' | 'maxArchiveHeaderBytes'): Fault {
    return new Fault('limit', this.#sentence(`it goes beyond ${limit}, ${this.#options.limits[limit]}`), { limit });
  }

  #sentence(problem: string): string {
    return `${printable(this.#options.name)} cannot be read as an archive: ${problem}`;
  }

  async #take(length: number): Promise<Buffer> {
    const bytes = await this.#cursor.read(length);
    this.#offset += bytes.length;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  async #skipTo(offset: number): Promise<void> {
    await this.#cursor.skip(offset - this.#offset);
    this.#offset = offset;
  }
}

/** Longer than any path of a layer: the names in archives of images are digests. */
const pathLimits = { maxPathBytes: 4096 } as const;

function padded(size: number): number {
  return Math.ceil(size / tarBlockBytes) * tarBlockBytes;
}
