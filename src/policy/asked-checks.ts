// Which checks of a policy ask about a use, by what they need: found once for each policy.
import { oncePerObject } from '../base/once-per-object.ts';
import type { CheckInput } from '../checks/check.ts';
import type { UseKind } from '../workload/use.ts';
import type { Policy, PolicyCheck } from './policy.ts';

/** All in the order of the policy. */
export interface AskedChecks {
  /** Answered before anything is fetched. */
  readonly ofReference: readonly PolicyCheck[];
  readonly ofFacts: readonly PolicyCheck[];
  /** Those of `ofFacts` that may have something to look for in the layers. */
  readonly ofContent: readonly PolicyCheck[];
}

export function askedChecks(policy: Policy, { use, workload }: CheckInput): AskedChecks {
  const { ofJobs, ofOthers } = checksByUse(policy);
  return workload?.runsToCompletion === true ? ofJobs[use.kind] : ofOthers[use.kind];
}

const checksByUse = oncePerObject(({ checks }: Policy) => ({
  ofJobs: checksByKind(checks.filter(({ check }) => check.asksJobs)),
  ofOthers: checksByKind(checks),
}));

function checksByKind(checks: readonly PolicyCheck[]): Readonly<Record<UseKind, AskedChecks>> {
  const of = (kind: UseKind): AskedChecks => {
    const asked = checks.filter(({ uses }) => uses.has(kind));
    return {
      ofReference: asked.filter(({ compiled }) => compiled.needs === 'reference'),
      ofFacts: asked.filter(({ compiled }) => compiled.needs !== 'reference'),
      ofContent: asked.filter(({ compiled }) => compiled.needs === 'content'),
    };
  };
  return {
    container: of('container'),
    init: of('init'),
    sidecar: of('sidecar'),
    ephemeral: of('ephemeral'),
    volume: of('volume'),
  };
}
