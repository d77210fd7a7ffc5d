// Registries as a source of images: the fewest requests that answer a question, and what was last known while a registry is down.
import { lookup as dnsLookup } from 'node:dns';
import { type FaultCode, faultFromUnknown } from '../base/fault.ts';
import { createSingleFlight } from '../base/single-flight.ts';
import type { Access, Grant, ImageSource, Resolution } from '../inspection/image-source.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference, type ImageReference } from '../oci/reference.ts';
import { createAgentPool, type LookupAll } from './agents.ts';
import { createAttempts, newWays, type WayIn, waysAtHand, waysInto } from './attempts.ts';
import { createDocuments, type FetchedManifest } from './documents.ts';
import { createHosts } from './hosts.ts';
import { createLayerSource } from './layer-source.ts';
import { createLayers } from './layers.ts';
import type { Login } from './login.ts';
import { createLogins } from './logins.ts';
import { createMemory } from './memory.ts';
import { createProofs } from './proofs.ts';
import { createProxyRule } from './proxy-rule.ts';
import { createRedirects } from './redirects.ts';
import { noMetrics, type RegistryLog, type RegistryMetrics, silentLog } from './registry-log.ts';
import { createRetry } from './retry.ts';
import { createRoutes } from './routes.ts';
import type { RegistrySettings } from './settings.ts';
import { createTokens } from './tokens.ts';
import { createTransport } from './transport.ts';

export interface RegistryDeps {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Reads CA and client certificate files. */
  readonly readFile: (path: string) => Promise<string>;
  /** In [0, 1); for the jitter of pauses. */
  readonly random?: () => number;
  readonly lookup?: LookupAll;
  readonly log?: RegistryLog;
  readonly metrics?: RegistryMetrics;
}

export interface Registry extends ImageSource {
  /** Closes every connection. */
  close(): void;
}

type IsKnown = (digest: Digest) => Promise<boolean>;

/** Failures during which what was last known still counts: the registry could not be asked, or not in time. */
const unavailableCodes: ReadonlySet<FaultCode> = new Set([
  'registry/unreachable',
  'registry/timeout',
  'registry/server-error',
  'registry/rate-limited',
  'registry/circuit-open',
  'cancelled',
]);

