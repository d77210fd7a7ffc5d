// Finds the cases that lie beside policies: every directory with a `cases` directory in it is one policy's, with its own set.
import { dirname, join, resolve } from 'node:path';
import type { Problem } from '../base/document.ts';
import type { PolicySet } from '../policy/policy.ts';
import { factsFilesOf, type PolicyCase, parseCases } from '../policy/policy-case.ts';
import type { CaseMaterial } from '../policy/run-case.ts';
import { readTextFile, readWholeFile } from './file-fault.ts';
import { casesDirectory, entriesOf, kindOf, type PolicyFileLimits } from './find-policy-files.ts';
import { loadPolicies } from './policy-files.ts';

/** A case with the policies it lies beside and the facts that it names. */
export interface LocatedCase {
  readonly policyCase: PolicyCase;
  readonly material: CaseMaterial;
}

export interface LoadedCases {
  readonly cases: readonly LocatedCase[];
  readonly problems: readonly Problem[];
}

export interface CaseLoading {
  readonly limits: PolicyFileLimits;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const caseFile = /\.ya?ml$/;

/**
 * All cases at or below the directories, in the order of their names.
 * @throws Fault `usage` for what cannot be read, `document/invalid` for policies that do not load.
 */
export async function loadCases(directories: readonly string[], loading: CaseLoading): Promise<LoadedCases> {
  const found = await Promise.all(directories.map(directoriesWithCases));
  const loaded = await Promise.all([...new Set(found.flat())].map((directory) => casesBeside(directory, loading)));
  return { cases: loaded.flatMap(({ cases }) => cases), problems: loaded.flatMap(({ problems }) => problems) };
}

async function directoriesWithCases(directory: string): Promise<readonly string[]> {
  if ((await kindOf(directory)) !== 'directory') return [dirname(directory)];
  const below = (await entriesOf(directory)).filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  if (below.some(({ name }) => name === casesDirectory)) return [directory];
  return (await Promise.all(below.map(({ name }) => directoriesWithCases(join(directory, name))))).flat();
}

async function casesBeside(directory: string, loading: CaseLoading): Promise<LoadedCases> {
  const set = await loadPolicies({ paths: [directory], ...loading });
  const inside = join(directory, casesDirectory);
  const files = (await entriesOf(inside))
    .filter(({ name }) => caseFile.test(name))
    .map(({ name }) => join(inside, name));
  const loaded = await Promise.all(files.map((file) => casesOfFile(file, set, loading)));
  return { cases: loaded.flatMap(({ cases }) => cases), problems: loaded.flatMap(({ problems }) => problems) };
}

async function casesOfFile(file: string, set: PolicySet, { limits }: CaseLoading): Promise<LoadedCases> {
  const limit = { limit: 'maxPolicyFileBytes', maxBytes: limits.maxPolicyFileBytes };
  const { cases, problems } = parseCases(Buffer.from(await readWholeFile(file, limit)).toString('utf8'), file);
  const located = cases.map(async (policyCase) => ({
    policyCase,
    material: { set, facts: await factsOf(policyCase) },
  }));
  return { cases: await Promise.all(located), problems };
}

/** Facts are named relative to the file of the case. */
async function factsOf(policyCase: PolicyCase): Promise<ReadonlyMap<string, string>> {
  const directory = dirname(policyCase.source);
  const read = async (name: string) => [name, await readTextFile(resolve(directory, name))] as const;
  return new Map(await Promise.all(factsFilesOf(policyCase).map(read)));
}
