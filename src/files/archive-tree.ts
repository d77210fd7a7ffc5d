// The files of a tar archive, read in place: links are followed inside it, and what two readers could read differently is refused.
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { type Digest, parseDigest } from '../oci/digest.ts';
import { type ArchiveCursor, type ArchiveFile, openArchiveFile } from './archive-cursor.ts';
import type { ArchiveLimits } from './archive-limits.ts';
import { tooLarge } from './file-fault.ts';
import type { FileTree, StreamedFile } from './file-tree.ts';
import { type IndexedFile, indexTar } from './tar-index.ts';

/** A file of the archive, with links already followed. */
export type ArchivedFile = Pick<IndexedFile, 'offset' | 'size' | 'head' | 'content'>;

export interface ArchiveTree extends FileTree {
  /** @throws Fault `integrity/ambiguous` for a path that is there twice, `image/malformed` for a link that leads nowhere. */
  find(path: string): ArchivedFile | undefined;
  /** A found file, to be taken piece by piece; of a compressed archive everything before it is read as well. */
  streamed(found: ArchivedFile): StreamedFile;
  /** SHA-256 of files, in the order asked, read in one pass over the archive. */
  digestsOf(files: readonly ArchivedFile[], signal: AbortSignal): Promise<readonly Digest[]>;
}

/** Links to links: docker save writes one step, more than this is a circle. */
const maxLinkSteps = 10;

/** What is kept of a compressed archive while it is indexed, so that its small documents need no second pass. */
const keptFileBytes = 1024 * 1024;
const keptBytes = 32 * 1024 * 1024;

/**
 * Opens a tar archive, plain or compressed with gzip or zstd, and finds its files.
 * @throws Fault `usage`, `image/malformed`, `image/unsupported`, `limit`, `cancelled`.
 */
export async function openArchiveTree(path: string, limits: ArchiveLimits, signal: AbortSignal): Promise<ArchiveTree> {
  const file = await openArchiveFile(path, limits);
  try {
    const entries = await withCursor(file, signal, (cursor) => {
      let left = file.compressed ? keptBytes : 0;
      const keep = (size: number): boolean => {
        const keeps = size <= keptFileBytes && size <= left;
        if (keeps) left -= size;
        return keeps;
      };
      return indexTar(cursor, { name: path, limits, keep });
    });
    return treeOf(file, entriesByPath(entries, path));
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

type Entries = ReadonlyMap<string, readonly IndexedFile[]>;

/** Devices, pipes and directories name no bytes. */
const namingTypes: ReadonlySet<IndexedFile['type']> = new Set(['file', 'hardlink', 'symlink']);

function entriesByPath(entries: readonly IndexedFile[], name: string): Entries {
  const byPath = new Map<string, IndexedFile[]>();
  for (const entry of entries) {
    if (!namingTypes.has(entry.type)) continue;
    const path = insidePath(entry.path);
    if (path === undefined) {
      throw new Fault(
        'image/malformed',
        `${printable(name)} holds ${printable(entry.path)}, a path that leads out of it`,
      );
    }
    const same = byPath.get(path);
    if (same === undefined) byPath.set(path, [entry]);
    else same.push(entry);
  }
  return byPath;
}

/** A path below the root of the archive without `.`, `//` and a leading `/`; undefined where `..` or NUL is in it. */
function insidePath(path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') || path.includes('\0') ? undefined : parts.join('/');
}

function treeOf(file: ArchiveFile, entries: Entries): ArchiveTree {
  const find = (path: string): ArchivedFile | undefined => findFile(entries, path, file.name);
  const streamed = (found: ArchivedFile): StreamedFile => ({
    size: found.size,
    pieces: (signal) => piecesOf(file, found, signal),
  });
  return {
    name: file.name,
    find,
    streamed,
    open: async (path, signal) => {
      signal.throwIfAborted();
      const found = find(path);
      return found === undefined ? undefined : streamed(found);
    },
    read: async (path, limit, signal) => {
      signal.throwIfAborted();
      const found = find(path);
      if (found === undefined || found.content !== undefined) return withinLimit(found?.content, path, limit);
      if (found.size > limit.maxBytes) throw tooLarge(path, limit);
      return withCursor(file, signal, async (cursor) => {
        await cursor.skip(found.offset);
        const bytes = await cursor.read(found.size);
        if (bytes.length < found.size) throw new Fault('image/malformed', `${printable(file.name)} is cut short`);
        return bytes;
      });
    },
    digestsOf: (files, signal) => withCursor(file, signal, (cursor) => hashFiles(cursor, files)),
    close: () => file.close(),
  };
}

function withinLimit<T extends Uint8Array | undefined>(
  bytes: T,
  path: string,
  limit: { readonly limit: string; readonly maxBytes: number },
): T {
  if (bytes !== undefined && bytes.length > limit.maxBytes) throw tooLarge(path, limit);
  return bytes;
}

function findFile(entries: Entries, path: string, name: string): ArchivedFile | undefined {
  let at = path;
  for (let step = 0; step <= maxLinkSteps; step++) {
    const [entry, second] = entries.get(at) ?? [];
    if (second !== undefined) {
      throw new Fault('integrity/ambiguous', `${printable(name)} holds ${printable(at)} more than once`);
    }
    if (entry === undefined && step === 0) return undefined;
    if (entry?.type === 'file') return entry;
    const next = entry === undefined ? undefined : targetOf(entry, at);
    if (next === undefined) break;
    at = next;
  }
  throw new Fault('image/malformed', `${printable(path)} in ${printable(name)} is no file, and no link to one`);
}

/** Where a link leads: hard links name a path of the archive, symbolic links one beside their own. */
function targetOf({ type, target }: IndexedFile, path: string): string | undefined {
  if (type === 'hardlink') return insidePath(target);
  if (type !== 'symlink' || target.startsWith('/')) return undefined;
  return insidePath(posix.join(posix.dirname(path), target));
}

async function* piecesOf(
  file: ArchiveFile,
  { offset, size, content }: ArchivedFile,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, undefined> {
  if (content !== undefined) return yield content;
  const cursor = file.cursor(signal);
  try {
    await cursor.skip(offset);
    yield* cursor.pieces(size);
  } finally {
    await cursor.close();
  }
}

async function hashFiles(cursor: ArchiveCursor, files: readonly ArchivedFile[]): Promise<readonly Digest[]> {
  const digests = new Map<number, Digest>();
  let position = 0;
  for (const { offset, size } of [...files].sort((a, b) => a.offset - b.offset)) {
    if (digests.has(offset)) continue;
    await cursor.skip(offset - position);
    const hash = createHash('sha256');
    for await (const piece of cursor.pieces(size)) hash.update(piece);
    digests.set(offset, parseDigest(`sha256:${hash.digest('hex')}`));
    position = offset + size;
  }
  return files.flatMap(({ offset }) => digests.get(offset) ?? []);
}

async function withCursor<T>(
  file: ArchiveFile,
  signal: AbortSignal,
  work: (cursor: ArchiveCursor) => Promise<T>,
): Promise<T> {
  const cursor = file.cursor(signal);
  try {
    return await work(cursor);
  } finally {
    await cursor.close();
  }
}
