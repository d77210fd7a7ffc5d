// Bearer tokens: fetched once for everyone who needs the same one, kept until shortly before they end, never shared between credentials.
import { LRUCache } from 'lru-cache';
import { Fault } from '../base/fault.ts';
import { createSingleFlight } from '../base/single-flight.ts';
import type { Errand } from './hosts.ts';
import type { Login } from './login.ts';
import { checkedRealm, type Realm } from './realm.ts';
import type { Redirects } from './redirects.ts';
import type { Routes } from './routes.ts';
import type { NetworkLimits } from './settings.ts';
import { faultFromReply } from './status-fault.ts';
import { parseTokenAnswer, type Token } from './token-answer.ts';
import type { Reply } from './transport.ts';

interface TokenQuery {
  readonly realm: string;
  readonly service?: string;
  /** In order of need: some servers only read the first. */
  readonly scopes: readonly string[];
  /** The URL whose challenge named the realm. */
  readonly challengedUrl: URL;
}

export interface Tokens {
  /** @param stale a token that did not do: anything but it is fetched anew. @throws Fault `registry/*`, `cancelled`. */
  get(query: TokenQuery, login: Login, signal: AbortSignal, stale?: Token): Promise<Token>;
}

export interface TokensDeps {
  readonly redirects: Redirects;
  readonly routes: Routes;
  readonly limits: NetworkLimits;
  readonly now: () => number;
}

const clientId = 'tidewaiter';

/** Answers to an oauth2 POST that mean "not this way" (seen: 404 of GCR, 401 of Artifactory, 400 of ACR, 405). */
const postRefusals: ReadonlySet<number> = new Set([400, 401, 404, 405]);

export function createTokens({ redirects, routes, limits, now }: TokensDeps): Tokens {
  const tokens = new LRUCache<string, Token>({
    max: limits.maxRemembered,
    maxSize: limits.maxTokensBytes,
    sizeCalculation: ({ value }, key) => value.length + key.length,
  });
  const refreshTokens = new LRUCache<string, string>({
    max: limits.maxRemembered,
    maxSize: limits.maxTokensBytes,
    sizeCalculation: (value, key) => value.length + key.length,
  });
  const flights = createSingleFlight<Token>({ deadlineMs: limits.sharedDeadlineMs });

  /** Sends one token request; undefined when a POST is refused as such. */
  async function ask(realm: Realm, form: TokenForm, login: Login, signal: AbortSignal): Promise<Token | undefined> {
    const { endpoint } = login;
    const route = realm.isTrusted ? routes.routeFor(endpoint.entry) : routes.routeToOther(realm.url, endpoint.entry);
    const request = { ...form, route: await route, ...(endpoint.entry === undefined ? {} : { entry: endpoint.entry }) };
    return redirects.follow(request, errandOf(login), signal, async (reply) => {
      if (form.method === 'POST' && postRefusals.has(reply.status)) return undefined;
      if (reply.status !== 200) throw await tokenRefusal(reply, login);
      const tooLong = (): Fault =>
        new Fault('limit', 'the token server sent too long an answer', { limit: 'maxTokenBytes' });
      return parseTokenAnswer(await reply.read({ maxBytes: limits.maxTokenBytes, tooLong }), now(), limits);
    });
  }

  async function tokenRefusal(reply: Reply, login: Login): Promise<Fault> {
    const what = `a token for ${login.repository} to ${login.source}`;
    const fault = await faultFromReply(reply, { what, nowMs: now(), maxErrorBytes: limits.maxErrorBytes });
    // Whatever the token server dislikes about the request, it is this login that cannot be used.
    return reply.status < 500 ? new Fault('registry/unauthorized', fault.message) : fault;
  }

  async function fetchToken(query: TokenQuery, login: Login, key: string, signal: AbortSignal): Promise<Token> {
    const { credential } = login;
    const realm = checkedRealm(query.realm, query.challengedUrl, login.endpoint, credential !== undefined);
    const given = credential?.login.kind === 'identity-token' ? credential.login.token : undefined;
    const refreshKey = JSON.stringify([realm.url.href, query.service, login.fingerprint]);
    const refreshToken = refreshTokens.get(refreshKey) ?? given;
    let token: Token | undefined;
    if (refreshToken !== undefined) {
      token = await ask(realm, postForm(realm.url, query, refreshToken), login, signal);
      if (token === undefined && given !== undefined) {
        throw new Fault('registry/unauthorized', `the token server refuses the identity token of ${login.source}`);
      }
      if (token === undefined) refreshTokens.delete(refreshKey);
    }
    token ??= await ask(realm, getForm(realm.url, query, login), login, signal);
    if (token === undefined) throw new Fault('internal', 'a token request by GET was taken for one by POST');
    if (token.refreshToken !== undefined) refreshTokens.set(refreshKey, token.refreshToken);
    tokens.set(key, token);
    return token;
  }

  return {
    async get(query, login, signal, stale) {
      const scopes = [...query.scopes].sort();
      const key = JSON.stringify([
        query.realm,
        login.endpoint.apiRoot.origin,
        query.service,
        scopes,
        login.fingerprint,
      ]);
      const known = tokens.get(key);
      if (known !== undefined && known.value !== stale?.value && known.renewAtMs > now()) return known;
      return flights.run(key, signal, (shared) => fetchToken(query, login, key, shared));
    },
  };
}

function errandOf(login: Login): Errand {
  return { operation: 'token', what: `a token for ${login.repository}`, identity: login.fingerprint };
}

interface TokenForm {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The docker token flow. Parameters that the realm has already are kept. */
function getForm(realm: URL, query: TokenQuery, login: Login): TokenForm {
  const url = new URL(realm);
  const password = login.credential?.login.kind === 'password' ? login.credential.login : undefined;
  if (query.service !== undefined) url.searchParams.set('service', query.service);
  for (const scope of query.scopes) url.searchParams.append('scope', scope);
  if (password !== undefined) url.searchParams.set('account', password.username);
  url.searchParams.set('client_id', clientId);
  return {
    method: 'GET',
    url,
    headers: password === undefined ? {} : { Authorization: basicAuthorization(password) },
  };
}

/** The OAuth 2 refresh flow, as the docker token server describes it. */
function postForm(realm: URL, query: TokenQuery, refreshToken: string): TokenForm {
  const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: clientId });
  if (query.service !== undefined) form.set('service', query.service);
  form.set('scope', query.scopes.join(' '));
  form.set('refresh_token', refreshToken);
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', url: realm, headers, body: form.toString() };
}

/** UTF-8 in both parts (RFC 7617 2.1), which is what registries expect. */
export function basicAuthorization(login: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${login.username}:${login.password}`, 'utf8').toString('base64')}`;
}
