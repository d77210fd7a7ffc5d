// Labels of all namespaces, kept up to date by list and watch, with a live read for one that is not there yet.
import { Fault } from '../base/fault.ts';
import { createSingleFlight } from '../base/single-flight.ts';
import { field, textField, textMapField } from '../workload/fields.ts';
import { type ApiClient, isObjectName, objectPath } from './api-client.ts';
import type { ClusterLimits } from './cluster-limits.ts';
import { type FollowOptions, follow } from './follow.ts';
import { listPages } from './list-pages.ts';

type Labels = Readonly<Record<string, string>>;

export interface NamespaceCache {
  /**
   * What was last known; a namespace never seen is read at once. That it cannot be had is a Fault, never an empty set of labels.
   * @throws Fault `kubernetes/forbidden`, `kubernetes/unavailable` (also for a namespace that does not exist).
   */
  labels(namespace: string, signal: AbortSignal): Promise<Labels>;
  /** Whether all namespaces were listed at least once. */
  synced(): boolean;
}

const namespacesPath = '/api/v1/namespaces';

/** Starts following at once; `options.signal` ends it. */
export function createNamespaceCache(api: ApiClient, options: FollowOptions): NamespaceCache {
  const { limits, signal } = options;
  const flights = createSingleFlight<Labels>({ deadlineMs: limits.requestTimeoutMs * (limits.maxRetries + 1) });
  let known: ReadonlyMap<string, Labels> | undefined;

  void follow(options, async (succeeded) => {
    const listed = await listNamespaces(api, limits, signal);
    const labels = new Map(listed.labels);
    known = labels;
    succeeded();
    await watchNamespaces(api, { limits, signal, from: listed.resourceVersion, labels });
    return limits.firstBackoffMs;
  });

  return {
    async labels(namespace, callerSignal) {
      const found = known?.get(namespace);
      if (found !== undefined) return found;
      return flights.run(namespace, callerSignal, (work) => readLabels(api, namespace, work));
    },
    synced: () => known !== undefined,
  };
}

async function readLabels(api: ApiClient, namespace: string, signal: AbortSignal): Promise<Labels> {
  const missing = new Fault('kubernetes/unavailable', 'the API server does not know this namespace');
  if (!isObjectName(namespace)) throw missing;
  const object = await api.get({ path: objectPath('namespaces', namespace), what: 'namespaces', signal });
  if (object === undefined) throw missing;
  return labelsOf(object);
}

interface Listed {
  readonly labels: ReadonlyMap<string, Labels>;
  readonly resourceVersion: string;
}

async function listNamespaces(api: ApiClient, limits: ClusterLimits, signal: AbortSignal): Promise<Listed> {
  const labels = new Map<string, Labels>();
  let resourceVersion = '';
  for await (const page of listPages(api, { path: namespacesPath, what: 'namespaces', signal }, limits.pageSize)) {
    for (const item of page.items) labels.set(nameOf(item), labelsOf(item));
    resourceVersion = page.resourceVersion;
  }
  return { labels, resourceVersion };
}

interface WatchState {
  readonly limits: ClusterLimits;
  readonly signal: AbortSignal;
  readonly from: string;
  /** Changed in place: readers see each event at once. */
  readonly labels: Map<string, Labels>;
}

/** Follows changes over as many watches as it takes; throws when one breaks, and the caller lists again. */
async function watchNamespaces(api: ApiClient, { limits, signal, from, labels }: WatchState): Promise<void> {
  let resourceVersion = from;
  for (let quiet = false; !quiet; ) {
    const query = {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion,
      timeoutSeconds: String(Math.ceil(limits.watchMs / 1000)),
    };
    quiet = true;
    for await (const event of api.watch({ path: namespacesPath, query, what: 'namespaces', signal })) {
      quiet = false;
      resourceVersion = applyEvent(event, labels);
    }
  }
}

/** @returns where the next watch starts. @throws Fault for an ERROR event, which is how a watch says that its start is too old. */
function applyEvent(event: unknown, labels: Map<string, Labels>): string {
  const object = field(event, 'object');
  const type = textField(event, 'type');
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      labels.set(nameOf(object), labelsOf(object));
      break;
    case 'DELETED':
      labels.delete(nameOf(object));
      break;
    case 'BOOKMARK':
      break;
    default:
      throw new Fault('kubernetes/unavailable', 'the API server ended the watch of namespaces');
  }
  return textField(field(object, 'metadata'), 'resourceVersion') ?? '';
}

function nameOf(object: unknown): string {
  return textField(field(object, 'metadata'), 'name') ?? '';
}

function labelsOf(object: unknown): Labels {
  return textMapField(field(object, 'metadata'), 'labels');
}
