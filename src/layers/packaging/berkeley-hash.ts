// Reads the values out of the bytes of a Berkeley DB hash: enough to read what RPM kept before SQLite, without opening a file.
import { DamagedDatabase } from './damaged-database.ts';

const magic = 0x00061561;
const pageHeaderBytes = 26;
const pageTypes = { oldHash: 2, overflow: 7, metadata: 8, hash: 13 };
const itemTypes = { inPage: 1, inOverflow: 3 };

/**
 * The values in the order of pages, which is not that of their keys (db_page.h of Berkeley DB; of either byte order, not encrypted).
 * @throws DamagedDatabase, or RangeError for what would lie beyond the end.
 */
export function* berkeleyHashValues(bytes: Buffer): Generator<Buffer> {
  yield* new Database(bytes).values();
}

class Database {
  readonly #bytes: Buffer;
  readonly #isBigEndian: boolean;
  readonly #pageBytes: number;
  readonly #lastPage: number;
  /** An overflow page is of one value and has one place in it: who comes by twice goes in circles. */
  readonly #seen = new Set<number>();

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#isBigEndian = bytes.readUInt32BE(12) === magic;
    this.#pageBytes = this.#uint32(bytes, 20);
    this.#lastPage = this.#uint32(bytes, 32);
    const isPageSize = [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536].includes(this.#pageBytes);
    const isHash = this.#uint32(bytes, 12) === magic && bytes.readUInt8(25) === pageTypes.metadata;
    const isEncrypted = bytes.readUInt8(24) !== 0;
    if (!isHash || isEncrypted || !isPageSize) throw new DamagedDatabase();
    if ((this.#lastPage + 1) * this.#pageBytes > bytes.length) throw new DamagedDatabase();
  }

  /** Pages say what they are, so that buckets need not be followed. */
  *values(): Generator<Buffer> {
    for (let number = 1; number <= this.#lastPage; number += 1) {
      const page = this.#page(number);
      const type = page.readUInt8(25);
      if (type === pageTypes.hash || type === pageTypes.oldHash) yield* this.#valuesOf(page);
    }
  }

  /** Keys and values take turns, from the end of the page downwards; each ends where the one before it begins. */
  *#valuesOf(page: Buffer): Generator<Buffer> {
    const items = this.#uint16(page, 20);
    const itemsStart = pageHeaderBytes + items * 2;
    if (items % 2 !== 0) throw new DamagedDatabase();
    for (let index = 0, end = page.length; index < items; index += 1) {
      const start = this.#uint16(page, pageHeaderBytes + index * 2);
      if (start < itemsStart || start >= end) throw new DamagedDatabase();
      if (index % 2 === 1) yield this.#value(page.subarray(start, end));
      end = start;
    }
  }

  #value(item: Buffer): Buffer {
    const type = item.readUInt8(0);
    if (type === itemTypes.inPage) return item.subarray(1);
    if (type !== itemTypes.inOverflow) throw new DamagedDatabase();
    return this.#overflow(this.#uint32(item, 4), this.#uint32(item, 8));
  }

  #overflow(first: number, length: number): Buffer {
    const parts: Buffer[] = [];
    for (let number = first, left = length; left > 0; ) {
      const page = this.#page(number);
      const used = this.#uint16(page, 22);
      if (page.readUInt8(25) !== pageTypes.overflow || this.#seen.has(number)) throw new DamagedDatabase();
      if (used > left || pageHeaderBytes + used > page.length) throw new DamagedDatabase();
      this.#seen.add(number);
      parts.push(page.subarray(pageHeaderBytes, pageHeaderBytes + used));
      left -= used;
      number = this.#uint32(page, 16);
    }
    return Buffer.concat(parts);
  }

  #page(number: number): Buffer {
    if (number > this.#lastPage) throw new DamagedDatabase();
    return this.#bytes.subarray(number * this.#pageBytes, (number + 1) * this.#pageBytes);
  }

  #uint16(bytes: Buffer, at: number): number {
    return this.#isBigEndian ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at);
  }

  #uint32(bytes: Buffer, at: number): number {
    return this.#isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  }
}
