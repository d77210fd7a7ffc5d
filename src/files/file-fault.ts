// What the disk refuses, said so that whoever named the file can mend it; and reading files whose size is bounded.
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { formatBytes } from '../base/quantity.ts';

/** How many bytes of a file are read at most; `limit` is the name under which the configuration knows the number. */
export interface ReadLimit {
  readonly limit: string;
  readonly maxBytes: number;
}

const reasonByCode: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file or directory'],
  ['ENOTDIR', 'a part of the path is not a directory'],
  ['EISDIR', 'it is a directory'],
  ['EEXIST', 'something else has that name'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'the operation is not permitted'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'no space is left on the device'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EFBIG', 'the file would be too large'],
  ['ELOOP', 'too many symbolic links'],
  ['ENAMETOOLONG', 'the name is too long'],
  ['EMFILE', 'too many files are open'],
  ['ENFILE', 'too many files are open on this machine'],
  ['EBUSY', 'it is in use'],
  ['ENXIO', 'it is a socket or a device without its driver'],
  ['EIO', 'the disk reported an error'],
  ['ESTALE', 'the network file system lost it'],
]);

/** The system's code of an error (`ENOENT`), where it has one. */
export function systemCodeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** Fault `usage` that names the file and the reason; what is no error of the file system comes back as it was. */
export function faultFromFileError(thrown: unknown, path: string): unknown {
  const code = systemCodeOf(thrown);
  if (thrown instanceof Fault || code === undefined || !/^E[A-Z0-9]+$/.test(code)) return thrown;
  return new Fault('usage', `${printable(path)}: ${reasonByCode.get(code) ?? code}`, { cause: thrown });
}

/**
 * Opens a regular file for reading; symbolic links are followed. A device or a pipe is refused before anything waits for it.
 * @throws Fault `usage`.
 */
export async function openRegularFile(path: string): Promise<{ readonly handle: FileHandle; readonly size: number }> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    throw faultFromFileError(thrown, path);
  }
  try {
    const status = await handle.stat();
    if (!status.isFile())
      throw new Fault('usage', `${printable(path)}: it is ${kindOfStatus(status)}, not a regular file`);
    return { handle, size: status.size };
  } catch (thrown) {
    await handle.close();
    throw faultFromFileError(thrown, path);
  }
}

/** What something on disk is, in words. */
export function kindOfStatus(status: Stats): string {
  if (status.isFile()) return 'a regular file';
  if (status.isDirectory()) return 'a directory';
  if (status.isFIFO()) return 'a pipe';
  return status.isSocket() ? 'a socket' : 'a device';
}

/**
 * The whole of a regular file; symbolic links are followed. What it says of its size is not believed: bytes are counted as they come.
 * @throws Fault `usage`, or `limit` for a file that is larger than allowed.
 */
export async function readWholeFile(path: string, { limit, maxBytes }: ReadLimit): Promise<Uint8Array> {
  const { handle, size } = await openRegularFile(path);
  try {
    const bytes = Buffer.alloc(Math.min(size, maxBytes) + 1);
    const pieces: Uint8Array[] = [];
    let total = 0;
    for (;;) {
      const { bytesRead } = await handle.read(bytes, 0, bytes.length);
      if (bytesRead === 0) return Buffer.concat(pieces);
      total += bytesRead;
      if (total > maxBytes) throw tooLarge(path, { limit, maxBytes });
      pieces.push(Buffer.from(bytes.subarray(0, bytesRead)));
    }
  } catch (thrown) {
    throw faultFromFileError(thrown, path);
  } finally {
    await handle.close();
  }
}

/** How much is read at a time where a caller takes pieces. */
export const pieceBytes = 256 * 1024;

/** A regular file piece by piece; leaving it closes the file. @throws Fault `usage`. */
export async function* piecesOfFile(path: string): AsyncGenerator<Uint8Array, undefined> {
  const { handle } = await openRegularFile(path);
  try {
    for (;;) {
      const bytes = Buffer.allocUnsafe(pieceBytes);
      const { bytesRead } = await handle.read(bytes, 0, pieceBytes);
      if (bytesRead === 0) return;
      yield bytes.subarray(0, bytesRead);
    }
  } catch (thrown) {
    throw faultFromFileError(thrown, path);
  } finally {
    await handle.close();
  }
}

/** Configurations, credentials and certificates are far smaller; a ConfigMap or Secret holds no more either. */
const textFileLimit: ReadLimit = { limit: 'maxTextFileBytes', maxBytes: 1024 * 1024 };

/** A file of text that whoever runs the program named; one that is too large for what it is to hold is the wrong file. @throws Fault `usage`. */
export async function readTextFile(path: string, limit: ReadLimit = textFileLimit): Promise<string> {
  try {
    return Buffer.from(await readWholeFile(path, limit)).toString('utf8');
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code !== 'limit') throw thrown;
    throw new Fault('usage', thrown.message, { cause: thrown, limit: limit.limit });
  }
}

/** The Fault for something that has more bytes than a named limit allows. */
export function tooLarge(name: string, { limit, maxBytes }: ReadLimit): Fault {
  return new Fault('limit', `${printable(name)} is larger than ${formatBytes(maxBytes)} (${limit})`, { limit });
}
