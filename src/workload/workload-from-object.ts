// Kubernetes objects of any shape to workloads: who they are and which images they use.
import { field, fieldAt, isFieldBag, listField, textField, textMapField } from './fields.ts';
import { findWorkloadKind, type WorkloadKind } from './kinds.ts';
import type { Workload } from './use.ts';
import { usesFromPodSpec } from './uses-from-pod-spec.ts';

/** What the object is, where someone else says so with more authority than its own fields (an admission request does). */
export interface ObjectIdentity {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * Never throws, whatever the object holds: a field of a wrong type reads as absent.
 * @returns undefined when the object is of a kind that carries no images; a workload without uses when its template is absent.
 */
export function workloadFromObject(object: unknown, identity?: ObjectIdentity): Workload | undefined {
  if (!isFieldBag(object)) return undefined;
  const apiVersion = identity?.apiVersion ?? textField(object, 'apiVersion') ?? '';
  const kind = identity?.kind ?? textField(object, 'kind') ?? '';
  const known = findWorkloadKind(apiVersion, kind);
  return known === undefined ? undefined : workloadOfKind(known, apiVersion, object);
}

/** A workload found in a manifest, with the way to its object (`['items', 0]` inside a List). */
export interface ManifestWorkload {
  readonly at: readonly (string | number)[];
  readonly workload: Workload;
}

/** All workloads of one manifest document: itself, or the items of a `List` or a typed list such as `PodList`. */
export function workloadsFromManifest(document: unknown): readonly ManifestWorkload[] {
  return collect(document, [], undefined);
}

function collect(
  object: unknown,
  at: readonly (string | number)[],
  identity: ObjectIdentity | undefined,
): readonly ManifestWorkload[] {
  if (!isFieldBag(object)) return [];
  const kind = textField(object, 'kind') ?? '';
  if (kind.endsWith('List') && Array.isArray(field(object, 'items'))) {
    const itemIdentity = identityOfItems(object, kind);
    return listField(object, 'items').flatMap((item, index) => collect(item, [...at, 'items', index], itemIdentity));
  }
  const workload = workloadFromObject(object, kind === '' ? identity : undefined);
  return workload === undefined ? [] : [{ at, workload }];
}

/** Items of a typed list need not repeat what they are: the API server leaves it out. */
function identityOfItems(list: unknown, kind: string): ObjectIdentity | undefined {
  const item = kind.slice(0, -'List'.length);
  return item === '' ? undefined : { apiVersion: textField(list, 'apiVersion') ?? '', kind: item };
}

function workloadOfKind(known: WorkloadKind, apiVersion: string, object: unknown): Workload {
  const metadata = field(object, 'metadata');
  const template = fieldAt(object, known.template);
  const podSpec = field(template, 'spec');
  const namespace = textField(metadata, 'namespace');
  const name = textField(metadata, 'name');
  const generateName = textField(metadata, 'generateName');
  const os = textField(field(podSpec, 'os'), 'name');
  return {
    apiVersion,
    kind: known.kind,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(generateName === undefined ? {} : { generateName }),
    runsToCompletion: known.runsToCompletion || (known.kind === 'Pod' && isOwnedByJob(metadata)),
    podLabels: textMapField(field(template, 'metadata'), 'labels'),
    // `serviceAccount` is the deprecated alias that the API server still fills and reads.
    serviceAccountName: textField(podSpec, 'serviceAccountName') ?? textField(podSpec, 'serviceAccount') ?? 'default',
    imagePullSecrets: listField(podSpec, 'imagePullSecrets').flatMap((secret) => textField(secret, 'name') ?? []),
    ...(os === undefined ? {} : { os }),
    uses: usesFromPodSpec(podSpec, [...known.template, 'spec'].join('.')),
  };
}

function isOwnedByJob(metadata: unknown): boolean {
  return listField(metadata, 'ownerReferences').some(
    (owner) => textField(owner, 'kind') === 'Job' && (textField(owner, 'apiVersion') ?? 'batch/').startsWith('batch/'),
  );
}
