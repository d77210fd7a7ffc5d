// What a policy wants to know of the layers of images: nothing, or of which of them, and for whom.
import type { CheckInput } from '../checks/check.ts';
import type { ContentRequest } from '../inspection/inspection.ts';
import { canonicalName } from '../oci/reference.ts';
import { checksOfContent, wantsContent } from './judge.ts';
import type { Policy } from './policy.ts';
import { type Destination, selectPlatforms } from './select-platforms.ts';

/** Undefined when no check of the policy that asks about the use has anything to look for in layers. Only what it judges is wanted. */
export function contentRequestOf(
  policy: Policy,
  input: CheckInput,
  destination: Destination,
): ContentRequest | undefined {
  const checks = checksOfContent(policy, input);
  if (checks.length === 0) return undefined;
  const { use, workload } = input;
  return {
    wanted: (facts, read) =>
      checks.some((check) => wantsContent(check, { facts, use })) &&
      selectPlatforms(read, policy, { ...destination, podSystem: workload?.os }).some(
        ({ outcome }) => outcome.kind === 'facts' && outcome.facts === facts,
      ),
    tenant: tenantOf(input),
    priority: 'waiting',
  };
}

/** Namespaces take turns with one another; without one, repositories do. */
function tenantOf({ context, reference }: CheckInput): string {
  return context.namespace ?? canonicalName(reference);
}
