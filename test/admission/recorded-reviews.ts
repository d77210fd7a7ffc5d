// What a real API server sent (record-reviews.ts), and what each of these reviews is to be judged on.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'reviews');
const inTemplate = ['spec.template.spec.containers[0].image', 'spec.template.spec.containers[1].image'];
const inPod = ['spec.containers[0].image', 'spec.containers[1].image'];

/** The claim, the recorded review, and the places that are judged; none means that it is allowed without a look at any image. */
export const recordedReviews: readonly (readonly [string, string, readonly string[]])[] = [
  ['a Pod is judged container by container', 'pod-create', inPod],
  ['a dry run is judged alike', 'pod-create-dry-run', inPod],
  ['a Pod made from generateName is judged', 'pod-create-generate-name', inPod],
  ['a Pod with a finalizer is judged as any other', 'pod-create-with-finalizer', inPod],
  [
    'init containers, sidecars and image volumes are judged as well',
    'pod-create-all-uses',
    [...inPod, 'spec.initContainers[0].image', 'spec.initContainers[1].image', 'spec.volumes[0].image.reference'],
  ],
  ['a ReplicationController is judged by its template', 'replication-controller-create', inTemplate],
  ['a PodTemplate is judged', 'pod-template-create', inPod.map((path) => `template.${path}`)],
  ['a Deployment is judged by its template', 'deployment-create', inTemplate],
  ['a Deployment with replicas 0 is judged', 'deployment-without-replicas-create', inTemplate],
  ['a StatefulSet is judged by its template', 'stateful-set-create', inTemplate],
  ['a DaemonSet is judged by its template', 'daemon-set-create', inTemplate],
  ['a ReplicaSet is judged by its template', 'replica-set-create', inTemplate],
  ['a Job is judged by its template', 'job-create', inTemplate],
  [
    'a CronJob is judged by the template of its jobs',
    'cron-job-create',
    inTemplate.map((path) => `spec.jobTemplate.${path}`),
  ],
  ['a new image in a running Pod is judged, and it alone', 'pod-update-image', ['spec.containers[1].image']],
  ['a new label of a Pod changes no image', 'pod-update-label', []],
  ['kubectl debug is judged by the container it adds', 'pod-debug', ['spec.ephemeralContainers[0].image']],
  ['a status update is allowed', 'pod-status', []],
  ['a resize is allowed', 'pod-resize', []],
  ['a binding is allowed', 'pod-binding', []],
  ['kubectl exec is allowed', 'pod-exec', []],
  ['a new image in a Deployment is judged, and it alone', 'deployment-update-image', [inTemplate[0] ?? '']],
  ['a new annotation of a Deployment changes no image', 'deployment-update-annotation', []],
  ['scaling by an update changes no image', 'deployment-update-replicas', []],
  ['scaling by the subresource is allowed', 'deployment-scale', []],
  ['server-side apply of a new object is judged whole', 'deployment-apply-server-side', inTemplate],
  ['server-side apply of a new image is judged by it', 'deployment-apply-server-side-again', [inTemplate[0] ?? '']],
  ['a mirror pod by a kubelet is allowed', 'mirror-pod-by-kubelet', []],
  ['the annotation of a mirror pod by a user changes nothing', 'mirror-pod-by-user', inPod],
  ['a deletion is allowed', 'pod-delete', []],
  ['dropping a finalizer of a Pod that is being deleted is allowed', 'pod-deleting-drop-finalizer', []],
  ['a new image in a Pod that is being deleted is judged', 'pod-deleting-update-image', ['spec.containers[1].image']],
  ['an object without images is allowed', 'config-map-create', []],
];

export interface RecordedReview {
  readonly request: { readonly uid: string };
}

export function readRecordedReview(name: string): RecordedReview {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
}

/** Of all files there are. */
export function recordedNames(): readonly string[] {
  return readdirSync(folder).map((file) => file.replace(/\.json$/, ''));
}

/** The places that a message which denies every image for its size is about. */
export function placesJudged(message: string): readonly string[] {
  return message.split('\n').flatMap((line) => /^(\S+): size/.exec(line)?.[1] ?? []);
}
