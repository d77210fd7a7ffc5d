// Policies from files: loaded once for a command, or followed for the service, which always keeps a version that was good.
import { createHash } from 'node:crypto';
import { faultFromProblems, formatProblem, type Problem } from '../base/document.ts';
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import type { ParseOptions } from '../policy/parse-policies.ts';
import type { PolicySet } from '../policy/policy.ts';
import { type FileWatch, watchFiles } from './file-watch.ts';
import { findPolicyFiles, type PolicyFileLimits } from './find-policy-files.ts';
import { readLastGood, saveLastGood } from './last-good-policies.ts';
import { type PoliciesInForce, policiesInForce } from './policies-in-force.ts';
import { type GoodDocument, type PolicyDocuments, readPolicyFile, unreadable } from './policy-documents.ts';

export interface PolicyLoading {
  /** Directories and files, as they were named. */
  readonly paths: readonly string[];
  readonly limits: PolicyFileLimits;
  /** How long exceptions may last; absent where nobody bounds it. Milliseconds. */
  readonly maxExceptionMs?: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface PolicyFollowing extends PolicyLoading {
  /** Where the last good versions are kept over a restart; absent: they are kept in memory only. */
  readonly dataDirectory?: string;
  /** Between two looks at the files. Milliseconds. */
  readonly everyMs: number;
  /** Something changed: what is in force, its problems, or whether it could be saved. */
  readonly onChange: (state: PolicyState) => void;
}

/** What is in force, and what is wrong with the files. */
export interface PolicyState {
  readonly set: PolicySet;
  readonly problems: readonly Problem[];
  /** Documents in force in an older version than the broken one in the files: `policy-name (file)`. */
  readonly stale: readonly string[];
  /** Why the last good versions cannot be saved or read, while that is so. */
  readonly saving: Fault | undefined;
}

export interface PolicyFiles {
  state(): PolicyState;
  /** Looks at the files now. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Loads all policies and exceptions below the paths.
 * @throws Fault `document/invalid` with every problem of every file; also where there is no policy at all.
 */
export async function loadPolicies(loading: PolicyLoading): Promise<PolicySet> {
  const { set, problems } = await readPolicies(loading);
  if (problems.length > 0) throw faultFromProblems(problems);
  if (set.policies.length === 0) throw noPolicies(loading.paths);
  return set;
}

/** What can be used of all files, and every problem of the rest. */
export async function readPolicies(loading: PolicyLoading): Promise<Pick<PolicyState, 'set' | 'problems'>> {
  return policiesInForce((await readAll(loading)).documents, new Map());
}

/**
 * Loads policies and follows their files. A document that is broken now is taken as it last was good, if it was.
 * @throws Fault `document/invalid` at the start where a broken document has no last good version, or there is no policy at all.
 */
export async function followPolicies(following: PolicyFollowing): Promise<PolicyFiles> {
  const followed = new FollowedPolicies(following);
  await followed.start();
  return followed;
}

class FollowedPolicies implements PolicyFiles {
  readonly #following: PolicyFollowing;
  #watch: FileWatch | undefined;
  #directories: readonly string[] = [];
  #fingerprint = '';
  #inForce: PoliciesInForce = policiesInForce({ good: [], broken: [] }, new Map());
  #saving: Fault | undefined;
  #isSaved = false;

  constructor(following: PolicyFollowing) {
    this.#following = following;
  }

  async start(): Promise<void> {
    const lastGood = await this.#readLastGood();
    const read = await readAll(this.#following);
    const next = policiesInForce(read.documents, lastGood);
    if (!next.isCovered) throw faultFromProblems(next.problems);
    if (next.set.policies.length === 0) throw noPolicies(this.#following.paths);
    this.#directories = read.directories;
    this.#fingerprint = read.fingerprint;
    this.#inForce = next;
    await this.#save();
    this.#watch = watchFiles({
      look: () => this.#look(),
      directories: () => this.#directories,
      everyMs: this.#following.everyMs,
    });
  }

