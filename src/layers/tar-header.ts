// One 512-byte tar header as Go's archive/tar reads it, which is what every container runtime unpacks layers with.
import { Fault } from '../base/fault.ts';
import { textUntilNul } from './tar-text.ts';

export const tarBlockBytes = 512;

/** `gnu` alone has room for a sparse map; `v7` has no owner names, no devices and no prefix. */
type TarFormat = 'v7' | 'ustar' | 'star' | 'gnu';

export interface TarHeader {
  readonly format: TarFormat;
  readonly name: string;
  readonly linkname: string;
  /** The type flag as a character; NUL is a file of v7. */
  readonly typeflag: string;
  /** As written; whether content follows depends on the type. */
  readonly size: number;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Offsets of the fields (POSIX.1-1988 ustar, GNU tar's and Schily's variants of it). */
const at = {
  name: 0,
  mode: 100,
  uid: 108,
  gid: 116,
  size: 124,
  mtime: 136,
  checksum: 148,
  typeflag: 156,
  linkname: 157,
  magic: 257,
  devMajor: 329,
  devMinor: 337,
  prefix: 345,
  gnuAccessTime: 345,
  gnuChangeTime: 357,
  starAccessTime: 476,
  starChangeTime: 488,
  starTrailer: 508,
} as const;

export function areZeros(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) {
    if (bytes[index] !== 0) return false;
  }
  return true;
}

/**
 * Reads the block at `offset`, or says by undefined that it is no header at all.
 * @throws Fault `image/malformed` for a header with an impossible number.
 */
export function parseTarHeader(bytes: Buffer, offset: number): TarHeader | undefined {
  if (!checksumFits(bytes, offset)) return undefined;
  const format = formatOf(bytes, offset);
  const name = textUntilNul(bytes, offset + at.name, 100);
  const prefix = prefixOf(bytes, offset, format);
  tarNumber(bytes, offset + at.mtime, 12);
  const mode = tarNumber(bytes, offset + at.mode, 8);
  return {
    format,
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkname: textUntilNul(bytes, offset + at.linkname, 100),
    typeflag: String.fromCharCode(bytes[offset + at.typeflag] ?? 0),
    size: tarNumber(bytes, offset + at.size, 12),
    mode: permissionsOf(bytes, offset + at.mode, mode),
    uid: tarNumber(bytes, offset + at.uid, 8),
    gid: tarNumber(bytes, offset + at.gid, 8),
  };
}

/**
 * A number in octal text, or in big-endian base 256 when the first bit is set. What does not fit a double is rounded.
 * @throws Fault `image/malformed` where Go's reader finds an error, 64-bit overflow included.
 */
export function tarNumber(bytes: Buffer, offset: number, length: number): number {
  const value = numberIn(bytes, offset, length);
  if (value === undefined) throw new Fault('image/malformed', 'a tar header has a field that is no number');
  return value;
}

function numberIn(bytes: Buffer, offset: number, length: number): number | undefined {
  return ((bytes[offset] ?? 0) & 0x80) === 0 ? octalIn(bytes, offset, length) : binaryIn(bytes, offset, length);
}

const nul = 0;
const space = 0x20;

/** Spaces and NULs on both sides are padding; a NUL inside ends the number; nothing at all is zero. */
function octalIn(bytes: Buffer, offset: number, length: number): number | undefined {
  let from = offset;
  let to = offset + length;
  while (from < to && (bytes[from] === nul || bytes[from] === space)) from += 1;
  while (to > from && (bytes[to - 1] === nul || bytes[to - 1] === space)) to -= 1;
  let value = 0;
  for (let index = from; index < to; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte === nul) return value;
    if (byte < 0x30 || byte > 0x37) return undefined;
    value = value * 8 + (byte - 0x30);
  }
  return value;
}

/** Two's complement; undefined for what does not fit 64 bits. */
function binaryIn(bytes: Buffer, offset: number, length: number): number | undefined {
  const negative = ((bytes[offset] ?? 0) & 0x40) !== 0;
  const inversion = negative ? 0xff : 0;
  let value = ((bytes[offset] ?? 0) ^ inversion) & 0x7f;
  for (let index = 1; index < length; index += 1) {
    if (value >= 2 ** 56) return undefined;
    value = value * 256 + ((bytes[offset + index] ?? 0) ^ inversion);
  }
  if (value >= 2 ** 63) return undefined;
  return negative ? -1 - value : value;
}

/** The low bits of a binary number are exact in its last bytes, even where the whole is too large for a double. */
function permissionsOf(bytes: Buffer, offset: number, mode: number): number {
  const isBinary = ((bytes[offset] ?? 0) & 0x80) !== 0;
  return (isBinary ? bytes.readUInt16BE(offset + 6) : mode) & 0o7777;
}

/** The sum of all bytes with the checksum itself as spaces; old tars added signed bytes. */
function checksumFits(bytes: Buffer, offset: number): boolean {
  const stated = octalIn(bytes, offset + at.checksum, 8);
  let sum = 8 * space;
  let negative = 0;
  for (let index = offset; index < offset + tarBlockBytes; index += 1) {
    const byte = bytes[index] ?? 0;
    sum += byte;
    negative += byte >> 7;
  }
  for (let index = offset + at.checksum; index < offset + at.typeflag; index += 1) {
    const byte = bytes[index] ?? 0;
    sum -= byte;
    negative -= byte >> 7;
  }
  return stated === sum || stated === sum - 256 * negative;
}

function formatOf(bytes: Buffer, offset: number): TarFormat {
  const magic = bytes.toString('latin1', offset + at.magic, offset + at.magic + 8);
  if (magic.startsWith('ustar\0')) {
    const trailer = bytes.toString('latin1', offset + at.starTrailer, offset + at.starTrailer + 4);
    return trailer === 'tar\0' ? 'star' : 'ustar';
  }
  return magic === 'ustar  \0' ? 'gnu' : 'v7';
}

/** What comes before the name. Numbers that Go checks on the way are checked here, so that both refuse the same headers. */
function prefixOf(bytes: Buffer, offset: number, format: TarFormat): string {
  if (format === 'v7') return '';
  tarNumber(bytes, offset + at.devMajor, 8);
  tarNumber(bytes, offset + at.devMinor, 8);
  switch (format) {
    case 'ustar':
      return textUntilNul(bytes, offset + at.prefix, 155);
    case 'star':
      tarNumber(bytes, offset + at.starAccessTime, 12);
      tarNumber(bytes, offset + at.starChangeTime, 12);
      return textUntilNul(bytes, offset + at.prefix, 131);
    case 'gnu':
      return gnuPrefixOf(bytes, offset);
    default:
      return format satisfies never;
  }
}

/** GNU has times where ustar has the prefix; Go before 1.8 wrote a prefix all the same, and Go still reads it. */
function gnuPrefixOf(bytes: Buffer, offset: number): string {
  const times = [at.gnuAccessTime, at.gnuChangeTime];
  const areTimes = times.every(
    (time) => bytes[offset + time] === 0 || numberIn(bytes, offset + time, 12) !== undefined,
  );
  if (areTimes) return '';
  const prefix = textUntilNul(bytes, offset + at.prefix, 155);
  return /^[\u0001-\u007f]*$/.test(prefix) ? prefix : '';
}
