// What policies want to know of the layers of images: nothing, or of which of them, and for whom.
import type { CheckInput } from '../checks/check.ts';
import type { RunnableImageFacts } from '../inspection/image-facts.ts';
import type { ContentRequest, ReadInspection } from '../inspection/inspection.ts';
import { canonicalName } from '../oci/reference.ts';
import { askedChecks } from './asked-checks.ts';
import { wantsContent } from './judge.ts';
import type { Policy } from './policy.ts';
import { type Destination, selectPlatforms } from './select-platforms.ts';

/** Undefined when no check of the policies that asks about the use has anything to look for in layers. Only what they judge is wanted. */
export function contentRequestOf(
  policies: readonly Policy[],
  input: CheckInput,
  destination: Destination,
): ContentRequest | undefined {
  const readers = policies.filter((policy) => askedChecks(policy, input).ofContent.length > 0);
  if (readers.length === 0) return undefined;
  const isWantedBy = (policy: Policy, facts: RunnableImageFacts, read: ReadInspection): boolean =>
    askedChecks(policy, input).ofContent.some((check) => wantsContent(check, { facts, use: input.use })) &&
    selectPlatforms(read, policy, destination).some(
      ({ outcome }) => outcome.kind === 'facts' && outcome.facts === facts,
    );
  return {
    wanted: (facts, read) => readers.some((policy) => isWantedBy(policy, facts, read)),
    tenant: tenantOf(input),
    priority: 'waiting',
  };
}

/** Namespaces take turns with one another; without one, repositories do. */
function tenantOf({ context, reference }: CheckInput): string {
  return context.namespace ?? canonicalName(reference);
}
