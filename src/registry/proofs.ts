// What proves a login to a host: learns once how the host wants to be spoken to, then makes the `Authorization` header for it.
import { LRUCache } from 'lru-cache';
import { Fault } from '../base/fault.ts';
import { type AuthenticationWay, chooseWay, parseChallenges } from './challenge.ts';
import type { Endpoint } from './endpoints.ts';
import type { Errand } from './hosts.ts';
import type { Login } from './login.ts';
import type { RedirectingRequest, Redirects } from './redirects.ts';
import type { Routes } from './routes.ts';
import type { NetworkLimits } from './settings.ts';
import type { Token } from './token-answer.ts';
import { basicAuthorization, type Tokens } from './tokens.ts';
import type { Reply } from './transport.ts';

/** How a host wants to be spoken to, and which URL said so. */
export type ChallengedWay = AuthenticationWay & { readonly challengedUrl: URL };
export type Way = { readonly kind: 'open' } | ChallengedWay;

/** What is sent along. `token` is absent for what does not age. */
export interface Proof {
  readonly header: string;
  readonly token?: Token;
  /** Whether it was obtained just now, so that the same again would do no better. */
  readonly isNew: boolean;
}

interface ProofWishes {
  /** A token that did not do. */
  readonly stale?: Token;
  /** Scopes that a challenge asked for instead of plain `pull`. */
  readonly scope?: string;
}

export interface Proofs {
  /**
   * The way that is known for the host, learnt by a request to its API root when the login has a credential to spend: some registries
   * answer anonymous requests for private images with 404 instead of a challenge. Undefined when nothing is known.
   */
  wayOf(login: Login, signal: AbortSignal): Promise<Way | undefined>;
  remember(endpoint: Endpoint, way: Way): void;
  /** The next request asks the host anew. */
  forget(endpoint: Endpoint): void;
  /** Undefined when there is nothing to send. @throws Fault `registry/unauthorized` when the credential does not fit the way. */
  prove(login: Login, way: Way | undefined, signal: AbortSignal, wishes?: ProofWishes): Promise<Proof | undefined>;
}

export interface ProofsDeps {
  readonly redirects: Redirects;
  readonly routes: Routes;
  readonly tokens: Tokens;
  readonly limits: NetworkLimits;
  readonly now: () => number;
}

export function createProofs({ redirects, routes, tokens, limits, now }: ProofsDeps): Proofs {
  const ways = new LRUCache<string, { readonly way: Way; readonly learntAtMs: number }>({ max: limits.maxHosts });

  function remember(endpoint: Endpoint, way: Way): void {
    ways.set(endpoint.apiRoot.href, { way, learntAtMs: now() });
  }

  async function ping(login: Login, signal: AbortSignal): Promise<Way> {
    const url = login.endpoint.apiRoot;
    const request = { method: 'GET' as const, url, headers: {}, ...(await connectionFor(login, routes)) };
    const errand: Errand = { operation: 'ping', what: 'its API', identity: login.fingerprint };
    return redirects.follow(request, errand, signal, async (reply): Promise<Way> => {
      // Gateways answer 403 or 404 here and still serve images; only a challenge says something.
      return reply.status === 401 && reply.request.url.origin === url.origin ? wayFrom(reply) : { kind: 'open' };
    });
  }

  return {
    remember,
    forget: (endpoint) => void ways.delete(endpoint.apiRoot.href),
    async wayOf(login, signal) {
      const known = ways.get(login.endpoint.apiRoot.href);
      if (known !== undefined && now() - known.learntAtMs < limits.challengeMs) return known.way;
      if (login.credential === undefined || login.credential.login.kind === 'registry-token') return undefined;
      const way = await ping(login, signal);
      remember(login.endpoint, way);
      return way;
    },
    async prove(login, way, signal, wishes = {}) {
      const given = login.credential?.login;
      if (given?.kind === 'registry-token') return { header: `Bearer ${given.token}`, isNew: true };
      if (way === undefined || way.kind === 'open') return undefined;
      if (way.kind === 'basic') {
        if (given === undefined) return undefined;
        if (given.kind === 'password') return { header: basicAuthorization(given), isNew: true };
        throw new Fault('registry/unauthorized', `${login.endpoint.apiRoot.host} wants a user name and a password`);
      }
      const named = (wishes.scope?.split(' ') ?? []).filter((scope) => scope !== '');
      const query = { ...way, scopes: named.length === 0 ? [pullScope(login)] : named };
      const startedMs = now();
      const token = await tokens.get(query, login, signal, wishes.stale);
      return { header: `Bearer ${token.value}`, token, isNew: token.obtainedAtMs >= startedMs };
    },
  };
}

/** What every token is asked for (the docker token specification's scope grammar). */
export function pullScope(login: Login): string {
  return `repository:${login.repository}:pull`;
}

/** The connection settings for a request to the login's own endpoint. */
export async function connectionFor(
  login: Login,
  routes: Routes,
): Promise<Pick<RedirectingRequest, 'route' | 'entry'>> {
  const { entry } = login.endpoint;
  return { route: await routes.routeFor(entry), ...(entry === undefined ? {} : { entry }) };
}

/** What a 401 asks for; `open` when it asks for nothing that can be given. @throws Fault `registry/protocol` for an unreadable challenge. */
export function wayFrom(reply: Reply): Way {
  const way = chooseWay(parseChallenges(reply.header('www-authenticate') ?? ''));
  return way === undefined ? { kind: 'open' } : { ...way, challengedUrl: reply.request.url };
}
