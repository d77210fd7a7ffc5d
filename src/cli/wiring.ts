// The composition root of the service: picks adapters and puts them together. workbench.ts does so for the commands that run once.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAdmission } from '../admission/admission.ts';
import { type Cluster, clusterWithoutApiServer } from '../admission/cluster.ts';
import { type Configuration, defaultConfiguration, loadConfiguration } from '../files/configuration.ts';
import { withOverrides } from '../files/configuration-overrides.ts';
import { readTextFile } from '../files/file-fault.ts';
import { watchFiles } from '../files/file-watch.ts';
import type { ServiceLimits } from '../files/limit-settings.ts';
import { followPolicies, type PolicyFiles, type PolicyState } from '../files/policy-files.ts';
import { openTlsFiles } from '../files/tls-files.ts';
import { createContentReader } from '../inspection/content-reader.ts';
import type { FactsStore } from '../inspection/facts-store.ts';
import type { Credential, Keyring } from '../inspection/image-source.ts';
import { createInspect } from '../inspection/inspect.ts';
import { KnownBases } from '../inspection/known-bases.ts';
import type { ApiAccess } from '../kubernetes/api-access.ts';
import type { ConnectedCluster } from '../kubernetes/cluster.ts';
import type { Digest } from '../oci/digest.ts';
import { createDockerKeyring } from '../registry/docker-keyring.ts';
import { createRegistry, type Registry } from '../registry/registry.ts';
import type { RegistryLog } from '../registry/registry-log.ts';
import type { RegistrySettings } from '../registry/settings.ts';
import { createLayerWork } from '../scanning/layer-work.ts';
import { createApp } from '../server/app.ts';
import { type Listener, listen } from '../server/listener.ts';
import { createProbeApp, type ServiceStatus } from '../server/probe-app.ts';
import { countedFactsStore } from '../store/counted-facts-store.ts';
import { createMemoryFactsStore } from '../store/memory-facts-store.ts';
import { createSqliteFactsStore } from '../store/sqlite-facts-store.ts';
import { tieredFactsStore } from '../store/tiered-facts-store.ts';
import { createLog, type Log } from '../telemetry/log.ts';
import { createLogWriter } from '../telemetry/log-writer.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { readDockerConfigs } from './docker-config-files.ts';
import type { Environment } from './environment.ts';
import { followKeyring, type OwnCredentials } from './followed-keyring.ts';
import { layerWorkOptions } from './layer-work-options.ts';
import { pause } from './pause.ts';
import { brokenDocuments, tellPolicyState } from './policy-state.ts';
import type { CommonOptions, ServeOptions } from './program.ts';
import { registrySettings } from './registry-settings.ts';
import { runHelper } from './run-helper.ts';
import type { Terminal } from './terminal.ts';
import { warmUp } from './warm-up.ts';

/** Where the policies that ship with the program lie; sources and the compiled program lie equally deep. */
const libraryDirectory = fileURLToPath(new URL('../../policies', import.meta.url));

/** What judges when nobody names policies: `baseline`. */
export const builtInPolicies: readonly string[] = [`${libraryDirectory}/baseline`];

export const now = Date.now;

export function readConfiguration({ config }: CommonOptions): Promise<Configuration> {
  return config === undefined ? Promise.resolve(defaultConfiguration()) : loadConfiguration(config);
}

/** The settings of `serve`. */
export async function serveConfiguration(options: ServeOptions): Promise<Configuration> {
  return withOverrides(await readConfiguration(options), options);
}

/** Credentials of whoever runs this: files of the configuration, then where docker and podman keep theirs. */
export function ownCredentials(
  { credentialFiles }: Configuration,
  {
    environment,
    grant,
    warn,
  }: { readonly environment: Environment; readonly grant: Credential['grant']; readonly warn: RegistryLog['warn'] },
): OwnCredentials {
  return {
    read: () => readDockerConfigs(credentialFiles, environment, readTextFile),
    keyringOf: (configs) => createDockerKeyring({ configs, grant, runHelper, log: { warn }, now }),
  };
}

export function createFactsMemory({ maxFactsBytes, maxLayerFactsBytes }: ServiceLimits): FactsStore {
  return createMemoryFactsStore({ maxBytes: maxFactsBytes, maxLayerBytes: maxLayerFactsBytes, now });
}

