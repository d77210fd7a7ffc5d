// Which bytes of a sparse file are in the archive: GNU's maps, checked as Go's archive/tar checks them.
import { Fault } from '../base/fault.ts';
import { limitReached } from './layer-limits.ts';
import { goInteger } from './pax-records.ts';
import { tarBlockBytes, tarNumber } from './tar-header.ts';

/** A stretch of the file that the archive has; what lies between them is zeros. */
export interface SparsePart {
  readonly offset: number;
  readonly length: number;
}

/**
 * Parts from a flat list of offsets and lengths.
 * @param size bytes of the file with its holes; @param stored bytes the archive has of it.
 * @throws Fault `image/malformed` for parts that overlap, go beyond the file, or are not what is stored.
 */
export function sparseParts(map: readonly number[], size: number, stored: number): readonly SparsePart[] {
  const parts: SparsePart[] = [];
  let end = 0;
  let total = 0;
  for (let index = 0; index + 1 < map.length; index += 2) {
    const [offset = -1, length = -1] = [map[index], map[index + 1]];
    if (offset < end || length < 0 || offset + length > size) throw badMap();
    end = offset + length;
    total += length;
    if (length > 0) parts.push({ offset, length });
  }
  if (total !== stored) throw badMap();
  return parts;
}

function badMap(): Fault {
  return new Fault('image/malformed', 'the map of a sparse file does not fit the file');
}

/** Entries of 12 and 12 bytes in a header of GNU's old format, and in each block that extends it. */
const inHeader = { at: 386, entries: 4, extendedAt: 482, realSizeAt: 483 } as const;
const inExtension = { at: 0, entries: 21, extendedAt: 504 } as const;

/** The map of an old GNU sparse file, block by block. */
export class OldSparseMap {
  /** Bytes of the file with its holes. */
  readonly size: number;
  readonly map: number[] = [];
  /** Whether another block follows. */
  extended: boolean;

  /** @throws Fault `image/malformed`. */
  constructor(header: Buffer, offset: number) {
    this.size = tarNumber(header, offset + inHeader.realSizeAt, 12);
    this.extended = this.#read(header, offset, inHeader);
  }

  /** @throws Fault `image/malformed`, `limit`. */
  extend(block: Buffer, offset: number, maxBytes: number): void {
    this.extended = this.#read(block, offset, inExtension);
    if (this.map.length * 12 > maxBytes) throw limitReached('maxTarHeaderBytes', 'the map of a sparse file');
  }

  #read(block: Buffer, offset: number, place: typeof inHeader | typeof inExtension): boolean {
    for (let index = 0; index < place.entries; index += 1) {
      const at = offset + place.at + index * 24;
      if (block[at] === 0) break;
      this.map.push(tarNumber(block, at, 12), tarNumber(block, at + 12, 12));
    }
    return (block[offset + place.extendedAt] ?? 0) > 0;
  }
}

/** The map of format 1.0: decimal numbers, one a line, in whole blocks before the content; the first is the number of parts. */
export class LeadingSparseMap {
  readonly map: number[] = [];
  #text = '';
  #count: number | undefined;
  #blocks = 0;

  /**
   * Takes one block, and says whether the map is whole with it.
   * @throws Fault `image/malformed`, `limit`.
   */
  extend(block: Buffer, offset: number, maxBytes: number): boolean {
    this.#blocks += 1;
    if (this.#blocks * tarBlockBytes > maxBytes) throw limitReached('maxTarHeaderBytes', 'the map of a sparse file');
    this.#text += block.toString('latin1', offset, offset + tarBlockBytes);
    const lines = this.#text.split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
    return this.#count !== undefined && this.map.length === 2 * this.#count;
  }

  #take(line: string): void {
    if (this.#count !== undefined && this.map.length === 2 * this.#count) return;
    const number = goInteger(line);
    if (number === undefined || number < 0) throw badMap();
    if (this.#count === undefined) this.#count = number;
    else this.map.push(number);
  }
}
