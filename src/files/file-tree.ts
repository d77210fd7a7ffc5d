// A tree of files to read from by path: a directory, or an archive that is never unpacked.
import { join } from 'node:path';
import { Fault } from '../base/fault.ts';
import { openRegularFile, piecesOfFile, type ReadLimit, readWholeFile, systemCodeOf } from './file-fault.ts';

export interface FileTree {
  /** As whoever asked named it; for messages. */
  readonly name: string;
  /**
   * The bytes of the regular file at a path with `/` between its parts; undefined where there is none.
   * @throws Fault `limit`, `usage` for what the disk refuses, `image/malformed` for an archive that cannot be read.
   */
  read(path: string, limit: ReadLimit, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** The same file, to be taken piece by piece. @throws Fault `usage`, `image/malformed`. */
  open(path: string, signal: AbortSignal): Promise<StreamedFile | undefined>;
  close(): Promise<void>;
}

export interface StreamedFile {
  readonly size: number;
  /** Its bytes; nothing is opened before the first is asked for. */
  pieces(signal: AbortSignal): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** The files below a directory. Links may lead elsewhere: build tools make layouts of links, and all that counts is hashed. */
export function createDirectoryTree(directory: string): FileTree {
  return {
    name: directory,
    read: (path, limit, signal) => unlessAbsent(signal, () => readWholeFile(join(directory, path), limit)),
    open: (path, signal) =>
      unlessAbsent(signal, async () => {
        const { handle, size } = await openRegularFile(join(directory, path));
        await handle.close();
        return { size, pieces: () => piecesOfFile(join(directory, path)) };
      }),
    close: () => Promise.resolve(),
  };
}

async function unlessAbsent<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
  signal.throwIfAborted();
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof Fault && systemCodeOf(thrown.cause) === 'ENOENT') return undefined;
    throw thrown;
  }
}
