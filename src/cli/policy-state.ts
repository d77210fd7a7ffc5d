// The state of the policies, told to the log, the numbers and the readiness probe.
import { formatProblem } from '../base/document.ts';
import type { PolicyState } from '../files/policy-files.ts';
import type { BrokenDocument } from '../server/probe-app.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export function tellPolicyState(
  state: PolicyState,
  { log, metrics }: { readonly log: Log; readonly metrics: Metrics },
): void {
  const { set, problems, stale, saving } = state;
  const broken = brokenDocuments(state);
  const policies = set.policies.map(({ name, revision }) => `${name}@${revision}`);
  metrics.policies('loaded', policies.length);
  metrics.policies('broken', broken.length);
  if (problems.length === 0) log.info({ policies, exceptions: set.exceptions.length }, 'policies are in force');
  else {
    const fields = { problems: problems.map(formatProblem), stale, policies };
    log.error(fields, 'policies are broken; their last good versions stay in force');
  }
  if (saving !== undefined) log.warn({ err: saving }, 'the last good policies cannot be kept');
}

export function brokenDocuments({ problems }: PolicyState): readonly BrokenDocument[] {
  const bySource = Map.groupBy(problems, ({ source }) => source);
  return [...bySource].map(([source, found]) => ({ source, problems: found.map(formatProblem) }));
}
