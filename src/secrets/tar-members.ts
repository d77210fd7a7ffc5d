// Reads the files of a tar archive that is in memory: no more of the format than it takes to give each its name and bytes.
import type { ArchiveMember } from './archive-member.ts';

const block = 512;

/** `ustar` stands in POSIX and GNU archives; older forms are searched as one file. */
export function isTar(bytes: Buffer): boolean {
  return bytes.length >= block && bytes.toString('latin1', 257, 262) === 'ustar';
}

/** Ends where the archive ends or stops making sense; what follows then is a last member without a name. */
export function* tarMembers(bytes: Buffer): Generator<ArchiveMember> {
  let longName: string | undefined;
  for (let at = 0; at + block <= bytes.length; ) {
    if (bytes[at] === 0) {
      at += block;
      continue;
    }
    const size = sizeAt(bytes, at + 124);
    const end = at + block + size;
    if (!isTar(bytes.subarray(at)) || size < 0 || end > bytes.length) {
      yield { name: '', bytes: bytes.subarray(at) };
      return;
    }
    const content = bytes.subarray(at + block, end);
    const type = String.fromCharCode(bytes[at + 156] ?? 0);
    if (type === 'L') longName = textIn(content);
    else if (type === 'x') longName = paxPath(content) ?? longName;
    else {
      if (size > 0 && /[0\x007]/.test(type)) yield { name: longName ?? nameAt(bytes, at), bytes: content };
      longName = undefined;
    }
    at = end + ((block - (size % block)) % block);
  }
}

function nameAt(bytes: Buffer, at: number): string {
  const prefix =
    bytes.toString('latin1', at + 257, at + 263) === 'ustar\0' ? textIn(bytes.subarray(at + 345, at + 500)) : '';
  const name = textIn(bytes.subarray(at, at + 100));
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Octal digits, or the value itself with the first bit set. */
function sizeAt(bytes: Buffer, at: number): number {
  if (((bytes[at] ?? 0) & 0x80) !== 0) return bytes.readUIntBE(at + 6, 6);
  const digits = /^ *([0-7]{1,12})[ \0]*$/.exec(bytes.toString('latin1', at, at + 12));
  return digits === null ? -1 : Number.parseInt(digits[1] ?? '', 8);
}

function paxPath(content: Buffer): string | undefined {
  return /(?:^|\n)\d{1,8} path=([^\n]{1,4096})\n/.exec(content.toString('utf8'))?.[1];
}

function textIn(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}
