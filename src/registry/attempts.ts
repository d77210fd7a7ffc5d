// Tries every way in to an image in order: mirrors before the registry, each credential that fits before none.
import { Fault, type FaultCode, faultFromUnknown } from '../base/fault.ts';
import { oncePerObject } from '../base/once-per-object.ts';
import type { Access, Credential, Keyring } from '../inspection/image-source.ts';
import type { ImageReference } from '../oci/reference.ts';
import { credentialFingerprint } from './credential-fingerprint.ts';
import { type Endpoint, endpointsFor } from './endpoints.ts';
import type { Login } from './login.ts';
import type { RegistryMemory } from './memory.ts';
import type { Retry } from './retry.ts';
import type { RegistrySettings } from './settings.ts';

/** All logins for one endpoint, in the order in which they are tried; the last is anonymous. */
export interface WayIn {
  readonly endpoint: Endpoint;
  readonly logins: readonly Login[];
}

interface Attempted<T> {
  readonly login: Login;
  readonly value: T;
}

export interface AttemptsDeps {
  readonly memory: RegistryMemory;
  readonly retry: Retry;
}

/** One endpoint of an image, before any credential is known. */
interface Door {
  readonly endpoint: Endpoint;
  /** The image under the host whose credentials are looked up. */
  readonly asked: ImageReference;
  /** For whoever has no credential. */
  readonly unlocked: WayIn;
}

const doorsUnder = oncePerObject((settings: RegistrySettings) =>
  oncePerObject((reference: ImageReference): readonly Door[] =>
    endpointsFor(reference, settings).map((endpoint) => ({
      endpoint,
      asked: { ...reference, host: endpoint.credentialHost },
      unlocked: { endpoint, logins: [loginAt(endpoint, reference.repository, undefined)] },
    })),
  ),
);

/** Looks up the credentials for each endpoint; a mirror is only ever given those for its own host. */
export async function waysInto(
  reference: ImageReference,
  access: Access,
  settings: RegistrySettings,
): Promise<readonly WayIn[]> {
  const { maxCredentials } = settings.limits;
  const ways: WayIn[] = [];
  for (const door of doorsUnder(settings)(reference)) {
    const credentials = await lookup(door.asked, access);
    if (credentials.length > maxCredentials) {
      throw new Fault('limit', `more than ${maxCredentials} credentials match the image`, { limit: 'maxCredentials' });
    }
    ways.push(wayThrough(door, credentials));
  }
  return ways;
}

/** The same at once; undefined where the keyring has to wait for something, or gives more than may be tried. */
export function waysAtHand(
  reference: ImageReference,
  keyring: Keyring,
  settings: RegistrySettings,
): readonly WayIn[] | undefined {
  const ways: WayIn[] = [];
  for (const door of doorsUnder(settings)(reference)) {
    const credentials = keyring.atHand?.(door.asked);
    if (credentials === undefined || credentials.length > settings.limits.maxCredentials) return undefined;
    ways.push(wayThrough(door, credentials));
  }
  return ways;
}

function wayThrough({ unlocked, asked }: Door, credentials: readonly Credential[]): WayIn {
  if (credentials.length === 0) return unlocked;
  const { endpoint, logins } = unlocked;
  return { endpoint, logins: [...credentials.map((known) => loginAt(endpoint, asked.repository, known)), ...logins] };
}

function loginAt(endpoint: Endpoint, repository: string, credential: Credential | undefined): Login {
  const fingerprint = credentialFingerprint(credential);
  const source = credential?.source ?? 'anonymous';
  return { endpoint, repository, fingerprint, source, ...(credential === undefined ? {} : { credential }) };
}

/** Keyrings end with the caller's signal by throwing its reason; here everything is a Fault. */
async function lookup(reference: ImageReference, access: Access): Promise<readonly Credential[]> {
  try {
    return await access.keyring.lookup(reference, access.signal);
  } catch (thrown) {
    throw faultFromUnknown(thrown);
  }
}

/** The logins of `ways` whose credentials are not in `earlier`; empty when there are none. */
export function newWays(ways: readonly WayIn[], earlier: readonly WayIn[]): readonly WayIn[] {
  const seen = new Set(earlier.flatMap(({ logins }) => logins.map(({ fingerprint }) => fingerprint)));
  return ways
    .map(({ endpoint, logins }) => ({ endpoint, logins: logins.filter(({ fingerprint }) => !seen.has(fingerprint)) }))
    .filter(({ logins }) => logins.length > 0);
}

