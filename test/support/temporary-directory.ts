// A directory for one test, or for several, removed when they end.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @param t a test, or whatever else runs something `after`. */
export async function temporaryDirectory(t: { after(remove: () => Promise<void>): void }): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tidewaiter-test-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
