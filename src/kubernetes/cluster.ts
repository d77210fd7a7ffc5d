// The cluster behind its API server: namespaces, node platforms and pull credentials, usable while the server comes and goes.
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Cluster } from '../admission/cluster.ts';
import type { Keyring } from '../inspection/image-source.ts';
import { type ApiAccess, endpointFromAccess } from './api-access.ts';
import { createApiClient } from './api-client.ts';
import { type ClusterLimits, defaultClusterLimits } from './cluster-limits.ts';
import type { ClusterLog } from './cluster-log.ts';
import { createNamespaceCache } from './namespace-cache.ts';
import { createNodePlatforms } from './node-platforms.ts';
import { createPullCredentials } from './pull-credentials.ts';

export interface ClusterOptions {
  readonly access: ApiAccess;
  /** The service's own credentials: after the workload's, and alone where there is no namespace. */
  readonly own: Keyring;
  /** false: no secret and no service account is ever read, and only `own` counts. Default true. */
  readonly pullSecrets?: boolean;
  /** The namespaces in which they are read, where the service's role covers no others; in all when absent or empty. */
  readonly pullSecretNamespaces?: readonly string[];
  readonly log: ClusterLog;
  readonly limits?: Partial<ClusterLimits>;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface ConnectedCluster extends Cluster {
  namespaceLabels(name: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** Whether all namespaces were listed at least once, so that most questions need no read. */
  synced(): boolean;
  /** IP addresses under which the API server is reached from here; the registry client must not dial them. Empty when its name does not resolve. */
  apiServerAddresses(): Promise<readonly string[]>;
  /** Stops following and closes idle connections. */
  close(): void;
}

/**
 * Begins to follow namespaces and nodes at once and returns without waiting: an API server that is away is asked again and again.
 * @throws Fault `document/invalid` for a kubeconfig that leads nowhere.
 */
export function createCluster(options: ClusterOptions): ConnectedCluster {
  const { log, random, now, own } = options;
  const limits = { ...defaultClusterLimits, ...options.limits };
  const endpoint = endpointFromAccess(options.access);
  const closing = new AbortController();
  const api = createApiClient({ endpoint, limits, random });
  const following = { limits, log, random, signal: closing.signal };
  const namespaces = createNamespaceCache(api, { ...following, what: 'namespaces' });
  const nodes = createNodePlatforms(api, { ...following, what: 'nodes' });
  const credentials = createPullCredentials({ api, own, limits, log, now });
  const { pullSecrets = true, pullSecretNamespaces = [] } = options;
  const readsSecretsIn = (namespace: string): boolean =>
    pullSecrets && (pullSecretNamespaces.length === 0 || pullSecretNamespaces.includes(namespace));

  return {
    namespaceLabels: (name, signal) => namespaces.labels(name, signal),
    platforms: () => nodes.current(),
    keyringFor(workload, namespace) {
      return namespace !== undefined && readsSecretsIn(namespace) ? credentials.keyringFor(workload, namespace) : own;
    },
    synced: () => namespaces.synced(),
    apiServerAddresses: () => addressesOf(endpoint.host),
    close() {
      closing.abort();
      api.close();
    },
  };
}

async function addressesOf(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}
