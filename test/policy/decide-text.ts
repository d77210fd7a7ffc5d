// Decides about one image by policies given as text, the way all doors do.
import assert from 'node:assert/strict';
import type { Keyring } from '../../src/inspection/image-source.ts';
import type { Inspection } from '../../src/inspection/inspection.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { decideSubject } from '../../src/policy/decide.ts';
import { parsePolicies } from '../../src/policy/parse-policies.ts';
import type { PolicySet } from '../../src/policy/policy.ts';
import { createPolicySet } from '../../src/policy/policy-set.ts';
import type { SubjectVerdict } from '../../src/policy/verdict.ts';
import type { ImageUse, Workload } from '../../src/workload/use.ts';
import { anonymousKeyring, inspectAs, useOf } from '../support/facts.ts';

export interface Circumstances {
  readonly at?: string;
  readonly namespace?: string;
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  readonly image?: string;
  readonly use?: Partial<ImageUse>;
  readonly workload?: Workload;
  readonly clusterPlatforms?: readonly string[];
  readonly onlyPlatforms?: readonly string[];
  readonly keyring?: Keyring;
}

/** A policy as text; JSON is YAML. */
export function policyDocument(name: string, spec: Readonly<Record<string, unknown>>): string {
  const kind = 'ImageAdmissionPolicy';
  return JSON.stringify({ apiVersion: 'tidewaiter.dev/v1alpha1', kind, metadata: { name }, spec });
}

/** Everything in force; a document with a mistake fails the test. */
export function policySetOf(documents: readonly string[]): PolicySet {
  const { set, problems } = createPolicySet(documents.map((text, index) => parsePolicies(text, `${index}.yaml`)));
  assert.deepEqual(problems, []);
  return set;
}

export async function decide(
  documents: readonly string[],
  inspection: Inspection,
  circumstances: Circumstances,
): Promise<SubjectVerdict> {
  const { at = '2026-11-23T10:00:00Z', image, use = {}, workload, namespace, namespaceLabels } = circumstances;
  const uses = workload?.uses ?? [useOf({ ...use, ...(image === undefined ? {} : { image }) })];
  const { clusterPlatforms, onlyPlatforms, keyring = anonymousKeyring } = circumstances;
  return decideSubject(
    policySetOf(documents),
    { uses, keyring, ...(workload === undefined ? {} : { workload }) },
    {
      atMs: Date.parse(at),
      ...(namespace === undefined ? {} : { namespace }),
      ...(namespaceLabels === undefined ? {} : { namespaceLabels }),
    },
    {
      inspect: inspectAs(inspection),
      ...(clusterPlatforms === undefined ? {} : { clusterPlatforms: clusterPlatforms.map(parsePlatform) }),
      ...(onlyPlatforms === undefined ? {} : { onlyPlatforms: onlyPlatforms.map(parsePlatform) }),
    },
    new AbortController().signal,
  );
}
