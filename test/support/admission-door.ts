// An admission over policies written in a test, asked as the server asks it.
import assert from 'node:assert/strict';
import { type AdmissionDeps, type Answer, createAdmission } from '../../src/admission/admission.ts';
import { type Cluster, clusterWithoutApiServer } from '../../src/admission/cluster.ts';
import { budgetFromTimeout, startDeadline } from '../../src/admission/deadline.ts';
import { parseReview } from '../../src/admission/review.ts';
import type { Inspect } from '../../src/inspection/inspection.ts';
import { parsePolicies } from '../../src/policy/parse-policies.ts';
import type { PolicySet } from '../../src/policy/policy.ts';
import { createPolicySet } from '../../src/policy/policy-set.ts';
import { anonymousKeyring, imageFacts, inspectAs, inspectionOf } from './facts.ts';

/** The set that some YAML documents make; each string is the `spec` of a policy of that name, as JSON or YAML. */
export function policySet(specs: Readonly<Record<string, object>>, exceptions: readonly object[] = []): PolicySet {
  const documents = [
    ...Object.entries(specs).map(([name, spec]) => ({ kind: 'ImageAdmissionPolicy', metadata: { name }, spec })),
    ...exceptions.map((spec, index) => ({
      kind: 'ImageAdmissionException',
      metadata: { name: `exception-${index}`, namespace: 'shop' },
      spec,
    })),
  ];
  const text = documents
    .map((document) => JSON.stringify({ apiVersion: 'tidewaiter.dev/v1alpha1', ...document }))
    .join('\n---\n');
  const { set, problems } = createPolicySet([parsePolicies(text, 'test.yaml')]);
  assert.deepEqual(problems, []);
  return set;
}

/** Denies every image there is. */
export const denyAll = { action: 'deny', checks: { size: { maxCompressed: 1 } } };

/** Nothing is known of the cluster, and everyone pulls anonymously. */
export const noCluster: Cluster = clusterWithoutApiServer(anonymousKeyring);

export interface Door {
  ask(review: object, timeout?: string): Promise<Answer>;
}

export function doorWith(policies: PolicySet, options: Partial<AdmissionDeps> = {}): Door {
  const inspect: Inspect = inspectAs(inspectionOf(imageFacts()));
  const admission = createAdmission({
    policies: () => policies,
    inspect,
    cluster: noCluster,
    now: () => Date.parse('2026-11-23T10:00:00Z'),
    disclosure: 'own-credentials',
    maxUses: 1_000,
    ...options,
  });
  return {
    async ask(review, timeout) {
      const deadline = startDeadline(budgetFromTimeout(timeout));
      try {
        return await admission(parseReview(JSON.stringify(review)), deadline);
      } finally {
        deadline.end();
      }
    },
  };
}
