// How a layer is compressed, told by its first bytes as runtimes do; its media type plays no part.
import { Fault } from '../base/fault.ts';

/** `empty` is a blob without bytes: a layer without entries. */
export type Compression = 'gzip' | 'zstd' | 'none' | 'empty';

/** How many first bytes `compressionOf` wants to see, where a layer has as many. */
export const compressionHeadBytes = 2048;

interface Magic {
  readonly bytes: readonly number[];
  readonly offset: number;
}

const gzip: Magic = { bytes: [0x1f, 0x8b], offset: 0 };
const zstdFrame: Magic = { bytes: [0x28, 0xb5, 0x2f, 0xfd], offset: 0 };
/** RFC 8878 3.1.2: 0x184D2A50 to 0x184D2A5F, little-endian; the first byte has the variable part. */
const zstdSkippable: Magic = { bytes: [0x2a, 0x4d, 0x18], offset: 1 };

/** What no runtime applies as a tar archive, and what must not pass for an empty one because it begins with zeros. */
const unsupported: readonly (Magic & { readonly name: string })[] = [
  { name: 'bzip2', bytes: [0x42, 0x5a, 0x68], offset: 0 },
  { name: 'xz', bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], offset: 0 },
  { name: 'an EROFS image', bytes: [0xe2, 0xe1, 0xf5, 0xe0], offset: 1024 },
  { name: 'an ext4 image', bytes: [0x53, 0xef], offset: 1080 },
  { name: 'a squashfs image', bytes: [0x68, 0x73, 0x71, 0x73], offset: 0 },
];

/**
 * Says what the first bytes of a layer are.
 * @throws Fault `image/unsupported` for a known format that is not read.
 */
export function compressionOf(head: Uint8Array): Compression {
  if (head.length === 0) return 'empty';
  if (has(head, gzip)) return 'gzip';
  if (has(head, zstdFrame) || (has(head, zstdSkippable) && ((head[0] ?? 0) & 0xf0) === 0x50)) return 'zstd';
  for (const format of unsupported) {
    if (has(head, format)) {
      throw new Fault('image/unsupported', `a layer is ${format.name}; plain tar, gzip and zstd are read`);
    }
  }
  return 'none';
}

function has(head: Uint8Array, magic: Magic): boolean {
  return magic.bytes.every((byte, index) => head[magic.offset + index] === byte);
}
