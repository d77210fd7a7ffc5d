// What the cluster's audit log keeps of an answer: the digest judged for each container, the policies, the rules that failed.
import { printable } from '../base/printable.ts';
import type { UseVerdict, VerdictKind } from '../policy/verdict.ts';

/** The API server writes `<webhook name>/<key>`, which has to be a qualified name. */
const maxKeyLength = 63;

/** Audit events are kept for long: a bound for each value, in UTF-16 units. */
const maxValueLength = 1024;

/** Digests told at most; a pod has seldom more than ten containers. */
const maxDigests = 100;

export function auditAnnotations(verdict: VerdictKind, uses: readonly UseVerdict[]): Readonly<Record<string, string>> {
  const annotations = new Map<string, string>([['verdict', verdict]]);
  const add = (key: string, value: string): void => {
    if (value !== '') annotations.set(key, printable(value, maxValueLength));
  };
  const addPlaced = (key: string, value: string): void => {
    annotations.set(legalKey(key, annotations), value);
  };
  add('policies', [...new Set(uses.flatMap((use) => use.policies))].join(','));
  const found = uses.filter(({ findings }) => findings.length > 0);
  if (found.length > 0) {
    add(
      'findings',
      findingList(found, (waivedBy) => waivedBy === undefined),
    );
    add(
      'waived',
      findingList(found, (waivedBy) => waivedBy !== undefined),
    );
  }
  const judged = uses.filter((use) => use.digest !== undefined);
  for (const use of judged.slice(0, maxDigests)) {
    if (use.digest !== undefined) addPlaced(`digest.${placeOf(use)}`, use.digest);
    if (use.staleSince !== undefined) addPlaced(`stale-since.${placeOf(use)}`, use.staleSince);
  }
  if (judged.length > maxDigests) add('digests-left-out', String(judged.length - maxDigests));
  return Object.fromEntries(annotations);
}

/** Containers of all kinds share one space of names; volumes have their own. */
function placeOf({ use }: UseVerdict): string {
  return use.kind === 'volume' ? `volume.${use.name}` : use.name;
}

function findingList(uses: readonly UseVerdict[], isWanted: (waivedBy: string | undefined) => boolean): string {
  const entries = uses.flatMap((use) =>
    use.findings
      .filter(({ waivedBy }) => isWanted(waivedBy))
      .map(({ rule, action, waivedBy }) => `${placeOf(use)} ${rule} ${waivedBy === undefined ? action : waivedBy}`),
  );
  return [...new Set(entries)].join(', ');
}

const legalGrammar = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

/** Letters, digits, `_`, `-` and `.`, at most 63 of them, a letter or digit at both ends, and not taken. */
function legalKey(wanted: string, taken: ReadonlyMap<string, string>): string {
  const legal = legalGrammar.test(wanted) ? wanted : trimmed(wanted.replace(/[^A-Za-z0-9_.-]/g, '-'), maxKeyLength);
  if (!taken.has(legal)) return legal;
  for (let number = 2; ; number += 1) {
    const other = `${trimmed(legal, maxKeyLength - String(number).length - 1)}-${number}`;
    if (!taken.has(other)) return other;
  }
}

function trimmed(key: string, maxLength: number): string {
  return key.slice(0, maxLength).replace(/[^A-Za-z0-9]+$/, '');
}