/** The running service, until it is drained. */
export interface Service {
  readonly listening: { readonly reviews: string; readonly probes: string };
  readonly log: Log;
  /** Leaves in order: unready at once, serving a while, finishing what is open, then closed. */
  drain(): Promise<void>;
}

/**
 * Starts everything that answers the API server.
 * @throws Fault `document/invalid`, `usage` for what is wrong with configuration, policies, certificate or ports.
 */
export async function startService(configuration: Configuration, terminal: Terminal): Promise<Service> {
  // Whatever is open when the next thing cannot be started is closed again, so that the process ends.
  await using started = new AsyncDisposableStack();
  const writer = started.adopt(createLogWriter(1), (opened) => opened.flush());
  const log = createLog({ level: configuration.log.level, writer });
  const metrics = createMetrics({ process: true });
  const policies = started.adopt(await followPolicyFiles(configuration, { log, metrics }), (files) => files.close());
  const { environment } = terminal;
  const warn: RegistryLog['warn'] = (message, fields) => log.warn(fields, message);
  const { read, keyringOf } = ownCredentials(configuration, { environment, grant: 'service', warn });
  const own = started.adopt(
    await followKeyring({ read, keyringOf, watch: watchFiles, everyMs: configuration.policies.checkEveryMs, log }),
    (keyring) => keyring.close(),
  );
  const connected = await connectCluster(configuration, environment, { own, log });
  started.defer(() => connected?.close());
  const cluster: Cluster = connected ?? clusterWithoutApiServer(own);
  const refuseAddresses = (await connected?.apiServerAddresses()) ?? [];
  const settings = registrySettings(configuration, environment, { allowLoopback: false, refuseAddresses });
  const registry = started.adopt(createServiceRegistry(settings, { log, metrics }), (client) => client.close());
  const { service: serviceLimits, documents } = configuration.limits;
  const store = started.adopt(openFacts(configuration, { log, metrics }), (facts) => facts.close());
  const work = started.adopt(
    createLayerWork({ ...layerWorkOptions(configuration, settings), now, metrics }),
    (threads) => threads.close(),
  );
  const bases = new KnownBases();
  const onUnreadable = (layer: Digest): void => log.warn({ layer }, 'what was kept of a layer cannot be read');
  const content = started.adopt(
    createContentReader({ source: registry, store, work, bases, pause, onUnreadable }),
    (reader) => reader.close(),
  );
  const inspect = createInspect({ source: registry, store, now, limits: documents, content });
  const admission = createAdmission({
    policies: () => policies.state().set,
    inspect,
    cluster,
    now,
    disclosure: configuration.disclosure,
    maxUses: serviceLimits.maxUses,
  });
  const app = createApp({ admission, log, metrics, limits: serviceLimits });
  const reviews = await listenForReviews(configuration, { handler: app, log, metrics }, started);
  const status = (): ServiceStatus => ({
    policies: { loaded: policies.state().set.policies.length, broken: brokenDocuments(policies.state()) },
    isServing: true,
    isDraining: reviews.listener.isDraining,
    cluster: connected === undefined ? 'none' : connected.synced() ? 'synced' : 'not-synced',
  });
  const probes = started.adopt(
    await listen({
      ...configuration.server.probeListen,
      handler: createProbeApp({ status, metrics, log }),
      maxConnections: serviceLimits.maxConnections,
    }),
    (listener) => listener.close(),
  );
  const ending = new AbortController();
  const warming = warmUp(configuration.layers.warmUp, {
    inspect,
    bases,
    keyring: own,
    platforms: cluster.platforms() ?? 'all',
    log,
    signal: ending.signal,
  });
  started.defer(() => warming);
  started.defer(() => ending.abort());
  const running = started.move();
  return {
    listening: { reviews: reviews.url, probes: `http://${placeOf(probes)}` },
    log,
    async drain() {
      await reviews.listener.drain({ ...configuration.server.shutdown, signal: new AbortController().signal });
      await running.disposeAsync();
    },
  };
}

interface Told {
  readonly log: Log;
  readonly metrics: Metrics;
}

