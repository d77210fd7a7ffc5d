// The one place that says what is answered when judging itself failed: what the policies say of facts that cannot be had.
import type { Fault } from '../base/fault.ts';
import { canonicalName, parseReference } from '../oci/reference.ts';
import { weaker } from '../policy/actions.ts';
import { policyMatches } from '../policy/match-block.ts';
import type { Policy, PolicySet } from '../policy/policy.ts';
import { meaningOfFault } from '../policy/undecided.ts';
import { statementOfFault } from '../policy/undecided-findings.ts';
import { verdictOf } from '../policy/use-verdict.ts';
import { type Finding, strengthOf, type UseVerdict } from '../policy/verdict.ts';
import type { ImageUse } from '../workload/use.ts';
import type { Circumstances } from './circumstances.ts';

/**
 * A verdict for each use from nothing but the reason why there is no better one: a passed deadline is `undecided/unavailable`,
 * anything else a defect of this program, `undecided/internal`. The policies that match a use say what follows, capped by their own
 * action; where none matches, it is allowed. So a service without policies allows everything; `serve` does not start without.
 */
export function verdictsInDoubt(
  set: PolicySet,
  uses: readonly ImageUse[],
  circumstances: Circumstances,
  fault: Fault,
): readonly UseVerdict[] {
  return uses.map((use) => {
    const policies = set.policies.filter((policy) => matches(policy, use, circumstances));
    const findings = findingsInDoubt(policies, circumstances.atMs, fault);
    return {
      use,
      platforms: [],
      verdict: verdictOf(findings, circumstances.workload),
      unjudged: policies.length === 0,
      findings,
      policies: policies.map(({ name }) => name),
    };
  });
}

function matches(policy: Policy, use: ImageUse, { workload, namespaceLabels }: Circumstances): boolean {
  const name = canonicalNameOf(use.image);
  const { namespace, podLabels, formerPodLabels } = workload;
  return policyMatches(policy, {
    use: use.kind,
    canonicalName: name,
    namespace,
    namespaceLabels,
    podLabels: formerPodLabels === undefined ? [podLabels] : [podLabels, formerPodLabels],
  });
}

function canonicalNameOf(image: string): string | undefined {
  try {
    return canonicalName(parseReference(image));
  } catch {
    return undefined;
  }
}

function findingsInDoubt(policies: readonly Policy[], atMs: number, fault: Fault): readonly Finding[] {
  const said = policies.map((policy) => ({ name: policy.name, action: actionOf(policy, atMs, fault) }));
  const [first, ...others] = said;
  if (first === undefined) return [];
  const strongest = others.reduce((a, b) => (strengthOf[b.action] > strengthOf[a.action] ? b : a), first);
  const statement = statementOfFault(fault);
  return [{ ...statement, severity: 'high', action: strongest.action, policies: said, fingerprint: statement.rule }];
}

function actionOf({ undecided, action, enforceFromMs = 0 }: Policy, atMs: number, fault: Fault): Finding['action'] {
  const meaning = meaningOfFault(fault);
  const inForce = atMs >= enforceFromMs ? action : weaker(action, 'warn');
  return weaker(undecided[meaning.kind === 'undecided' ? meaning.cause : 'internal'], inForce);
}