  state(): PolicyState {
    const { set, problems, stale } = this.#inForce;
    const names = stale.map(({ key, document }) => `${printable(key)} (${printable(document.source)})`);
    return { set, problems, stale: names, saving: this.#saving };
  }

  async reload(): Promise<void> {
    await this.#watch?.look();
  }

  async close(): Promise<void> {
    await this.#watch?.close();
  }

  async #look(): Promise<void> {
    const read = await readAll(this.#following);
    this.#directories = read.directories;
    const isChanged = read.fingerprint !== this.#fingerprint;
    if (isChanged) {
      this.#fingerprint = read.fingerprint;
      this.#inForce = neverEmpty(
        policiesInForce(read.documents, this.#inForce.documents),
        this.#inForce,
        this.#following,
      );
      this.#isSaved = false;
    }
    const before = this.#saving?.message;
    await this.#save();
    if (isChanged || this.#saving?.message !== before) this.#following.onChange(this.state());
  }

  async #readLastGood(): Promise<ReadonlyMap<string, GoodDocument>> {
    const { dataDirectory } = this.#following;
    if (dataDirectory === undefined) return new Map();
    try {
      return await readLastGood(dataDirectory, parseOptionsOf(this.#following));
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      this.#saving = thrown;
      return new Map();
    }
  }

  /** What could not be saved is tried again at every look: a full disk may have room later. */
  async #save(): Promise<void> {
    const { dataDirectory } = this.#following;
    if (dataDirectory === undefined || this.#isSaved) return;
    try {
      await saveLastGood(dataDirectory, this.#inForce.documents.values());
      this.#isSaved = true;
      this.#saving = undefined;
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      this.#saving = thrown;
    }
  }
}

/** Files that hold no policy any more are a mistake like others: what was in force stays. */
function neverEmpty(next: PoliciesInForce, before: PoliciesInForce, { paths }: PolicyLoading): PoliciesInForce {
  if (next.set.policies.length > 0) return next;
  const [source = ''] = paths;
  const problem = { source, line: 1, column: 1, path: '', message: noPolicies(paths).message };
  const stale = [...before.documents.values()];
  return { ...before, stale, problems: [...next.problems, problem] };
}

interface ReadFiles {
  readonly documents: PolicyDocuments;
  readonly directories: readonly string[];
  /** Over the names and contents of all files, and over what could not be read. */
  readonly fingerprint: string;
}

async function readAll(loading: PolicyLoading): Promise<ReadFiles> {
  const options = parseOptionsOf(loading);
  const { files, directories, failures } = await findPolicyFiles(loading.paths, loading.limits);
  const found: PolicyDocuments[] = [];
  for (const file of files) found.push(await readPolicyFile(file, loading.limits, options));
  found.push({ good: [], broken: failures.map(({ path, fault }) => unreadable(path, fault)) });
  const documents = { good: found.flatMap(({ good }) => good), broken: found.flatMap(({ broken }) => broken) };
  return { documents, directories, fingerprint: fingerprintOf(documents) };
}

/** Two readings with the same fingerprint say the same, at the same places. */
function fingerprintOf({ good, broken }: PolicyDocuments): string {
  const hash = createHash('sha256');
  for (const { document } of good) hash.update(JSON.stringify([document.source, document.at([]), document.value]));
  for (const { problems } of broken) hash.update(JSON.stringify(problems.map(formatProblem)));
  return hash.digest('hex');
}

function parseOptionsOf({ maxExceptionMs, now }: PolicyLoading): ParseOptions {
  return maxExceptionMs === undefined ? {} : { exceptionBounds: { nowMs: now(), maxDurationMs: maxExceptionMs } };
}

function noPolicies(paths: readonly string[]): Fault {
  if (paths.length === 0) return new Fault('document/invalid', 'no policies are named');
  return new Fault('document/invalid', `there is no policy in ${paths.map((path) => printable(path)).join(', ')}`);
}
