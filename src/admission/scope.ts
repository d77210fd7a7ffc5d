// Which requests have nothing to do with images, and are allowed without a look at anything.
import { field, isFieldBag } from '../workload/fields.ts';
import { findWorkloadKind } from '../workload/kinds.ts';
import { type AdmissionRequest, apiVersionOf } from './review.ts';

/** Why a request was not judged; `unchanged` and `no-images` come of a look at the object. */
export type SkipReason = 'operation' | 'subresource' | 'kind' | 'mirror-pod' | 'unchanged' | 'no-images';

/** The one subresource that brings images: `kubectl debug` adds containers through it. */
const judgedSubresource = 'ephemeralcontainers';

/** Undefined when the request has to be looked at. */
export function reasonToSkip(request: AdmissionRequest): SkipReason | undefined {
  if (request.operation === 'DELETE' || request.operation === 'CONNECT') return 'operation';
  if (request.subResource !== '' && request.subResource !== judgedSubresource) return 'subresource';
  if (findWorkloadKind(apiVersionOf(request.kind), request.kind.kind) === undefined) return 'kind';
  return isMirrorPod(request) ? 'mirror-pod' : undefined;
}

/**
 * The shadow that a kubelet makes of a static pod, which runs whatever we say. The annotation alone proves nothing,
 * as anyone may set it; only kubelets are in the group.
 */
function isMirrorPod(request: AdmissionRequest): boolean {
  if (request.kind.kind !== 'Pod' || !request.groups.includes('system:nodes')) return false;
  const annotations = field(field(request.object, 'metadata'), 'annotations');
  return isFieldBag(annotations) && Object.hasOwn(annotations, 'kubernetes.io/config.mirror');
}
