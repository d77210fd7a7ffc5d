// Objects of every built-in kind that names images, for tests to hand to kubectl.

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** Containers, volumes and what else a pod has; `name` and `image` of a container are the least. */
export type PodSpec = Readonly<Record<string, unknown>>;

const labels = { app: 'web' };

/** One container that runs `image`. */
export function podSpecOf(image: string): PodSpec {
  return { containers: [{ name: 'web', image }] };
}

/** One object of each kind, without a name, and where its pod's spec stands in it. */
export function everyKind(spec: PodSpec): readonly (readonly [KubernetesObject, specPath: string])[] {
  const template = { metadata: { labels }, spec };
  const workload = { selector: { matchLabels: labels }, template };
  const jobSpec = { template: { spec: { ...spec, restartPolicy: 'Never' } } };
  return [
    [{ apiVersion: 'v1', kind: 'Pod', spec }, 'spec'],
    [{ apiVersion: 'v1', kind: 'ReplicationController', spec: { template } }, 'spec.template.spec'],
    [{ apiVersion: 'v1', kind: 'PodTemplate', template }, 'template.spec'],
    [{ apiVersion: 'apps/v1', kind: 'Deployment', spec: workload }, 'spec.template.spec'],
    [{ apiVersion: 'apps/v1', kind: 'StatefulSet', spec: { ...workload, serviceName: 'web' } }, 'spec.template.spec'],
    [{ apiVersion: 'apps/v1', kind: 'DaemonSet', spec: workload }, 'spec.template.spec'],
    [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', spec: workload }, 'spec.template.spec'],
    [{ apiVersion: 'batch/v1', kind: 'Job', spec: jobSpec }, 'spec.template.spec'],
    [
      { apiVersion: 'batch/v1', kind: 'CronJob', spec: { schedule: '@daily', jobTemplate: { spec: jobSpec } } },
      'spec.jobTemplate.spec.template.spec',
    ],
  ];
}

export function pod(name: string, spec: PodSpec): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec };
}

export function deployment(name: string, spec: PodSpec): KubernetesObject {
  const selected = { app: name };
  const template = { metadata: { labels: selected }, spec };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { selector: { matchLabels: selected }, template },
  };
}
