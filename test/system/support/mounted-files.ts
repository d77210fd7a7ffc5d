// Files as the kubelet mounts them: a directory of links, swapped as a whole when a ConfigMap or Secret changes.
import { mkdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface MountedFiles {
  /** Puts these files in the place of all that were there, in the order of steps of the kubelet's atomic writer. */
  publish(files: Readonly<Record<string, string>>): Promise<void>;
}

export async function createMountedFiles(directory: string): Promise<MountedFiles> {
  await mkdir(directory, { recursive: true });
  let version = 0;
  let names: readonly string[] = [];
  return {
    async publish(files) {
      version += 1;
      const current = `..2026_11_23_10_00_00.${version}`;
      const former = await readlink(join(directory, '..data')).catch(() => undefined);
      await mkdir(join(directory, current));
      for (const [name, text] of Object.entries(files)) await writeFile(join(directory, current, name), text);
      await symlink(current, join(directory, '..data_tmp'));
      await rename(join(directory, '..data_tmp'), join(directory, '..data'));
      const wanted = Object.keys(files);
      for (const name of wanted.filter((one) => !names.includes(one))) {
        await symlink(join('..data', name), join(directory, name));
      }
      for (const name of names.filter((one) => !wanted.includes(one))) await rm(join(directory, name));
      if (former !== undefined) await rm(join(directory, former), { recursive: true });
      names = wanted;
    },
  };
}
