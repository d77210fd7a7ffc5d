// A use: one place in a workload that names an image, with the pod settings that change how the image runs.

export type UseKind = 'container' | 'init' | 'sidecar' | 'ephemeral' | 'volume';

export const useKinds = ['container', 'init', 'sidecar', 'ephemeral', 'volume'] as const satisfies readonly UseKind[];

/** Effective values: the container's where it sets them, else the pod's. */
export interface RunAs {
  readonly user?: number;
  readonly group?: number;
  readonly nonRoot?: boolean;
  readonly windowsUserName?: string;
}

export interface Probes {
  readonly liveness: boolean;
  readonly readiness: boolean;
  readonly startup: boolean;
}

export interface ImageUse {
  readonly kind: UseKind;
  /** Field path from the object's root: `spec.template.spec.containers[0].image`. */
  readonly path: string;
  /** Of the container or volume; empty for a bare image on the command line. */
  readonly name: string;
  /** As written; may be empty in templates. */
  readonly image: string;
  readonly pullPolicy?: string;
  readonly runAs: RunAs;
  readonly probes: Probes;
  /** `command` and `args` of the pod, which replace Entrypoint and Cmd; absent when not set. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  /** Whether the pod shares one process namespace, whose first process is then the pause container. */
  readonly sharesProcessNamespace: boolean;
}

/** An object that creates containers, seen through what matters for images. */
export interface Workload {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  /** Empty on CREATE with `generateName`. */
  readonly name?: string;
  readonly generateName?: string;
  /** Pods made by it run to completion: Job, CronJob, and Pods owned by a Job. */
  readonly runsToCompletion: boolean;
  /** Labels of the pod template; of the Pod itself for a Pod. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** The same before the update that is asked about: a selector matches when either state matches. */
  readonly formerPodLabels?: Readonly<Record<string, string>>;
  readonly serviceAccountName: string;
  readonly imagePullSecrets: readonly string[];
  /** `linux` or `windows` from `spec.os.name`, where the pod says so. */
  readonly os?: string;
  readonly uses: readonly ImageUse[];
}
