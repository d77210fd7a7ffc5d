// One 512-byte tar header: v7, POSIX ustar and GNU.

export const tarBlock = 512;

export interface TarHeader {
  readonly path: string;
  /** The type flag as one character; NUL is a file of v7. */
  readonly type: string;
  /** Bytes of content that follow, before padding. */
  readonly size: number;
  readonly target: string;
}

/** Offset and length of the fields (POSIX ustar; GNU keeps the ones that count). */
const field = {
  path: [0, 100],
  size: [124, 12],
  checksum: [148, 8],
  target: [157, 100],
  magic: [257, 6],
  prefix: [345, 155],
} as const;
const typeAt = 156;

export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** Undefined for a block that is no header: its checksum or its size is not right. */
export function parseTarHeader(block: Uint8Array): TarHeader | undefined {
  const size = numberIn(slice(block, field.size));
  if (numberIn(slice(block, field.checksum)) === undefined || size === undefined || !checksumFits(block)) {
    return undefined;
  }
  const name = textIn(slice(block, field.path));
  // GNU's own format writes `ustar` and two spaces, and other things where ustar has the prefix.
  const prefix = textIn(slice(block, field.magic)) === 'ustar' ? textIn(slice(block, field.prefix)) : '';
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    type: String.fromCharCode(block[typeAt] ?? 0),
    size,
    target: textIn(slice(block, field.target)),
  };
}

function slice(block: Uint8Array, [offset, length]: readonly [number, number]): Uint8Array {
  return block.subarray(offset, offset + length);
}

function textIn(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString('utf8');
}

/** Octal text, or big-endian base 256 when the first bit is set (GNU, for sizes from 8 GiB). Undefined for anything else. */
function numberIn(bytes: Uint8Array): number | undefined {
  const first = bytes[0] ?? 0;
  if ((first & 0x80) !== 0) {
    const value = bytes.subarray(1).reduce((sum, byte) => sum * 256 + byte, first & 0x7f);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const text = textIn(bytes).trim();
  if (text === '') return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

/** The sum of all bytes with the checksum itself as spaces; old tars added signed bytes. */
function checksumFits(block: Uint8Array): boolean {
  const [from, length] = field.checksum;
  let unsigned = 0;
  let signed = 0;
  block.forEach((byte, index) => {
    const value = index >= from && index < from + length ? 0x20 : byte;
    unsigned += value;
    signed += value > 127 ? value - 256 : value;
  });
  const stated = numberIn(slice(block, field.checksum));
  return stated === unsigned || stated === signed;
}
