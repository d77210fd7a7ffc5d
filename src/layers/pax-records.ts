// PAX extended headers: the records that change what the next header says, read as Go's archive/tar reads them.
import { Fault } from '../base/fault.ts';
import { textBetween } from './tar-text.ts';

/** What a block of records says; what it does not say is absent. An empty value says nothing. */
export interface PaxRecords {
  readonly path?: string;
  readonly linkpath?: string;
  readonly size?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Names of extended attributes (`security.capability`). */
  readonly xattrs: readonly string[];
  readonly sparse?: PaxSparse;
}

/** GNU's sparse files: 0.0 and 0.1 have the map here, 1.0 has it before the content. */
interface PaxSparse {
  readonly mapIn: 'records' | 'content';
  readonly name?: string;
  /** Bytes of the file with its holes. */
  readonly size?: number;
  /** Offset, length, offset, length, … when the map is in the records. */
  readonly map: readonly number[];
}

const xattrPrefix = 'SCHILY.xattr.';
const sparsePrefix = 'GNU.sparse.';

/** Keys that decide which bytes are which file: said twice, or for all files at once, readers see different archives. */
const structuralKeys: ReadonlySet<string> = new Set(['path', 'linkpath', 'size']);

/** Records by key, a later one in place of an earlier; the map of sparse format 0.0 gathered in order. */
interface RawRecords {
  readonly values: ReadonlyMap<string, Buffer>;
  readonly pairs: readonly Buffer[];
}

/**
 * The records of an extended header that changes the next file.
 * @throws Fault `image/malformed` where Go's reader finds an error, `integrity/ambiguous` when a structural key is said twice in
 * different words, `image/unsupported` for an unknown version of GNU's sparse format.
 */
export function parsePaxRecords(bytes: Buffer): PaxRecords {
  const { values, pairs } = rawRecords(bytes);
  for (const key of ['atime', 'mtime', 'ctime']) checkTime(values.get(key));
  const sparse = sparseOf(values, pairs);
  return {
    ...given('path', textOf(values.get('path'))),
    ...given('linkpath', textOf(values.get('linkpath'))),
    ...given('size', integerOf(values.get('size'))),
    ...given('uid', integerOf(values.get('uid'))),
    ...given('gid', integerOf(values.get('gid'))),
    xattrs: [...values.keys()].flatMap(xattrOf),
    ...given('sparse', sparse),
  };
}

/**
 * Go ignores global records and others apply them to every file that follows.
 * @throws Fault `image/malformed` for what are no records, `integrity/ambiguous` when they make a difference to what the files are.
 */
export function checkGlobalRecords(bytes: Buffer): void {
  const { values, pairs } = rawRecords(bytes);
  for (const key of values.keys()) {
    if (isStructural(key)) throw ambiguous(`a global header sets ${key}`);
  }
  if (pairs.length > 0) throw ambiguous('a global header sets a sparse map');
}

function isStructural(key: string): boolean {
  return structuralKeys.has(key) || key.startsWith(sparsePrefix);
}

function ambiguous(what: string): Fault {
  return new Fault('integrity/ambiguous', `a tar archive can be read in two ways: ${what}`);
}

function malformed(): Fault {
  return new Fault('image/malformed', 'an extended header of a tar archive has a bad record');
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  const pair: { [P in K]?: V } = {};
  if (value !== undefined) pair[key] = value;
  return pair;
}

function rawRecords(bytes: Buffer): RawRecords {
  const values = new Map<string, Buffer>();
  const pairs: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const record = recordAt(bytes, at);
    at = record.end;
    if (record.key === 'GNU.sparse.offset' || record.key === 'GNU.sparse.numbytes') {
      const expected = pairs.length % 2 === 0 ? 'GNU.sparse.offset' : 'GNU.sparse.numbytes';
      if (record.key !== expected || record.value.includes(0x2c)) throw malformed();
      pairs.push(record.value);
      continue;
    }
    const before = values.get(record.key);
    if (before !== undefined && isStructural(record.key) && !before.equals(record.value)) {
      throw ambiguous(`an extended header sets ${record.key} twice`);
    }
    values.set(record.key, record.value);
  }
  return { values, pairs };
}