/** In memory, and in a file where there is a directory for it. */
function openFacts({ limits, dataDirectory }: Configuration, { log, metrics }: Told): FactsStore {
  const memory = countedFactsStore(createFactsMemory(limits.service), (result) => metrics.factsCache('memory', result));
  if (dataDirectory === undefined) return memory;
  const database = createSqliteFactsStore({
    directory: dataDirectory,
    limits: limits.factsDatabase,
    now,
    onTrouble: ({ message, ...trouble }) => log.warn({ ...trouble, directory: dataDirectory }, message),
  });
  return tieredFactsStore(
    memory,
    countedFactsStore(database, (result) => metrics.factsCache('sqlite', result)),
  );
}

async function followPolicyFiles(configuration: Configuration, { log, metrics }: Told): Promise<PolicyFiles> {
  const tell = (state: PolicyState): void => tellPolicyState(state, { log, metrics });
  const { paths, checkEveryMs } = configuration.policies;
  const files = await followPolicies({
    paths: paths.length > 0 ? paths : builtInPolicies,
    limits: configuration.limits.policyFiles,
    maxExceptionMs: configuration.exceptions.maxDurationMs,
    now,
    everyMs: checkEveryMs,
    onChange: tell,
    ...(configuration.dataDirectory === undefined ? {} : { dataDirectory: configuration.dataDirectory }),
  });
  tell(files.state());
  return files;
}

/** Undefined where there is no API server to ask: outside a cluster, without a kubeconfig. */
async function connectCluster(
  { kubernetes }: Configuration,
  environment: Environment,
  { own, log }: { readonly own: Keyring; readonly log: Log },
): Promise<ConnectedCluster | undefined> {
  if (!kubernetes.enabled) return undefined;
  const access = await apiAccess(kubernetes.kubeconfig, environment);
  if (access === undefined) {
    log.warn({}, 'there is no API server to ask: namespace labels, node platforms and pull secrets are unknown');
    return undefined;
  }
  const { pullSecrets, pullSecretNamespaces, limits } = kubernetes;
  // The Kubernetes library is half a second of start and 80 MB of memory, and nothing else needs it.
  const { createCluster } = await import('../kubernetes/cluster.ts');
  const reading = { pullSecrets, pullSecretNamespaces, limits };
  return createCluster({ access, own, ...reading, log, now: () => performance.now(), random: Math.random });
}

async function apiAccess(kubeconfig: string | undefined, environment: Environment): Promise<ApiAccess | undefined> {
  if (kubeconfig !== undefined) {
    return { kind: 'kubeconfig', text: await readTextFile(kubeconfig), directory: dirname(kubeconfig) };
  }
  return environment.kubernetesServiceHost === undefined ? undefined : { kind: 'in-cluster' };
}

function createServiceRegistry(settings: RegistrySettings, { log, metrics }: Told): Registry {
  return createRegistry(settings, {
    now,
    readFile: readTextFile,
    log: { warn: (message, fields) => log.warn(fields, message) },
    metrics: { request: (request) => metrics.registryRequest(request), rateLimitRemaining: () => undefined },
  });
}

interface ReviewListener {
  readonly listener: Listener;
  readonly url: string;
}

async function listenForReviews(
  { server, limits, policies }: Configuration,
  { handler, log, metrics }: Told & { readonly handler: ReturnType<typeof createApp> },
  started: AsyncDisposableStack,
): Promise<ReviewListener> {
  const place = { ...server.listen, handler, maxConnections: limits.service.maxConnections };
  if (server.tls === undefined) {
    const listener = started.adopt(await listen(place), (opened) => opened.close());
    return { listener, url: `http://${placeOf(listener)}` };
  }
  let listener: Listener | undefined;
  const tls = await openTlsFiles(server.tls, {
    everyMs: policies.checkEveryMs,
    onChange: (renewed) => {
      if (listener === undefined) return;
      metrics.certificateExpiry(listener.renew(renewed));
      log.info({}, 'the certificate was renewed');
    },
    onProblem: (problem) =>
      log.error({ err: problem }, 'the certificate files cannot be used; the last good pair stays'),
  });
  started.defer(() => tls.close());
  listener = started.adopt(await listen({ ...place, tls: tls.current() }), (opened) => opened.close());
  metrics.certificateExpiry(listener.renew(tls.current()));
  return { listener, url: `https://${placeOf(listener)}` };
}

function placeOf({ address: { address, port, family } }: Listener): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
