// Opens archives that lie inside files: what is in them, one member at a time, within limits.
import { gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { type ArchiveMember, UnreadArchive, type UnreadReason } from './archive-member.ts';
import type { ArchiveForm } from './file-head.ts';
import { isTar, tarMembers } from './tar-members.ts';
import { zipMembers } from './zip-members.ts';

const decoders = {
  gzip: gunzipSync,
  zlib: inflateSync,
  zip: inflateRawSync,
  deflate: inflateRawSync,
  zstd: zstdDecompressSync,
} as const;

/** Memory is taken in pieces of this size: a large one for a small member would cost more than decompressing it. */
const smallPieceBytes = 16 * 1024;
const largePieceBytes = 64 * 1024;

/** Decompresses at most `maxBytes`. @throws UnreadArchive */
function decompress(form: ArchiveForm | 'deflate', bytes: Buffer, maxBytes: number): Buffer {
  if (maxBytes <= 0) throw new UnreadArchive('too-large');
  try {
    const chunkSize = bytes.length < smallPieceBytes ? smallPieceBytes : largePieceBytes;
    return decoders[form](bytes, { maxOutputLength: maxBytes, chunkSize });
  } catch (error) {
    throw new UnreadArchive(isTooLarge(error) ? 'too-large' : 'damaged');
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

/**
 * The members in order. `limit` says how many decompressed bytes are still granted, each time it is asked.
 * @param name of the file that the archive is.
 * @throws UnreadArchive at the place from which on it cannot be read.
 */
export function* archiveMembers(
  form: ArchiveForm,
  { name, bytes }: ArchiveMember,
  limit: () => number,
): Generator<ArchiveMember | UnreadReason> {
  if (form === 'zip') {
    yield* zipMembers(bytes, (data) => decompress('deflate', data, limit()));
    return;
  }
  const content = decompress(form, bytes, limit());
  if (isTar(content)) yield* tarMembers(content);
  else if (form === 'zlib') yield gitObject(content);
  else yield { name: nameInside(name), bytes: content };
}

/** `blob 123`, a zero byte, the content. */
function gitObject(content: Buffer): ArchiveMember {
  const end = content.indexOf(0);
  return { name: content.toString('latin1', 0, Math.max(0, Math.min(end, 40))), bytes: content.subarray(end + 1) };
}

function nameInside(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1).replace(/\.(?:gz|zst|gzip|z)$/i, '');
}
