// Replaces a file so that a reader, or a restart after a crash, finds the old content or the new one and nothing between.
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { faultFromFileError } from './file-fault.ts';

/**
 * Writes beside the file and renames; the directory is made where it is missing. Only the owner may read the result.
 * @throws Fault `usage` that names the file (no space, no permission, …); the old content is then still there.
 */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(draft, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (thrown) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw faultFromFileError(thrown, path);
  }
}
