// Reads a tar archive as it streams by, as Go's archive/tar does and therefore as containerd unpacks it: entries and content for a visitor.
import { Fault } from '../base/fault.ts';
import { ExtendedHeaders, type ExtendedType, extendedTypeOf } from './extended-headers.ts';
import { type LayerLimits, limitReached } from './layer-limits.ts';
import { LeadingSparseMap, OldSparseMap, type SparsePart, sparseParts } from './sparse-map.ts';
import { mergeHeaders, type TarEntry } from './tar-entry.ts';
import { areZeros, parseTarHeader, type TarHeader, tarBlockBytes } from './tar-header.ts';

export interface TarVisitor {
  /** Called for each entry, in the order of the archive. */
  entry(entry: TarEntry): void;
  /** Bytes of the last entry, in order, and where in the file they lie; holes are left out. They are valid during the call only. */
  content(bytes: Buffer, offset: number): void;
  /** The last entry is complete. */
  end(): void;
}

export interface TarSummary {
  readonly entries: number;
  /** Bytes behind the end of the archive, when not all of them are zero: no runtime sees them. */
  readonly bytesAfterEnd: number;
}

type State =
  /** Before a block: a header, the second of two zero blocks, a block of a sparse map before or inside the content. */
  | 'header'
  | 'second-zero'
  | 'map-extension'
  | 'leading-map'
  /** Inside `#remaining` bytes: an extended header, a file, padding that may be missing at the very end. */
  | 'extended'
  | 'content'
  | 'padding'
  | 'done';

/**
 * A push parser: `push` every chunk, then `end`. Chunks may be cut anywhere. Content is never copied, and no chunk is kept.
 * Both throw Fault `image/malformed`, `image/unsupported`, `integrity/ambiguous` and `limit`; after that the reader is of no use.
 */
export class TarReader {
  readonly #visitor: TarVisitor;
  readonly #limits: LayerLimits;
  #state: State = 'header';
  readonly #block = Buffer.alloc(tarBlockBytes);
  #filled = 0;
  #remaining = 0;
  #padding = 0;
  #headers = 0;
  #entries = 0;
  #fileBytes = 0;
  #afterEnd = 0;
  #isDataAfterEnd = false;
  readonly #extended: ExtendedHeaders;
  #oldMap: { readonly header: TarHeader; readonly map: OldSparseMap } | undefined;
  #leadingMap: LeadingSparseMap | undefined;
  #fileSize = 0;
  #parts: readonly SparsePart[] | undefined;
  #part = 0;
  #offset = 0;