/** `LENGTH KEY=VALUE\n`, where the length is of the whole record. */
function recordAt(
  bytes: Buffer,
  start: number,
): { readonly key: string; readonly value: Buffer; readonly end: number } {
  const spaceAt = bytes.indexOf(0x20, start);
  if (spaceAt === -1) throw malformed();
  const length = goInteger(bytes.toString('latin1', start, Math.min(spaceAt, start + 20)));
  if (length === undefined || start + length > bytes.length || start + length <= spaceAt + 1) {
    throw malformed();
  }
  const end = start + length;
  const equalsAt = bytes.indexOf(0x3d, spaceAt + 1);
  if (bytes[end - 1] !== 0x0a || equalsAt === -1 || equalsAt >= end - 1) throw malformed();
  const key = bytes.toString('latin1', spaceAt + 1, equalsAt);
  const value = bytes.subarray(equalsAt + 1, end - 1);
  const names = key === 'path' || key === 'linkpath' || key === 'uname' || key === 'gname';
  if (key === '' || (names ? value.includes(0) : key.includes('\0'))) throw malformed();
  return { key, value, end };
}

function sparseOf(values: ReadonlyMap<string, Buffer>, pairs: readonly Buffer[]): PaxSparse | undefined {
  const read = (key: string) => values.get(`${sparsePrefix}${key}`)?.toString('latin1') ?? '';
  const [major, minor] = [read('major'), read('minor')];
  const map = pairs.length > 0 ? pairs.map((one) => one.toString('latin1')).join(',') : read('map');
  const isFirst = major === '0' && (minor === '0' || minor === '1');
  const isSecond = major === '1' && minor === '0';
  if (!isFirst && !isSecond) {
    if (major !== '' || minor !== '') {
      throw new Fault('image/unsupported', 'a layer has a sparse file of an unknown format');
    }
    if (map === '') return undefined;
  }
  const sizeText = read('size') === '' ? read('realsize') : read('size');
  return {
    mapIn: isSecond ? 'content' : 'records',
    ...given('name', textOf(values.get('GNU.sparse.name'))),
    ...given('size', sizeText === '' ? undefined : integerOf(Buffer.from(sizeText))),
    map: isSecond ? [] : mapOf(map, read('numblocks')),
  };
}

function mapOf(map: string, count: string): readonly number[] {
  const numbers = map === '' ? [] : map.split(',').map(goInteger);
  const whole = numbers.filter((one) => one !== undefined);
  if (whole.length !== numbers.length || numbers.length !== 2 * (goInteger(count) ?? -1)) throw malformed();
  return whole;
}

function xattrOf(key: string): string[] {
  if (!key.startsWith(xattrPrefix)) return [];
  const name = Buffer.from(key.slice(xattrPrefix.length), 'latin1');
  return [textBetween(name, 0, name.length)];
}

function textOf(value: Buffer | undefined): string | undefined {
  return value === undefined || value.length === 0 ? undefined : textBetween(value, 0, value.length);
}

function integerOf(value: Buffer | undefined): number | undefined {
  if (value === undefined || value.length === 0) return undefined;
  const number = goInteger(value.toString('latin1'));
  if (number === undefined) throw malformed();
  return number;
}

/** Seconds with an optional fraction; only checked, since nothing here needs the time. */
function checkTime(value: Buffer | undefined): void {
  if (value === undefined || value.length === 0) return;
  const [seconds, fraction = ''] = splitOnce(value.toString('latin1'), '.');
  if (goInteger(seconds) === undefined || !/^[0-9]*$/.test(fraction)) throw malformed();
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** Go's `strconv.ParseInt(text, 10, 64)`; undefined is its error. What does not fit a double is rounded. */
export function goInteger(text: string): number | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = Number(text);
  return value >= -(2 ** 63) && value < 2 ** 63 ? value : undefined;
}
