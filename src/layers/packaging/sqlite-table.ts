// Reads the rows of one table out of the bytes of an SQLite database: enough to read what RPM keeps, without opening a file.
import { DamagedDatabase } from './damaged-database.ts';

/** A value of a row; numbers are read only as far as the schema needs them. */
export type SqliteValue = number | string | Uint8Array | undefined;

const magic = 'SQLite format 3\0';
const fileHeaderBytes = 100;
const leafPage = 0x0d;
const interiorPage = 0x05;

/**
 * The rows of a table in the order of their keys (file format 3, https://sqlite.org/fileformat2.html).
 * @throws DamagedDatabase, also where there is no such table, or RangeError for what would lie beyond the end.
 */
export function* sqliteRows(bytes: Buffer, table: string): Generator<readonly SqliteValue[]> {
  const database = new Database(bytes);
  const schema = database.rows(1).find(([type, name]) => type === 'table' && name === table);
  const root = schema?.[3];
  if (typeof root !== 'number') throw new DamagedDatabase();
  yield* database.rows(root);
}

class Database {
  readonly #bytes: Buffer;
  readonly #pageBytes: number;
  /** Bytes of a page that hold something. */
  readonly #usable: number;
  /** Each page is of one table and has one place in it: who comes by twice goes in circles. */
  readonly #seen = new Set<number>();
  /** Cells do not overlap, so all records together are no longer than the file. */
  #left: number;

  constructor(bytes: Buffer) {
    if (bytes.toString('latin1', 0, magic.length) !== magic) throw new DamagedDatabase();
    const pageBytes = bytes.readUInt16BE(16);
    this.#bytes = bytes;
    this.#left = bytes.length;
    this.#pageBytes = pageBytes === 1 ? 65_536 : pageBytes;
    this.#usable = this.#pageBytes - bytes.readUInt8(20);
    if (this.#pageBytes < 512 || this.#usable < 480) throw new DamagedDatabase();
  }

  /** @param root number of the page where a table begins, from 1. */
  *rows(root: number): Generator<readonly SqliteValue[]> {
    const open = [root];
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      const page = this.#page(number);
      const start = number === 1 ? fileHeaderBytes : 0;
      const type = page.readUInt8(start);
      if (type !== leafPage && type !== interiorPage) throw new DamagedDatabase();
      const cells = page.readUInt16BE(start + 3);
      const pointers = start + (type === leafPage ? 8 : 12);
      const places = Array.from({ length: cells }, (_, index) => page.readUInt16BE(pointers + index * 2));
      if (type === leafPage) for (const at of places) yield recordValues(this.#payload(page, at));
      else open.push(page.readUInt32BE(start + 8), ...places.map((at) => page.readUInt32BE(at)).reverse());
    }
  }

  #page(number: number): Buffer {
    const start = (number - 1) * this.#pageBytes;
    if (number < 1 || start + this.#pageBytes > this.#bytes.length || this.#seen.has(number))
      throw new DamagedDatabase();
    this.#seen.add(number);
    return this.#bytes.subarray(start, start + this.#pageBytes);
  }

  /** A cell's record, with the pages that it overflows into. */
  #payload(page: Buffer, cell: number): Buffer {
    const length = varint(page, cell);
    const key = varint(page, length.end);
    this.#left -= length.value;
    if (this.#left < 0) throw new DamagedDatabase();
    const local = this.#localBytes(length.value);
    const first = page.subarray(key.end, key.end + local);
    if (local === length.value) return first;
    const parts = [first];
    let rest = length.value - local;
    for (let next = page.readUInt32BE(key.end + local); rest > 0; ) {
      const overflow = this.#page(next);
      const part = overflow.subarray(4, Math.min(this.#usable, 4 + rest));
      parts.push(part);
      rest -= part.length;
      next = overflow.readUInt32BE(0);
    }
    return Buffer.concat(parts);
  }

  /** How much of a record lies in its leaf ("B-tree Cell Format"). */
  #localBytes(length: number): number {
    const most = this.#usable - 35;
    if (length <= most) return length;
    const least = Math.floor(((this.#usable - 12) * 32) / 255) - 23;
    const fitting = least + ((length - least) % (this.#usable - 4));
    return fitting <= most ? fitting : least;
  }
}

/** A record's columns: a header of types, then the values. */
function recordValues(record: Buffer): readonly SqliteValue[] {
  const header = varint(record, 0);
  const values: SqliteValue[] = [];
  let at = header.value;
  for (let type = { value: 0, end: header.end }; type.end < header.value; ) {
    type = varint(record, type.end);
    const length = lengthOf(type.value);
    if (at + length > record.length) throw new DamagedDatabase();
    values.push(columnValue(type.value, record.subarray(at, at + length)));
    at += length;
  }
  return values;
}

const numberBytes = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

function lengthOf(type: number): number {
  if (type < numberBytes.length) return numberBytes[type] ?? 0;
  return Math.floor((type - 12) / 2);
}

function columnValue(type: number, bytes: Buffer): SqliteValue {
  if (type >= 12) return type % 2 === 0 ? bytes : bytes.toString('utf8');
  if (type === 8 || type === 9) return type - 8;
  // Wider numbers, and those with a fraction, are not what is looked for.
  return type >= 1 && type <= 5 ? bytes.readIntBE(0, bytes.length) : undefined;
}

/** Seven bits a byte, the highest first, and eight in the ninth. Values beyond 2^53 are of no database that fits a layer. */
function varint(bytes: Buffer, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = start; at < start + 8; at += 1) {
    const byte = bytes.readUInt8(at);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, end: at + 1 };
  }
  return { value: value * 256 + bytes.readUInt8(start + 8), end: start + 9 };
}
