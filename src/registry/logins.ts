// Requests with one login: answers the registry's challenge, and tries again once when what was sent has aged or was too narrow.
import { Fault, faultFromUnknown } from '../base/fault.ts';
import type { Errand } from './hosts.ts';
import type { Login } from './login.ts';
import { type ChallengedWay, connectionFor, type Proof, type Proofs, pullScope, wayFrom } from './proofs.ts';
import type { Redirects } from './redirects.ts';
import type { Routes } from './routes.ts';
import type { NetworkLimits } from './settings.ts';
import { faultFromReply } from './status-fault.ts';
import type { Reply } from './transport.ts';

interface LoginRequest {
  readonly method: 'GET' | 'HEAD';
  /** Below the API root: `library/nginx/manifests/latest`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly errand: Errand;
}

export interface Logins {
  /**
   * Sends a request and hands `consume` the first reply that the login has nothing more to do with. At most two requests and two
   * tokens, and one more of each when the registry asks for a wider scope.
   * @throws Fault `registry/unauthorized` when the login does not do, other `registry/*`, `cancelled`.
   */
  exchange<T>(
    login: Login,
    request: LoginRequest,
    signal: AbortSignal,
    consume: (reply: Reply) => Promise<T>,
  ): Promise<T>;
}

export interface LoginsDeps {
  readonly redirects: Redirects;
  readonly routes: Routes;
  readonly proofs: Proofs;
  readonly limits: NetworkLimits;
  readonly now: () => number;
}

/** One exchange under way: what was sent last, and what has been used up. */
interface Progress {
  readonly login: Login;
  readonly request: LoginRequest;
  readonly signal: AbortSignal;
  proof: Proof | undefined;
  sent: number;
  isRenewed: boolean;
  isWidened: boolean;
}

type Round<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'challenged'; readonly way: ChallengedWay }
  | { readonly kind: 'aged' };

export function createLogins({ redirects, routes, proofs, limits, now }: LoginsDeps): Logins {
  async function sendOnce<T>(progress: Progress, consume: (reply: Reply) => Promise<T>): Promise<Round<T>> {
    const { login, request, proof, signal } = progress;
    const url = new URL(request.path, login.endpoint.apiRoot);
    if (login.endpoint.namespace !== undefined) url.searchParams.set('ns', login.endpoint.namespace);
    const headers = { ...request.headers, ...(proof === undefined ? {} : { Authorization: proof.header }) };
    const sent = { method: request.method, url, headers, ...(await connectionFor(login, routes)) };
    progress.sent += 1;
    return redirects.follow(sent, request.errand, signal, async (reply): Promise<Round<T>> => {
      const isOwnHost = reply.request.url.origin === url.origin;
      const way = reply.status === 401 && isOwnHost ? wayFrom(reply) : undefined;
      if (way !== undefined && way.kind !== 'open') return { kind: 'challenged', way };
      if (isOwnHost && !progress.isRenewed && isAged(reply, proof)) return { kind: 'aged' };
      // HEAD has no body, and signed URLs may be for GET alone: the caller asks again with GET for the reason of a 403.
      if (reply.status === 401 || (reply.status === 403 && request.method === 'GET')) {
        throw await (isOwnHost ? refusalFrom(reply, progress) : storageRefusal(reply, progress));
      }
      return { kind: 'value', value: await consume(reply) };
    });
  }

  /** 400 or 403 without a challenge for a token that is not new: Amazon's registries say so that it has expired. */
  function isAged(reply: Reply, proof: Proof | undefined): boolean {
    if (reply.status !== 400 && reply.status !== 403) return false;
    return proof?.token !== undefined && now() - proof.token.obtainedAtMs > limits.expirySuspicionMs;
  }

  function refusalFrom(reply: Reply, { login, request }: Progress): Promise<Fault> {
    const what = `${request.errand.what} to ${login.source}`;
    return faultFromReply(reply, { what, nowMs: now(), maxErrorBytes: limits.maxErrorBytes });
  }

  /**
   * A refusal of the place that the registry redirected to: it got no login and says nothing about this one, whose challenge nobody
   * answers there. A new redirect may do better, as when a signed URL has just expired.
   */
  async function storageRefusal(reply: Reply, progress: Progress): Promise<Fault> {
    const { message } = await refusalFrom(reply, progress);
    return new Fault('registry/server-error', `${progress.login.endpoint.apiRoot.host} redirected, and ${message}`);
  }

  /** What to send after a challenge; undefined when everything was tried. */
  function answer(progress: Progress, way: ChallengedWay): Promise<Proof | undefined> {
    const { login, signal, proof } = progress;
    if (proof === undefined) return proofs.prove(login, way, signal);
    // A password that was refused, or a token that nobody here can renew.
    if (proof.token === undefined) return Promise.resolve(undefined);
    // The host has changed from tokens to passwords.
    if (way.kind === 'basic') return proofs.prove(login, way, signal);
    if (!progress.isWidened && way.scope !== undefined && asksForMore(way.scope, login)) {
      progress.isWidened = true;
      return proofs.prove(login, way, signal, { scope: way.scope });
    }
    const mayRenew = !progress.isRenewed && (progress.sent === 1 || !proof.isNew);
    return mayRenew ? renew(progress, way) : Promise.resolve(undefined);
  }

  /** A token server that cannot be asked may not be the one any longer that it was: what was learnt of the host is forgotten. */
  async function proved(login: Login, proof: Promise<Proof | undefined>): Promise<Proof | undefined> {
    try {
      return await proof;
    } catch (thrown) {
      if (!isAboutLogin(faultFromUnknown(thrown))) proofs.forget(login.endpoint);
      throw thrown;
    }
  }

  function renew(progress: Progress, way: ChallengedWay): Promise<Proof | undefined> {
    const { login, signal, proof } = progress;
    progress.isRenewed = true;
    return proofs.prove(login, way, signal, { ...(proof?.token === undefined ? {} : { stale: proof.token }) });
  }

  return {
    async exchange<T>(
      login: Login,
      request: LoginRequest,
      signal: AbortSignal,
      consume: (reply: Reply) => Promise<T>,
    ): Promise<T> {
      let way = await proofs.wayOf(login, signal);
      const proof = await proved(login, proofs.prove(login, way, signal));
      const progress: Progress = { login, request, signal, proof, sent: 0, isRenewed: false, isWidened: false };
      for (;;) {
        const round = await sendOnce(progress, consume);
        if (round.kind === 'value') return round.value;
        if (round.kind === 'challenged') {
          way = round.way;
          proofs.remember(login.endpoint, way);
          progress.proof = await proved(login, answer(progress, round.way));
        } else if (way !== undefined && way.kind !== 'open') {
          progress.proof = await proved(login, renew(progress, way));
        }
        if (progress.proof === undefined) throw refused(progress);
      }
    },
  };
}

/** Says something of a credential, or of who asked, and nothing of the token server. */
function isAboutLogin({ code }: Fault): boolean {
  return code === 'registry/unauthorized' || code === 'registry/rate-limited' || code === 'cancelled';
}

/** Whether a challenge names a scope beyond the one that is always asked for. */
function asksForMore(scope: string, login: Login): boolean {
  return scope.split(' ').some((one) => one !== '' && one !== pullScope(login));
}

function refused({ login, request }: Progress): Fault {
  const { host } = login.endpoint.apiRoot;
  return new Fault('registry/unauthorized', `${host} refuses ${request.errand.what} to ${login.source} (HTTP 401)`);
}
