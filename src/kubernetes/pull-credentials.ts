// The credentials with which the kubelet would pull for a workload: its pull secrets, else its service account's, then the service's own.
import { LRUCache } from 'lru-cache';
import { Fault, faultFromUnknown } from '../base/fault.ts';
import { createSingleFlight } from '../base/single-flight.ts';
import type { Credential, Keyring } from '../inspection/image-source.ts';
import type { ImageReference } from '../oci/reference.ts';
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
  function hasFinalSecrets({ imagePullSecrets, kind }: Workload): boolean {
    return imagePullSecrets.length > 0 || kind === 'Pod';
  }

  function secretNames(
    { imagePullSecrets }: Workload,
    account: Usable<readonly string[]> | undefined,
  ): readonly string[] {
    const names = account?.kind === 'found' ? account.value : imagePullSecrets;
    return [...new Set(names)].filter((name) => name !== '');
  }

  const { maxPullSecrets } = options.limits;

  return {
    keyringFor(workload, namespace) {
      const gaps = new Map<string, string>();
      return {
        async lookup(reference, signal) {
          const isFinal = hasFinalSecrets(workload);
          const account = isFinal ? undefined : await accounts.read(namespace, workload.serviceAccountName, signal);
          const names = secretNames(workload, account);
          if (names.length > maxPullSecrets) {
            throw new Fault('limit', `more than ${maxPullSecrets} pull secrets`, { limit: 'maxPullSecrets' });
          }
          const read = await Promise.all(names.map((name) => secrets.read(namespace, name, signal)));
          const found: Credential[] = [];
          for (const [index, secret] of read.entries()) {
            if (secret.kind === 'found') found.push(...(await secret.value.lookup(reference, signal)));
            else gaps.set(names[index] ?? '', `the pull secret ${namespace}/${names[index]} ${secret.why}`);
          }
          return [...found, ...(await options.own.lookup(reference, signal))];
        },
        atHand(reference) {
          const isFinal = hasFinalSecrets(workload);
          const account = isFinal ? undefined : accounts.atHand(namespace, workload.serviceAccountName);
          if (!isFinal && account === undefined) return undefined;
          const names = secretNames(workload, account);
          if (names.length > maxPullSecrets) return undefined;
          const keyrings = names.map((name) => {
            const secret = secrets.atHand(namespace, name);
            return secret?.kind === 'found' ? secret.value : undefined;
          });
          return credentialsAtHand([...keyrings, options.own], reference);
        },
        gaps: () => [...gaps.values()],
      };
    },
  };
}

/** Of all keyrings together; undefined as soon as one is missing or has to wait. */
function credentialsAtHand(
  keyrings: readonly (Keyring | undefined)[],
  reference: ImageReference,
): readonly Credential[] | undefined {
  const found: Credential[] = [];
  for (const keyring of keyrings) {
    const credentials = keyring?.atHand?.(reference);
    if (credentials === undefined) return undefined;
    found.push(...credentials);
  }
  return found;
}

type Usable<T> = Exclude<Known<T>, { readonly kind: 'forbidden' }>;

interface Reader<T> {
  read(namespace: string, name: string, signal: AbortSignal): Promise<Usable<T>>;
  /** What is kept; undefined where nothing is, and of what was refused. */
  atHand(namespace: string, name: string): Usable<T> | undefined;
}

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
    const known = await fetchMeaning(namespace, name, signal);
    kept.set(`${namespace}/${name}`, known, {
      ttl: known.kind === 'found' ? limits.secretCacheMs : limits.missingCacheMs,
    });
    return known;
  }

  async function fetchMeaning(namespace: string, name: string, signal: AbortSignal): Promise<Known<T>> {
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

  return {
    async read(namespace, name, signal) {
      // What can be no object's name must not become part of a path; for the kubelet it is simply not there.
      if (!isObjectName(namespace) || !isObjectName(name)) return absent;
      const key = `${namespace}/${name}`;
      const known = kept.get(key) ?? (await flights.run(key, signal, (work) => load(namespace, name, work)));
      if (known.kind === 'forbidden') throw known.fault;
      return known;
    },
    atHand(namespace, name) {
      const known = kept.get(`${namespace}/${name}`);
      return known?.kind === 'forbidden' ? undefined : known;
    },
  };
}
