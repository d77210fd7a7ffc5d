// Finds the Kubernetes manifests below a directory, as a person or the kubelet lays them out.
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { faultFromFileError } from './file-fault.ts';
import { entriesOf, leadsToDirectory } from './find-policy-files.ts';

const manifestName = /\.(?:ya?ml|json)$/;

/** Begins the names under which the kubelet keeps the versions of a mounted ConfigMap; links beside them lead to the current one. */
const kubeletPrefix = '..';

/**
 * Every *.yaml, *.yml and *.json below a directory, in the order of their paths. Links are followed, nothing is found twice, and a link
 * back up ends the search. What bears such a name and is no file is found as well: reading it says what it is.
 * @throws Fault `usage` that names what cannot be looked into.
 */
export async function findManifestFiles(directory: string): Promise<readonly string[]> {
  const files: string[] = [];
  await search(directory, { files, seen: new Set([await realPathOf(directory)]) });
  return files.sort();
}

interface Search {
  readonly files: string[];
  /** Real paths. */
  readonly seen: Set<string>;
}

async function search(directory: string, found: Search): Promise<void> {
  for (const entry of await entriesOf(directory)) {
    if (entry.name.startsWith(kubeletPrefix)) continue;
    const path = join(directory, entry.name);
    const isDirectory = entry.isDirectory() || (entry.isSymbolicLink() && (await leadsToDirectory(path)));
    if (!isDirectory && !manifestName.test(entry.name)) continue;
    const real = await realPathOf(path);
    if (found.seen.has(real)) continue;
    found.seen.add(real);
    if (isDirectory) await search(path, found);
    else found.files.push(path);
  }
}

async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (thrown) {
    throw faultFromFileError(thrown, path);
  }
}