  constructor(visitor: TarVisitor, limits: LayerLimits) {
    this.#visitor = visitor;
    this.#limits = limits;
    this.#extended = new ExtendedHeaders(limits);
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < bytes.length; ) at += this.#step(bytes, at);
  }

  end(): TarSummary {
    const complete = this.#state === 'header' || this.#state === 'second-zero' || this.#state === 'padding';
    if (this.#state !== 'done' && (!complete || this.#filled > 0)) {
      throw new Fault('image/malformed', 'a tar archive is cut short');
    }
    if (!this.#extended.isEmpty) {
      throw new Fault('image/malformed', 'a tar archive ends with an extended header that belongs to nothing');
    }
    return { entries: this.#entries, bytesAfterEnd: this.#isDataAfterEnd ? this.#afterEnd : 0 };
  }

  /** Uses some of the bytes from `at` on, and says how many. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'header':
      case 'second-zero':
      case 'map-extension':
      case 'leading-map':
        return this.#stepBlock(bytes, at);
      case 'extended':
      case 'content':
      case 'padding':
        return this.#stepBytes(bytes, at);
      case 'done':
        return this.#stepAfterEnd(bytes, at);
      default:
        return this.#state satisfies never;
    }
  }

  #stepBlock(bytes: Buffer, at: number): number {
    const available = bytes.length - at;
    if (this.#filled === 0 && available >= tarBlockBytes) {
      this.#takeBlock(bytes, at);
      return tarBlockBytes;
    }
    const length = Math.min(tarBlockBytes - this.#filled, available);
    bytes.copy(this.#block, this.#filled, at, at + length);
    this.#filled += length;
    if (this.#filled === tarBlockBytes) {
      this.#filled = 0;
      this.#takeBlock(this.#block, 0);
    }
    return length;
  }

  #stepBytes(bytes: Buffer, at: number): number {
    const length = Math.min(this.#remaining, bytes.length - at);
    this.#remaining -= length;
    if (this.#state === 'content') this.#emit(bytes, at, length);
    else if (this.#state === 'extended') this.#extended.add(bytes.subarray(at, at + length));
    if (this.#remaining === 0) this.#leave();
    return length;
  }

  #stepAfterEnd(bytes: Buffer, at: number): number {
    const length = bytes.length - at;
    this.#afterEnd += length;
    this.#isDataAfterEnd ||= !areZeros(bytes, at, bytes.length);
    return length;
  }

  #takeBlock(bytes: Buffer, at: number): void {
    switch (this.#state) {
      case 'header':
        this.#takeHeader(bytes, at);
        return;
      case 'second-zero':
        if (!areZeros(bytes, at, at + tarBlockBytes))
          throw new Fault('image/malformed', 'a tar archive has an empty block inside');
        this.#state = 'done';
        return;
      case 'map-extension':
        this.#takeMapExtension(bytes, at);
        return;
      case 'leading-map':
        this.#takeLeadingMap(bytes, at);
        return;
      default:
        throw new Error(`no block is due in state ${this.#state}`);
    }
  }

  #takeHeader(bytes: Buffer, at: number): void {
    if (areZeros(bytes, at, at + tarBlockBytes)) {
      this.#state = 'second-zero';
      return;
    }
    const header = parseTarHeader(bytes, at);
    if (header === undefined) throw notAHeader(this.#headers);
    this.#headers += 1;
    if (this.#headers > this.#limits.maxLayerEntries) throw limitReached('maxLayerEntries', 'a layer');
    const extended = extendedTypeOf(header);
    if (extended !== undefined) this.#beginExtended(extended, header);
    else if (header.typeflag === 'S') this.#beginOldMap(header, bytes, at);
    else this.#beginEntry(header, undefined);
  }

  #beginOldMap(header: TarHeader, bytes: Buffer, at: number): void {
    if (header.format !== 'gnu') throw new Fault('image/malformed', 'a sparse file is in no known format');
    this.#oldMap = { header, map: new OldSparseMap(bytes, at) };
    if (this.#oldMap.map.extended) this.#state = 'map-extension';
    else this.#beginOldSparse();
  }

  #takeMapExtension(bytes: Buffer, at: number): void {
    this.#oldMap?.map.extend(bytes, at, this.#limits.maxTarHeaderBytes);
    if (this.#oldMap?.map.extended === false) this.#beginOldSparse();
  }

  #beginOldSparse(): void {
    const old = this.#oldMap;
    this.#oldMap = undefined;
    if (old !== undefined) this.#beginEntry(old.header, old.map);
  }

  #beginExtended(type: ExtendedType, { size, name }: TarHeader): void {
    this.#extended.begin(type, size);
    if (type === 'global') {
      this.#announce({ ...globalEntry, path: name });
      this.#visitor.end();
    }
    this.#begin('extended', size);
  }

  #beginEntry(header: TarHeader, oldMap: OldSparseMap | undefined): void {
    const pending = this.#extended.take();
    const { entry, stored } = mergeHeaders(header, pending, { limits: this.#limits, realSize: oldMap?.size });
    const sparse = oldMap === undefined ? pending.pax?.sparse : undefined;
    this.#fileBytes += entry.size;
    if (this.#fileBytes > this.#limits.maxLayerBytes) throw limitReached('maxLayerBytes', 'the files of a layer');
    this.#fileSize = entry.size;
    this.#parts = undefined;
    if (oldMap !== undefined) this.#useMap(oldMap.map, stored);
    else if (sparse?.mapIn === 'records') this.#useMap(sparse.map, stored);
    this.#announce(entry);
    this.#begin('content', stored);
    if (sparse?.mapIn === 'content') {
      this.#leadingMap = new LeadingSparseMap();
      this.#expectLeadingMap();
    }
  }

  #announce(entry: TarEntry): void {
    this.#entries += 1;
    this.#visitor.entry(entry);
  }

  #begin(state: 'extended' | 'content', size: number): void {
    this.#state = state;
    this.#remaining = size;
    this.#padding = (tarBlockBytes - (size % tarBlockBytes)) % tarBlockBytes;
    this.#offset = this.#parts?.[0]?.offset ?? 0;
    this.#part = 0;
    if (size === 0) this.#leave();
  }

  #expectLeadingMap(): void {
    if (this.#remaining < tarBlockBytes) throw new Fault('image/malformed', 'the map of a sparse file is cut short');
    this.#state = 'leading-map';
  }

  #takeLeadingMap(bytes: Buffer, at: number): void {
    this.#remaining -= tarBlockBytes;
    if (this.#leadingMap?.extend(bytes, at, this.#limits.maxTarHeaderBytes) !== true) {
      this.#expectLeadingMap();
      return;
    }
    this.#useMap(this.#leadingMap.map, this.#remaining);
    this.#begin('content', this.#remaining);
  }

  #useMap(map: readonly number[], stored: number): void {
    this.#parts = sparseParts(map, this.#fileSize, stored);
  }

  #emit(bytes: Buffer, start: number, length: number): void {
    for (let at = start; at < start + length; ) {
      const part = this.#parts?.[this.#part];
      const room = part === undefined ? length : part.offset + part.length - this.#offset;
      const end = Math.min(start + length, at + room);
      this.#visitor.content(bytes.subarray(at, end), this.#offset);
      this.#offset += end - at;
      if (part !== undefined && end - at === room) {
        this.#part += 1;
        this.#offset = this.#parts?.[this.#part]?.offset ?? this.#offset;
      }
      at = end;
    }
  }

  /** All bytes of an extended header or a file have come, or all padding. */
  #leave(): void {
    if (this.#state === 'extended') this.#extended.finish();
    else if (this.#state === 'content') this.#visitor.end();
    this.#remaining = this.#state === 'padding' ? 0 : this.#padding;
    this.#state = this.#remaining === 0 ? 'header' : 'padding';
  }
}

const globalEntry: TarEntry = {
  type: 'global',
  path: '',
  target: '',
  size: 0,
  mode: 0,
  uid: 0,
  gid: 0,
  xattrs: [],
};

/** Bytes that do not even begin as an archive are another format; later on they are a damaged archive. */
function notAHeader(headers: number): Fault {
  return headers === 0
    ? new Fault('image/unsupported', 'a layer is no tar archive')
    : new Fault('image/malformed', 'a tar archive has something where a header belongs');
}
