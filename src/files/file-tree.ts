// A tree of files to read from by path: a directory, or an archive that is never unpacked.
import { join } from 'node:path';
import { Fault } from '../base/fault.ts';
import { type ReadLimit, readWholeFile, systemCodeOf } from './file-fault.ts';

export interface FileTree {
  /** As whoever asked named it; for messages. */
  readonly name: string;
  /**
   * The bytes of the regular file at a path with `/` between its parts; undefined where there is none.
   * @throws Fault `limit`, `usage` for what the disk refuses, `image/malformed` for an archive that cannot be read.
   */
  read(path: string, limit: ReadLimit, signal: AbortSignal): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

/** The files below a directory. Links may lead elsewhere: build tools make layouts of links, and all that counts is hashed. */
export function createDirectoryTree(directory: string): FileTree {
  return {
    name: directory,
    read: async (path, limit, signal) => {
      signal.throwIfAborted();
      try {
        return await readWholeFile(join(directory, path), limit);
      } catch (thrown) {
        if (thrown instanceof Fault && systemCodeOf(thrown.cause) === 'ENOENT') return undefined;
        throw thrown;
      }
    },
    close: () => Promise.resolve(),
  };
}