export interface Attempts {
  /**
   * Runs `work` with one login after another until one succeeds, which proves its authorisation. A refusal leads to the next login,
   * a mirror that has nothing or cannot be asked to the next endpoint; everything else ends it.
   * @param path what is asked for, below the repository; refusals are remembered by it.
   * @throws Fault: the most telling of those that occurred.
   */
  first<T>(
    ways: readonly WayIn[],
    path: string,
    signal: AbortSignal,
    work: (login: Login) => Promise<T>,
  ): Promise<Attempted<T>>;
}

export function createAttempts({ memory, retry }: AttemptsDeps): Attempts {
  async function tryLogin<T>(
    login: Login,
    path: string,
    signal: AbortSignal,
    work: (login: Login) => Promise<T>,
  ): Promise<Attempted<T> | Fault> {
    const remembered = memory.refusal(login, path);
    if (remembered !== undefined) return remembered;
    try {
      const value = await retry.run(signal, () => work(login));
      memory.rememberAuthorised(login);
      return { login, value };
    } catch (thrown) {
      if (!(thrown instanceof Fault) || !refusalCodes.has(thrown.code)) throw thrown;
      memory.rememberRefusal(login, path, thrown);
      return thrown;
    }
  }

  async function tryEndpoint<T>(
    way: WayIn,
    path: string,
    signal: AbortSignal,
    work: (login: Login) => Promise<T>,
  ): Promise<Attempted<T> | Fault> {
    const failures: { readonly login: Login; readonly fault: Fault }[] = [];
    for (const login of provenFirst(way.logins, memory)) {
      // Who may read the repository has been told that it has no such thing: nobody else can know better.
      const isTold = failures.some(({ fault }) => fault.code === 'registry/not-found');
      if (isTold && login.credential === undefined) continue;
      const result = await tryLogin(login, path, signal, work).catch((thrown: unknown) => {
        // A refused token server is why a credential is of no use; that anonymous gets no further there says less.
        const realm = failures.find(({ fault }) => fault.code === 'registry/realm-refused');
        throw login.credential === undefined && realm !== undefined ? realm.fault : thrown;
      });
      if (!(result instanceof Fault)) return result;
      failures.push({ login, fault: result });
    }
    return mostTelling(failures);
  }

  return {
    async first(ways, path, signal, work) {
      let last: Fault | undefined;
      for (const [index, way] of ways.entries()) {
        const isLast = index === ways.length - 1;
        try {
          const result = await tryEndpoint(way, path, signal, work);
          if (!(result instanceof Fault)) return result;
          last = result;
        } catch (thrown) {
          if (isLast || signal.aborted || !(thrown instanceof Fault) || !skippableAtMirror.has(thrown.code))
            throw thrown;
          last = thrown;
        }
      }
      throw last ?? new Fault('internal', 'an image has no endpoint');
    },
  };
}

/** Failures of a login, after which another may do. */
const refusalCodes: ReadonlySet<FaultCode> = new Set([
  'registry/unauthorized',
  'registry/not-found',
  'registry/realm-refused',
]);

/** Failures of a mirror, after which the next endpoint is asked. Wrong bytes are not among them: they must be heard. */
const skippableAtMirror: ReadonlySet<FaultCode> = new Set([
  'registry/unreachable',
  'registry/timeout',
  'registry/tls',
  'registry/server-error',
  'registry/rate-limited',
  'registry/circuit-open',
  'registry/protocol',
  'registry/address-refused',
  'registry/redirect-refused',
]);

function provenFirst(logins: readonly Login[], memory: RegistryMemory): readonly Login[] {
  const isProven = (login: Login): boolean => memory.isAuthorisationLive(login);
  return [...logins.filter(isProven), ...logins.filter((login) => !isProven(login))];
}

/** A login's "there is no such thing" beats refusals; among refusals the first credential's, with all that were tried. */
function mostTelling(failures: readonly { readonly login: Login; readonly fault: Fault }[]): Fault {
  const withCredential = failures.filter(({ login }) => login.credential !== undefined);
  const absent = withCredential.find(({ fault }) => fault.code === 'registry/not-found');
  const realm = withCredential.find(({ fault }) => fault.code === 'registry/realm-refused');
  const [first] = withCredential.length === 0 ? failures : withCredential;
  const chosen = absent ?? realm ?? first;
  if (chosen === undefined) return new Fault('internal', 'an endpoint was asked with no login at all');
  if (failures.length < 2 || chosen !== first || chosen.fault.code !== 'registry/unauthorized') return chosen.fault;
  const others = failures.filter((failure) => failure !== chosen).map(({ login }) => login.source);
  return new Fault(chosen.fault.code, `${chosen.fault.message}; also tried ${others.join(', ')}`);
}
