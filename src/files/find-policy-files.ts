// Finds the files of policies below the directories that were named, as a person or the kubelet lays them out.
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { faultFromFileError, kindOfStatus } from './file-fault.ts';

/** Named limits of what is read as policies. */
export interface PolicyFileLimits {
  /** Files of policies in all directories together; far beyond what people can oversee. */
  readonly maxPolicyFiles: number;
  /** One file of policies or one case; a ConfigMap holds no more either. */
  readonly maxPolicyFileBytes: number;
}

export const defaultPolicyFileLimits: PolicyFileLimits = {
  maxPolicyFiles: 1_000,
  maxPolicyFileBytes: 1024 * 1024,
};

export interface FoundFiles {
  /** In the order of the paths named, and by name within each. */
  readonly files: readonly string[];
  /** Every directory that was looked into. */
  readonly directories: readonly string[];
  /** Files and directories that could not be looked into, and why: `usage`, `limit`. The rest was found all the same. */
  readonly failures: readonly { readonly path: string; readonly fault: Fault }[];
}

/** The directory beside a policy that holds its cases. */
export const casesDirectory = 'cases';

const documentName = /\.ya?ml$/;

interface Search {
  readonly limits: PolicyFileLimits;
  readonly files: string[];
  readonly directories: string[];
  readonly failures: { readonly path: string; readonly fault: Fault }[];
  /** Real paths, so that a link back up ends the search instead of going round. */
  readonly seen: Set<string>;
}

/**
 * All `*.yaml` and `*.yml` below a directory, and files that are named outright whatever they are called. `cases` directories and names
 * that begin with a dot (editors' files, the kubelet's `..data`) are left out; links are followed; nothing is found twice.
 */
export async function findPolicyFiles(paths: readonly string[], limits: PolicyFileLimits): Promise<FoundFiles> {
  const search: Search = { limits, files: [], directories: [], failures: [], seen: new Set() };
  for (const path of paths) await searchPath(path, search);
  const { files, directories, failures } = search;
  return { files, directories, failures };
}

async function searchPath(path: string, search: Search): Promise<void> {
  try {
    const kind = await kindOf(path);
    const real = await asked(path, () => realpath(path));
    if (search.seen.has(real)) return;
    search.seen.add(real);
    if (kind === 'directory') await searchDirectory(path, search);
    else addFile(path, search);
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    search.failures.push({ path, fault: thrown });
  }
}

async function searchDirectory(directory: string, search: Search): Promise<void> {
  search.directories.push(directory);
  for (const entry of await entriesOf(directory)) {
    if (entry.name.startsWith('.') || entry.name === casesDirectory) continue;
    const path = join(directory, entry.name);
    const isDirectory = entry.isDirectory() || (entry.isSymbolicLink() && (await leadsToDirectory(path)));
    if (isDirectory || documentName.test(entry.name)) await searchPath(path, search);
  }
}

/** A link to nowhere is looked at by its name alone, like a file. */
export async function leadsToDirectory(link: string): Promise<boolean> {
  const status = await stat(link).catch(() => undefined);
  return status?.isDirectory() === true;
}

function addFile(path: string, { files, limits }: Search): void {
  const { maxPolicyFiles } = limits;
  if (files.length >= maxPolicyFiles) {
    throw new Fault('limit', `there are more than ${maxPolicyFiles} files of policies`, { limit: 'maxPolicyFiles' });
  }
  files.push(path);
}

/** The YAML files directly in a directory, by name. @throws Fault `usage`. */
export async function documentsIn(directory: string): Promise<readonly string[]> {
  const entries = await entriesOf(directory);
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.') && documentName.test(entry.name))
    .map((entry) => join(directory, entry.name));
}

/** The entries of a directory by name, whatever order the disk has them in. */
export async function entriesOf(directory: string): Promise<readonly Dirent[]> {
  const entries = await asked(directory, () => readdir(directory, { withFileTypes: true }));
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @throws Fault `usage` for what is neither, or is not there. */
export async function kindOf(path: string): Promise<'file' | 'directory'> {
  const status = await asked(path, () => stat(path));
  if (status.isDirectory()) return 'directory';
  if (status.isFile()) return 'file';
  throw new Fault('usage', `${printable(path)}: it is ${kindOfStatus(status)}, neither a file nor a directory`);
}

async function asked<T>(path: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    throw faultFromFileError(thrown, path);
  }
}
