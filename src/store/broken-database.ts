// Takes a database file that cannot be read out of the way, and keeps a bounded number of them.
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';

/** Which file a path names, so that a file that somebody else has already replaced is not taken for the broken one. */
export function fileIdentity(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev} ${stats.ino}`;
}

/**
 * Moves the file to the first free name of `PATH.broken-1` to `PATH.broken-<maxBroken>`, and removes it where none is free. Its journals go: they are
 * of no use without it, and would be taken for those of the new file.
 * @param identity of the file that was found broken; when the path names another one by now, nothing is done.
 * @throws what the file system throws.
 */
export function setAside(path: string, { identity, maxBroken }: SetAsideOptions): void {
  if (identity === undefined || fileIdentity(path) !== identity) return;
  const names = Array.from({ length: maxBroken }, (_, index) => `${path}.broken-${index + 1}`);
  const free = names.find((name) => !existsSync(name));
  if (free === undefined) rmSync(path, { force: true });
  else renameSync(path, free);
  for (const journal of ['-wal', '-shm']) rmSync(`${path}${journal}`, { force: true });
}

interface SetAsideOptions {
  readonly identity: string | undefined;
  readonly maxBroken: number;
}
