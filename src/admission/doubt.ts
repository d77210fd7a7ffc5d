// The one place that says what is answered when judging itself failed: what the policies say of facts that cannot be had.
import type { Fault } from '../base/fault.ts';
import type { Policy } from '../policy/policy.ts';
import { meaningOfFault, type UndecidedCause } from '../policy/undecided.ts';
import { type Finding, strengthOf, type UseVerdict, type VerdictKind } from '../policy/verdict.ts';
import type { ImageUse } from '../workload/use.ts';

const verdictByAction: Readonly<Record<Finding['action'], VerdictKind>> = {
  deny: 'deny',
  retry: 'deny',
  warn: 'warn',
  audit: 'allow',
};

/**
 * A verdict for each use from nothing but the reason why there is no better one. A passed deadline is `undecided/unavailable`,
 * anything else a defect of this program: `undecided/internal`. The policies that match a use say what follows; where none does,
 * it is allowed. So a service without policies allows everything; `serve` does not start without.
 */
export function verdictsInDoubt(
  uses: readonly ImageUse[],
  fault: Fault,
  policiesFor: (use: ImageUse) => readonly Policy[],
): readonly UseVerdict[] {
  const meaning = meaningOfFault(fault);
  const cause = meaning.kind === 'undecided' ? meaning.cause : 'internal';
  return uses.map((use) => verdictInDoubt(use, cause, policiesFor(use)));
}

function verdictInDoubt(use: ImageUse, cause: UndecidedCause, matching: readonly Policy[]): UseVerdict {
  const finding = findingInDoubt(cause, matching);
  return {
    use,
    platforms: [],
    verdict: finding === undefined ? 'allow' : verdictByAction[finding.action],
    unjudged: finding === undefined,
    findings: finding === undefined ? [] : [finding],
    policies: matching.map(({ name }) => name),
  };
}

function findingInDoubt(cause: UndecidedCause, matching: readonly Policy[]): Finding | undefined {
  const [first, ...others] = matching.map(({ name, undecided }) => ({ name, action: undecided[cause] }));
  if (first === undefined) return undefined;
  const strongest = others.reduce((a, b) => (strengthOf[b.action] > strengthOf[a.action] ? b : a), first);
  const isLate = cause === 'unavailable';
  return {
    rule: `undecided/${cause}`,
    severity: 'high',
    action: strongest.action,
    policies: [first, ...others],
    fingerprint: `undecided/${cause}`,
    message: isLate
      ? 'the deadline passed before the image was judged'
      : 'an internal error kept the image from being judged',
    advice: isLate ? 'try again; what was read meanwhile is kept' : 'the log has the cause',
  };
}
