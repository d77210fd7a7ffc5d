// Finds the cases that lie beside policies: every directory with a `cases` directory in it is one policy's, with its own set.
import { dirname, join, resolve } from 'node:path';
import type { Problem } from '../base/document.ts';
import { Fault } from '../base/fault.ts';
import type { PolicySet } from '../policy/policy.ts';
import { factsFilesOf, type PolicyCase, parseCases } from '../policy/policy-case.ts';
import type { CaseMaterial } from '../policy/run-case.ts';
import { readWholeFile } from './file-fault.ts';
import { casesDirectory, documentsIn, entriesOf, kindOf, type PolicyFileLimits } from './find-policy-files.ts';
import { readPolicies } from './policy-files.ts';

/** A case with the policies it lies beside and the facts that it names. */
interface LocatedCase {
  readonly policyCase: PolicyCase;
  readonly material: CaseMaterial;
}

export interface LoadedCases {
  readonly cases: readonly LocatedCase[];
  /** Everything that is wrong with policies, cases and facts, in all directories. */
  readonly problems: readonly Problem[];
}

export interface CaseLoading {
  readonly limits: PolicyFileLimits;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Facts of an image with the largest config there may be stay below it. */
const factsLimit = { limit: 'maxFactsFileBytes', maxBytes: 16 * 1024 * 1024 };

/**
 * All cases at or below the directories, in the order of their names. A file stands for the directory it is in.
 * @throws Fault `usage` for directories that cannot be read.
 */
export async function loadCases(directories: readonly string[], loading: CaseLoading): Promise<LoadedCases> {
  const found: string[] = [];
  for (const path of directories) {
    const directory = (await kindOf(path)) === 'directory' ? path : dirname(path);
    found.push(...(await directoriesWithCases(directory)));
  }
  const loaded: LoadedCases[] = [];
  for (const directory of new Set(found)) loaded.push(await casesBeside(directory, loading));
  return together(loaded);
}

/** Depth first; links to directories are not followed. */
async function directoriesWithCases(directory: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await entriesOf(directory)) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    if (entry.name === casesDirectory) found.push(directory);
    else found.push(...(await directoriesWithCases(join(directory, entry.name))));
  }
  return found;
}

async function casesBeside(directory: string, loading: CaseLoading): Promise<LoadedCases> {
  const paths = await documentsIn(directory);
  if (paths.length === 0) {
    const source = join(directory, casesDirectory);
    const message = 'these cases lie beside no policy';
    return { cases: [], problems: [{ source, line: 1, column: 1, path: '', message }] };
  }
  const { set, problems } = await readPolicies({ paths, ...loading });
  const loaded: LoadedCases[] = [{ cases: [], problems }];
  for (const file of await documentsIn(join(directory, casesDirectory))) {
    loaded.push(await casesOfFile(file, set, loading));
  }
  return together(loaded);
}

async function casesOfFile(file: string, set: PolicySet, { limits }: CaseLoading): Promise<LoadedCases> {
  const limit = { limit: 'maxPolicyFileBytes', maxBytes: limits.maxPolicyFileBytes };
  const { cases, problems } = parseCases(Buffer.from(await readWholeFile(file, limit)).toString('utf8'), file);
  const unreadable: Problem[] = [];
  const located: LocatedCase[] = [];
  for (const policyCase of cases) {
    located.push({ policyCase, material: { set, facts: await factsOf(policyCase, unreadable) } });
  }
  return { cases: located, problems: [...problems, ...unreadable] };
}

/** Facts are named relative to the file of the case. */
async function factsOf(policyCase: PolicyCase, unreadable: Problem[]): Promise<ReadonlyMap<string, string>> {
  const { source, line } = policyCase;
  const texts = new Map<string, string>();
  for (const name of new Set(factsFilesOf(policyCase))) {
    try {
      const bytes = await readWholeFile(resolve(dirname(source), name), factsLimit);
      texts.set(name, Buffer.from(bytes).toString('utf8'));
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      unreadable.push({ source, line, column: 1, path: 'facts', message: thrown.message });
    }
  }
  return texts;
}

function together(loaded: readonly LoadedCases[]): LoadedCases {
  return { cases: loaded.flatMap(({ cases }) => cases), problems: loaded.flatMap(({ problems }) => problems) };
}
