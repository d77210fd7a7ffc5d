// What is in force after a reading of the files: every good document, and for a broken one the last version that was good.
import type { Problem } from '../base/document.ts';
import type { PolicySet } from '../policy/policy.ts';
import { createPolicySet } from '../policy/policy-set.ts';
import type { BrokenDocument, GoodDocument, PolicyDocuments } from './policy-documents.ts';

export interface PoliciesInForce {
  readonly set: PolicySet;
  /** What the set is made of, by key. */
  readonly documents: ReadonlyMap<string, GoodDocument>;
  readonly problems: readonly Problem[];
  /** Documents in force in an older version than the one in the files, because that one is broken. */
  readonly stale: readonly GoodDocument[];
  /** Whether every broken document has an older version in force; a service may not start otherwise. */
  readonly isCovered: boolean;
}

/**
 * Decides without looking at the disk.
 * A good document is in force. The last good version of a document stays when its file has something broken in it and the document is
 * nowhere else: what broke may have been it. A name that two documents have keeps its last good version too. A document whose file is
 * whole and no longer has it is gone.
 */
export function policiesInForce(found: PolicyDocuments, lastGood: ReadonlyMap<string, GoodDocument>): PoliciesInForce {
  const documents = new Map<string, GoodDocument>();
  const doubled: BrokenDocument[] = [];
  for (const good of found.good) {
    if (!documents.has(good.key)) documents.set(good.key, good);
    else doubled.push({ source: good.document.source, key: good.key, problems: [] });
  }
  const stale: GoodDocument[] = [];
  for (const [key, last] of lastGood) {
    const isDoubled = doubled.some((one) => one.key === key);
    const isLost = !documents.has(key) && found.broken.some(({ source }) => isWithin(last.document.source, source));
    if (!isDoubled && !isLost) continue;
    documents.set(key, last);
    stale.push(last);
  }
  const covered = ({ source, key }: BrokenDocument): boolean =>
    key === undefined ? stale.some((last) => isWithin(last.document.source, source)) : documents.has(key);
  return {
    set: createPolicySet([...documents.values()].map(({ parsed }) => parsed)).set,
    documents,
    stale,
    problems: [
      ...found.broken.flatMap(({ problems }) => problems),
      ...createPolicySet(found.good.map(({ parsed }) => parsed)).problems,
    ],
    isCovered: found.broken.every(covered) && doubled.every(({ key }) => stale.some((last) => last.key === key)),
  };
}

/** Whether a file is `place` or lies below it. */
function isWithin(file: string, place: string): boolean {
  return file === place || file.startsWith(place.endsWith('/') ? place : `${place}/`);
}
