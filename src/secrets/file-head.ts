// Tells from the first bytes of a file what it is: UTF-16 text, an archive that can be opened, or one that cannot.

export type WideEncoding = 'utf-16le' | 'utf-16be';
export type ArchiveForm = 'gzip' | 'zip' | 'zstd' | 'zlib';

export interface FileHead {
  readonly encoding?: WideEncoding;
  readonly archive?: ArchiveForm | 'unsupported';
}

/** As much of a file as is looked at. */
export const fileHeadBytes = 256;

const plain: FileHead = {};

const magics: readonly (readonly [magic: readonly number[], head: FileHead])[] = [
  [[0x1f, 0x8b, 0x08], { archive: 'gzip' }],
  [[0x50, 0x4b, 0x03, 0x04], { archive: 'zip' }],
  [[0x28, 0xb5, 0x2f, 0xfd], { archive: 'zstd' }],
  // xz, bzip2, 7-Zip, RAR.
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], { archive: 'unsupported' }],
  [[0x42, 0x5a, 0x68], { archive: 'unsupported' }],
  [[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], { archive: 'unsupported' }],
  [[0x52, 0x61, 0x72, 0x21, 0x1a, 0x07], { archive: 'unsupported' }],
  [[0xff, 0xfe], { encoding: 'utf-16le' }],
  [[0xfe, 0xff], { encoding: 'utf-16be' }],
];

/** Objects of git are zlib, which has no magic worth the name. */
const gitObject = /(?:^|\/)objects\/[0-9a-f]{2}\/[0-9a-f]{38}(?:[0-9a-f]{24})?$/;

/** `head` has the first bytes, at most `fileHeadBytes`; fewer only if the file has no more. */
export function fileHeadOf(path: string, head: Uint8Array): FileHead {
  for (const [magic, means] of magics) {
    if (head[0] === magic[0] && magic.every((byte, index) => head[index] === byte)) return means;
  }
  if (head[0] === 0x78 && gitObject.test(path)) return { archive: 'zlib' };
  if (head[1] === 0 && isWideText(head, 0)) return { encoding: 'utf-16le' };
  if (head[0] === 0 && isWideText(head, 1)) return { encoding: 'utf-16be' };
  return plain;
}

/** Without a byte order mark: at least eight characters, nearly all of them ASCII, none of them zero. */
function isWideText(head: Uint8Array, low: 0 | 1): boolean {
  const units = Math.floor(head.length / 2);
  let ascii = 0;
  for (let unit = 0; unit < units; unit++) {
    const character = head[2 * unit + low] ?? 0;
    const high = head[2 * unit + 1 - low] ?? 0;
    if (character === 0 && high === 0) return false;
    if (high === 0 && ((character >= 0x20 && character < 0x7f) || (character >= 9 && character <= 13))) ascii++;
  }
  return units >= 8 && ascii >= units * 0.9;
}
