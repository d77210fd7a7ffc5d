// The kinds of Kubernetes objects that carry images, and where their pod template lies.

export interface WorkloadKind {
  readonly kind: string;
  /** API groups that serve it or once did; `''` is the core group. The version within a group does not matter. */
  readonly groups: readonly string[];
  /** Fields from the object's root to the pod template; empty for the Pod, which is its own. */
  readonly template: readonly string[];
  /** Pods made by it run to completion. */
  readonly runsToCompletion: boolean;
}

const appsGroups = ['apps', 'extensions'];

/** Every kind that is known, each once. A new one is one line. */
export const workloadKinds: readonly WorkloadKind[] = [
  { kind: 'Pod', groups: [''], template: [], runsToCompletion: false },
  { kind: 'PodTemplate', groups: [''], template: ['template'], runsToCompletion: false },
  { kind: 'ReplicationController', groups: [''], template: ['spec', 'template'], runsToCompletion: false },
  { kind: 'Deployment', groups: appsGroups, template: ['spec', 'template'], runsToCompletion: false },
  { kind: 'StatefulSet', groups: ['apps'], template: ['spec', 'template'], runsToCompletion: false },
  { kind: 'DaemonSet', groups: appsGroups, template: ['spec', 'template'], runsToCompletion: false },
  { kind: 'ReplicaSet', groups: appsGroups, template: ['spec', 'template'], runsToCompletion: false },
  { kind: 'Job', groups: ['batch'], template: ['spec', 'template'], runsToCompletion: true },
  {
    kind: 'CronJob',
    groups: ['batch'],
    template: ['spec', 'jobTemplate', 'spec', 'template'],
    runsToCompletion: true,
  },
];

const kindByName: ReadonlyMap<string, WorkloadKind> = new Map(workloadKinds.map((known) => [known.kind, known]));

/** Finds a kind by `apiVersion` (`v1`, `apps/v1`) and `kind`; undefined when it carries no images that we know of. */
export function findWorkloadKind(apiVersion: string, kind: string): WorkloadKind | undefined {
  const known = kindByName.get(kind);
  const slash = apiVersion.indexOf('/');
  return known?.groups.includes(slash < 0 ? '' : apiVersion.slice(0, slash)) === true ? known : undefined;
}
