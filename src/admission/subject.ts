// What a review asks about: the workload, and those of its uses that the request brings or changes.
import { unchangedUses } from '../workload/unchanged-uses.ts';
import type { ImageUse, Workload } from '../workload/use.ts';
import { workloadFromObject } from '../workload/workload-from-object.ts';
import { type AdmissionRequest, apiVersionOf } from './review.ts';

export interface ReviewSubject {
  readonly workload: Workload;
  /** Those to judge; on UPDATE without the unchanged ones. */
  readonly uses: readonly ImageUse[];
  /** Why there are none to judge, if there are none. */
  readonly reason: 'unchanged' | 'no-images';
}

/** Undefined when the request has no object, which no API server sends with CREATE and UPDATE. */
export function subjectFromRequest(
  request: AdmissionRequest,
  { objectLabelsMatter }: { readonly objectLabelsMatter: boolean },
): ReviewSubject | undefined {
  const now = workloadOf(request, request.object);
  if (now === undefined) return undefined;
  const reason = now.uses.length === 0 ? 'no-images' : 'unchanged';
  const old = request.operation === 'UPDATE' ? workloadOf(request, request.oldObject) : undefined;
  if (old === undefined) return { workload: now, uses: now.uses, reason };
  const unchanged = unchangedUses(old, now, { labelsMatter: objectLabelsMatter });
  const uses = now.uses.filter((use) => !unchanged.has(use));
  return { workload: { ...now, formerPodLabels: old.podLabels }, uses, reason };
}

/** The request knows better than the object what it is and where it lies: there the namespace may be empty. */
function workloadOf(request: AdmissionRequest, object: unknown): Workload | undefined {
  const workload = workloadFromObject(object, { apiVersion: apiVersionOf(request.kind), kind: request.kind.kind });
  if (workload === undefined) return undefined;
  const name = workload.name ?? request.name;
  const namespace = request.namespace ?? workload.namespace;
  return { ...workload, ...(name === undefined ? {} : { name }), ...(namespace === undefined ? {} : { namespace }) };
}