export function createRegistry(settings: RegistrySettings, deps: RegistryDeps): Registry {
  const { limits } = settings;
  const { now, readFile, random = Math.random, lookup = dnsLookup, log = silentLog, metrics = noMetrics } = deps;
  const agents = createAgentPool({ limits, proxies: createProxyRule(settings.proxy), lookup });
  const transport = createTransport({ agents, limits, userAgent: settings.userAgent });
  const hosts = createHosts({ transport, limits, now, log, metrics });
  const routes = createRoutes(settings, { now, readFile, log });
  const redirects = createRedirects({ hosts, routes, settings });
  const tokens = createTokens({ redirects, routes, limits, now });
  const proofs = createProofs({ redirects, routes, tokens, limits, now });
  const logins = createLogins({ redirects, routes, proofs, limits, now });
  const documents = createDocuments({ logins, limits, documentLimits: settings.documentLimits, now, log });
  const layers = createLayers({ logins, limits, now });
  const memory = createMemory(limits, now);
  const attempts = createAttempts({ memory, retry: createRetry({ limits, now, random }) });
  const resolutions = createSingleFlight<Resolution>({ deadlineMs: limits.sharedDeadlineMs });
  const manifests = createSingleFlight<FetchedManifest>({ deadlineMs: limits.sharedDeadlineMs });
  const configs = createSingleFlight<Uint8Array>({ deadlineMs: limits.sharedDeadlineMs });

  /** Without any request: what a live authorisation opens, where the digest is given or, if the settings say so, was seen lately. */
  function remembered(reference: ImageReference, ways: readonly WayIn[]): Resolution | undefined {
    const digest = reference.digest ?? freshTag(reference);
    const login = digest === undefined ? undefined : firstLogin(ways, memory.isAuthorisationLive);
    if (login === undefined || digest === undefined) return undefined;
    return { digest, grant: grantOf(login), credential: login.source };
  }

  function freshTag(reference: ImageReference): Digest | undefined {
    const tag = memory.tag(reference);
    return tag !== undefined && now() - tag.seenAtMs < limits.tagsFreshForMs ? tag.digest : undefined;
  }

  async function resolveWith(login: Login, reference: ImageReference, isKnown: IsKnown, signal: AbortSignal) {
    if (reference.digest !== undefined) return resolveDigest(login, reference.digest, isKnown, signal);
    const tag = reference.tag ?? 'latest';
    const remembered = memory.tag(reference);
    if (remembered !== undefined && (await isKnown(remembered.digest))) {
      const head = await documents.head(login, tag, signal);
      if (head.kind === 'digest') {
        if (await isKnown(head.digest)) return { digest: head.digest };
        return documents.manifestByDigest(login, { digest: head.digest }, signal);
      }
    }
    return documents.manifestByTag(login, tag, signal);
  }

  async function resolveDigest(login: Login, digest: Digest, isKnown: IsKnown, signal: AbortSignal) {
    if (await isKnown(digest)) {
      const head = await documents.head(login, digest, signal);
      if (head.kind === 'digest') return { digest };
    }
    return documents.manifestByDigest(login, { digest }, signal);
  }

  async function resolveNow(
    reference: ImageReference,
    ways: readonly WayIn[],
    isKnown: IsKnown,
    signal: AbortSignal,
  ): Promise<Resolution> {
    const usable = reference.digest === undefined ? ways.filter(({ endpoint }) => endpoint.resolvesTags) : ways;
    const path = `manifests/${reference.digest ?? reference.tag ?? 'latest'}`;
    const work = (login: Login): Promise<{ readonly digest: Digest }> => resolveWith(login, reference, isKnown, signal);
    const { login, value } = await attempts.first(usable, path, signal, work).catch((thrown: unknown) => {
      if (faultFromUnknown(thrown).code === 'registry/not-found') memory.forgetTag(reference);
      throw thrown;
    });
    if (reference.digest === undefined) memory.rememberTag(reference, value.digest);
    return resolutionOf(value, login);
  }

  /** What was last known, when the registry could not be asked and the facts are at hand. */
  async function lastKnown(
    reference: ImageReference,
    ways: readonly WayIn[],
    isKnown: IsKnown,
  ): Promise<Resolution | undefined> {
    const sinceMs = now() - settings.lastKnownMaxAgeMs;
    const login = firstLogin(ways, (one) => (memory.authorisedAtMs(one) ?? Number.NEGATIVE_INFINITY) >= sinceMs);
    if (login === undefined) return undefined;
    const tag = reference.digest === undefined ? memory.tag(reference) : undefined;
    const digest = reference.digest ?? tag?.digest;
    const knownAtMs = tag?.seenAtMs ?? memory.authorisedAtMs(login);
    if (digest === undefined || knownAtMs === undefined || knownAtMs < sinceMs || !(await isKnown(digest))) {
      return undefined;
    }
    return { ...resolutionOf({ digest }, login), staleSince: new Date(knownAtMs).toISOString() };
  }

  /** Runs `work` with what the keyring gives, and once more when a refused credential has been replaced at its source meanwhile. */
  async function withWays<T>(
    reference: ImageReference,
    access: Access,
    work: (ways: readonly WayIn[]) => Promise<T>,
  ): Promise<T> {
    const ways = await waysInto(reference, access, settings);
    try {
      return await work(ways);
    } catch (thrown) {
      const fault = faultFromUnknown(thrown);
      if (fault.code !== 'registry/unauthorized') throw fault;
      const renewed = newWays(await waysInto(reference, access, settings), ways);
      if (renewed.length === 0) throw fault;
      return work(renewed);
    }
  }

  async function resolveFrom(
    reference: ImageReference,
    ways: readonly WayIn[],
    access: Access,
    isKnown: IsKnown,
  ): Promise<Resolution> {
    const known = remembered(reference, ways);
    if (known !== undefined && (await isKnown(known.digest))) return known;
    const key = keyOf(formatReference(reference), ways);
    try {
      return await resolutions.run(key, access.signal, (signal) => resolveNow(reference, ways, isKnown, signal));
    } catch (thrown) {
      const fault = faultFromUnknown(thrown);
      const stale = unavailableCodes.has(fault.code) ? await lastKnown(reference, ways, isKnown) : undefined;
      if (stale === undefined) throw fault;
      return stale;
    }
  }

  return {
    atHand(reference, keyring) {
      const ways = waysAtHand(reference, keyring, settings);
      return ways === undefined ? undefined : remembered(reference, ways);
    },
    resolve(reference, access, isKnown) {
      return withWays(reference, access, (ways) => resolveFrom(reference, ways, access, isKnown));
    },
    async readManifest(repository, target, access) {
      if (target.data !== undefined) return { bytes: target.data };
      const path = `manifests/${target.digest}`;
      const what = `${repository.host}/${repository.repository} ${path} ${target.size ?? ''}`;
      const { bytes, mediaType } = await withWays(repository, access, (ways) =>
        manifests.run(keyOf(what, ways), access.signal, async (signal) => {
          const work = (login: Login): Promise<FetchedManifest> => documents.manifestByDigest(login, target, signal);
          return (await attempts.first(ways, path, signal, work)).value;
        }),
      );
      return { bytes, ...(mediaType === undefined ? {} : { mediaType }) };
    },
    async readConfig(repository, descriptor, access) {
      if (descriptor.data !== undefined) return descriptor.data;
      const path = `blobs/${descriptor.digest}`;
      const what = `${repository.host}/${repository.repository} ${path} ${descriptor.size}`;
      return withWays(repository, access, (ways) =>
        configs.run(keyOf(what, ways), access.signal, async (signal) => {
          const work = (login: Login): Promise<Uint8Array> => documents.config(login, descriptor, signal);
          return (await attempts.first(ways, path, signal, work)).value;
        }),
      );
    },
    ...createLayerSource({ layers, attempts, carrier: { transport, limits }, withWays }),
    close: () => agents.close(),
  };
}

/** Callers share work only when they come with the same credentials. */
function keyOf(what: string, ways: readonly WayIn[]): string {
  return JSON.stringify([what, ...loginsOf(ways).map(({ fingerprint }) => fingerprint)]);
}

function firstLogin(ways: readonly WayIn[], isWanted: (login: Login) => boolean): Login | undefined {
  for (const { logins } of ways) {
    const login = logins.find(isWanted);
    if (login !== undefined) return login;
  }
  return undefined;
}

function loginsOf(ways: readonly WayIn[]): readonly Login[] {
  return ways.flatMap(({ logins }) => logins);
}

function grantOf(login: Login): Grant {
  return login.credential?.grant ?? 'anonymous';
}

function resolutionOf(
  found: { readonly digest: Digest; readonly bytes?: Uint8Array; readonly mediaType?: string },
  login: Login,
): Resolution {
  return {
    digest: found.digest,
    ...(found.mediaType === undefined ? {} : { mediaType: found.mediaType }),
    ...(found.bytes === undefined ? {} : { document: found.bytes }),
    grant: grantOf(login),
    credential: login.source,
  };
}
