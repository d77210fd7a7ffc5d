// A cluster on a fake API server, with limits that make failures quick and a clock that the test moves.
import type { Credential, Keyring } from '../../src/inspection/image-source.ts';
import { type ClusterOptions, type ConnectedCluster, createCluster } from '../../src/kubernetes/cluster.ts';
import type { ClusterLimits } from '../../src/kubernetes/cluster-limits.ts';
import type { Workload } from '../../src/workload/use.ts';
import { type FakeApiServer, startFakeApiServer } from '../support/fake-apiserver.ts';

export interface Connected {
  readonly api: FakeApiServer;
  readonly cluster: ConnectedCluster;
  readonly logged: readonly { readonly level: string; readonly message: string; readonly text: string }[];
  readonly clock: { nowMs: number };
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ConnectedOptions {
  readonly limits?: Partial<ClusterLimits>;
  readonly pullSecrets?: Pick<ClusterOptions, 'pullSecrets' | 'pullSecretNamespaces'>;
  /** Runs before the cluster asks anything. */
  readonly prepare?: (api: FakeApiServer) => void | Promise<void>;
}

export const quickLimits: Partial<ClusterLimits> = {
  requestTimeoutMs: 1_000,
  maxRetries: 0,
  firstBackoffMs: 5,
  maxBackoffMs: 20,
};

export const own: Credential = {
  source: 'service',
  grant: 'service',
  login: { kind: 'password', username: 'own', password: 'own' },
};

export async function connect(options: ConnectedOptions = {}): Promise<Connected> {
  const api = await startFakeApiServer();
  api.put('/api/v1/namespaces', { metadata: { name: 'kube-system' } });
  await options.prepare?.(api);
  const logged: { level: string; message: string; text: string }[] = [];
  const record = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    logged.push({ level, message, text: `${message} ${JSON.stringify(fields)}` });
  };
  const clock = { nowMs: 1 };
  const cluster = createCluster({
    access: { kind: 'kubeconfig', text: api.kubeconfig() },
    own: keyringOf(own),
    ...options.pullSecrets,
    log: { info: record('info'), warn: record('warn') },
    limits: { ...quickLimits, ...options.limits },
    now: () => clock.nowMs,
    random: () => 0,
  });
  return {
    api,
    cluster,
    logged,
    clock,
    async [Symbol.asyncDispose]() {
      cluster.close();
      await api[Symbol.asyncDispose]();
    },
  };
}

function keyringOf(...credentials: readonly Credential[]): Keyring {
  return { lookup: () => Promise.resolve(credentials), atHand: () => credentials };
}

export function workload(fields: Partial<Workload> = {}): Workload {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    runsToCompletion: false,
    podLabels: {},
    serviceAccountName: 'default',
    imagePullSecrets: [],
    uses: [],
    ...fields,
  };
}
