// Tar archives block by block, for tests that need what no writer writes: every field can be said, and lied about.

export interface RawHeader {
  readonly name?: string | Uint8Array;
  readonly linkname?: string | Uint8Array;
  readonly typeflag?: string;
  /** A number is written in octal; bytes are written as they are. */
  readonly size?: number | Uint8Array;
  readonly mode?: number | Uint8Array;
  readonly uid?: number | Uint8Array;
  readonly gid?: number | Uint8Array;
  readonly mtime?: number | Uint8Array;
  readonly prefix?: string;
  readonly magic?: 'ustar' | 'gnu' | 'star' | 'v7';
  /** Written last, at these offsets. */
  readonly raw?: Readonly<Record<number, Uint8Array>>;
  readonly checksum?: 'unsigned' | 'signed' | 'wrong';
}

const blockBytes = 512;
const magics = { ustar: 'ustar\u000000', star: 'ustar\u000000', gnu: 'ustar  \u0000', v7: '' } as const;

/** One header block; a regular file of ustar where nothing else is said. */
export function header(fields: RawHeader): Buffer {
  const block = Buffer.alloc(blockBytes);
  const { magic = 'ustar' } = fields;
  text(block, fields.name ?? 'file', 0, 100);
  number(block, fields.mode ?? 0o644, 100, 8);
  number(block, fields.uid ?? 0, 108, 8);
  number(block, fields.gid ?? 0, 116, 8);
  number(block, fields.size ?? 0, 124, 12);
  number(block, fields.mtime ?? 0, 136, 12);
  block.write(fields.typeflag ?? '0', 156, 'latin1');
  text(block, fields.linkname ?? '', 157, 100);
  block.write(magics[magic], 257, 'latin1');
  if (magic === 'star') block.write('tar\u0000', 508, 'latin1');
  text(block, fields.prefix ?? '', 345, 155);
  for (const [offset, bytes] of Object.entries(fields.raw ?? {})) block.set(bytes, Number(offset));
  block.write('        ', 148, 'latin1');
  const signed = fields.checksum === 'signed';
  const sum = block.reduce((total, byte) => total + (signed && byte > 127 ? byte - 256 : byte), 0);
  number(block, fields.checksum === 'wrong' ? sum + 1 : sum, 148, 8);
  return block;
}

/** A header and its content, padded; the size is the content's unless it is said. */
export function member(fields: RawHeader, content: string | Uint8Array = ''): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([header({ size: bytes.length, ...fields }), padded(bytes)]);
}

export function padded(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([bytes, Buffer.alloc((blockBytes - (bytes.length % blockBytes)) % blockBytes)]);
}

/** `LENGTH KEY=VALUE\n` */
export function paxRecord(key: string, value: string | Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

export function pax(...records: readonly (readonly [key: string, value: string | Uint8Array])[]): Buffer {
  const content = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  return member({ name: 'PaxHeaders/file', typeflag: 'x' }, content);
}

export function globalPax(...records: readonly (readonly [key: string, value: string])[]): Buffer {
  const content = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  return member({ name: 'pax_global_header', typeflag: 'g' }, content);
}

/** GNU's header for a long name (`L`) or link target (`K`). */
export function gnuLong(typeflag: 'L' | 'K', name: string | Uint8Array): Buffer {
  const content = Buffer.concat([Buffer.from(name), Buffer.alloc(1)]);
  return member({ name: '././@LongLink', typeflag, magic: 'gnu' }, content);
}

export const endOfArchive = Buffer.alloc(2 * blockBytes);

export function archiveOf(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...parts, endOfArchive]);
}

/** Big-endian two's complement with the first bit set, as GNU writes what octal cannot hold. */
export function base256(value: bigint, length: number): Buffer {
  const field = Buffer.alloc(length);
  let rest = BigInt.asUintN(length * 8, value);
  for (let index = length - 1; index >= 0; index -= 1) {
    field[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  field[0] = (field[0] ?? 0) | 0x80;
  return field;
}

function text(block: Buffer, value: string | Uint8Array, offset: number, length: number): void {
  block.set(Buffer.from(value).subarray(0, length), offset);
}

function number(block: Buffer, value: number | Uint8Array, offset: number, length: number): void {
  if (typeof value === 'number') {
    block.write(`${value.toString(8).padStart(length - 1, '0')}\u0000`.slice(0, length), offset, 'latin1');
    return;
  }
  block.set(value.subarray(0, length), offset);
}
