// The port to the cluster that a review belongs to: its namespaces, its nodes' platforms, its pull credentials.
import type { Keyring } from '../inspection/image-source.ts';
import type { Platform } from '../oci/platform.ts';
import type { Workload } from '../workload/use.ts';

export interface Cluster {
  /** Labels of a namespace; undefined, or a failure, when they cannot be had: then they are unknown, and nothing is exempt by them. */
  namespaceLabels(name: string, signal: AbortSignal): Promise<Readonly<Record<string, string>> | undefined>;
  /** Platforms of the nodes; undefined when they are not known. */
  platforms(): readonly Platform[] | undefined;
  /** The credentials with which the kubelet would pull for this workload, then the service's own. */
  keyringFor(workload: Workload, namespace: string | undefined): Keyring;
}

/** For a service that has no API server to ask: nothing is known of namespaces and nodes, and only its own credentials are there. */
export function clusterWithoutApiServer(own: Keyring): Cluster {
  return {
    namespaceLabels: () => Promise.resolve(undefined),
    platforms: () => undefined,
    keyringFor: () => own,
  };
}
