// The credentials with which the kubelet would pull for a workload: its pull secrets, else its service account's, then the service's own.
import { LRUCache } from 'lru-cache';
import { Fault, faultFromUnknown } from '../base/fault.ts';
import { createSingleFlight } from '../base/single-flight.ts';
import type { Credential, Keyring } from '../inspection/image-source.ts';
import { listField, textField } from '../workload/fields.ts';
import type { Workload } from '../workload/use.ts';
import { type ApiClient, isObjectName, objectPath } from './api-client.ts';
import type { ClusterLimits } from './cluster-limits.ts';
import type { ClusterLog } from './cluster-log.ts';
import { pullSecretFromObject } from './pull-secret.ts';

export interface PullCredentials {
  /**
   * Lookups fail with Fault `kubernetes/forbidden` when the service's role does not cover the namespace, `kubernetes/unavailable`
   * when the API server cannot be asked, `limit` for more than `maxPullSecrets`. A secret that is missing or unusable is left out,
   * as the kubelet does. Nothing is read before the first lookup.
   */
  keyringFor(workload: Workload, namespace: string): Keyring;
}

export interface PullCredentialsOptions {
  readonly api: ApiClient;
  /** Asked last. */
  readonly own: Keyring;
  readonly limits: ClusterLimits;
  readonly log: ClusterLog;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
}

type Known<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'useless'; readonly why: string }
  | { readonly kind: 'forbidden'; readonly fault: Fault };

export function createPullCredentials(options: PullCredentialsOptions): PullCredentials {
  const secrets = createReader<Keyring>(options, 'secrets', (object, name, namespace) => {
    const secret = pullSecretFromObject(object, `secret ${namespace}/${name}`);
    if (secret.kind === 'usable') return { kind: 'found', value: secret.keyring };
    options.log.warn({ namespace, secret: name, why: secret.why }, 'a pull secret cannot be used and is left out');
    return { kind: 'useless', why: `cannot be used (${secret.why})` };
  });
  const accounts = createReader<readonly string[]>(options, 'serviceaccounts', (object) => ({
    kind: 'found',
    value: listField(object, 'imagePullSecrets').flatMap((entry) => textField(entry, 'name') ?? []),
  }));

  /** A Pod has its final list: the API server has filled in the service account's, and the kubelet looks nowhere else. */
  async function secretNames(workload: Workload, namespace: string, signal: AbortSignal): Promise<readonly string[]> {
    const own = workload.imagePullSecrets;
    const isFinal = own.length > 0 || workload.kind === 'Pod';
    const account = isFinal ? undefined : await accounts(namespace, workload.serviceAccountName, signal);
    const names = account?.kind === 'found' ? account.value : own;
    const distinct = [...new Set(names)].filter((name) => name !== '');
    if (distinct.length > options.limits.maxPullSecrets) {
      throw new Fault('limit', `more than ${options.limits.maxPullSecrets} pull secrets`, { limit: 'maxPullSecrets' });
    }
    return distinct;
  }

  return {
    keyringFor(workload, namespace) {
      const gaps = new Map<string, string>();
      return {
        async lookup(reference, signal) {
          const names = await secretNames(workload, namespace, signal);
          const read = await Promise.all(names.map((name) => secrets(namespace, name, signal)));
          const found: Credential[] = [];
          for (const [index, secret] of read.entries()) {
            if (secret.kind === 'found') found.push(...(await secret.value.lookup(reference, signal)));
            else gaps.set(names[index] ?? '', `the pull secret ${namespace}/${names[index]} ${secret.why}`);
          }
          return [...found, ...(await options.own.lookup(reference, signal))];
        },
        gaps: () => [...gaps.values()],
      };
    },
  };
}

type Usable<T> = Exclude<Known<T>, { readonly kind: 'forbidden' }>;

type Reader<T> = (namespace: string, name: string, signal: AbortSignal) => Promise<Usable<T>>;

const absent = { kind: 'useless', why: 'does not exist' } as const;

/** Reads objects by namespace and name, and keeps what they mean for a few seconds; refusals and absences for fewer. */
function createReader<T>(
  { api, limits, log, now }: PullCredentialsOptions,
  resource: 'secrets' | 'serviceaccounts',
  meaningOf: (object: unknown, name: string, namespace: string) => Usable<T>,
): Reader<T> {
  const flights = createSingleFlight<Known<T>>({ deadlineMs: limits.requestTimeoutMs * (limits.maxRetries + 1) });
  const kept = new LRUCache<string, Known<T>>({ max: limits.maxCachedSecrets, perf: { now }, ttlResolution: 0 });

  async function load(namespace: string, name: string, signal: AbortSignal): Promise<Known<T>> {
    const known = await read(namespace, name, signal);
    kept.set(`${namespace}/${name}`, known, {
      ttl: known.kind === 'found' ? limits.secretCacheMs : limits.missingCacheMs,
    });
    return known;
  }

  async function read(namespace: string, name: string, signal: AbortSignal): Promise<Known<T>> {
    const path = objectPath('namespaces', namespace, resource, name);
    try {
      const object = await api.get({ path, what: `${resource} in namespace ${namespace}`, signal });
      if (object !== undefined) return meaningOf(object, name, namespace);
      log.warn({ namespace, name, resource }, 'an object named for pull credentials is missing');
      return absent;
    } catch (thrown) {
      const fault = faultFromUnknown(thrown);
      if (fault.code !== 'kubernetes/forbidden') throw fault;
      return { kind: 'forbidden', fault };
    }
  }

  return async (namespace, name, signal) => {
    // What can be no object's name must not become part of a path; for the kubelet it is simply not there.
    if (!isObjectName(namespace) || !isObjectName(name)) return absent;
    const key = `${namespace}/${name}`;
    const known = kept.get(key) ?? (await flights.run(key, signal, (work) => load(namespace, name, work)));
    if (known.kind === 'forbidden') throw known.fault;
    return known;
  };
}
