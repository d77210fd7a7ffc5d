// Follows redirects by this program's own rules: bounded, never down to plain HTTP, never with a login to another place.
import { Fault } from '../base/fault.ts';
import { isLoopbackHost } from './endpoints.ts';
import type { Errand, Hosts } from './hosts.ts';
import type { Routes } from './routes.ts';
import { type RegistryEntry, type RegistrySettings, registryEntryFor } from './settings.ts';
import type { HttpRequest, Reply } from './transport.ts';

export interface RedirectingRequest extends HttpRequest {
  /** The entry of the registry that the request is for. */
  readonly entry?: RegistryEntry;
}

export interface Redirects {
  /** As `Hosts.exchange`; `consume` gets the first reply that is no redirect. @throws also Fault `registry/redirect-refused`. */
  follow<T>(
    request: RedirectingRequest,
    errand: Errand,
    signal: AbortSignal,
    consume: (reply: Reply) => Promise<T>,
  ): Promise<T>;
}

export interface RedirectsDeps {
  readonly hosts: Hosts;
  readonly routes: Routes;
  readonly settings: RegistrySettings;
}

type Step<T> = { readonly kind: 'value'; readonly value: T } | { readonly kind: 'redirect'; readonly url: URL };

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function createRedirects({ hosts, routes, settings }: RedirectsDeps): Redirects {
  function targetOf(reply: Reply, request: RedirectingRequest): URL {
    const from = reply.request.url;
    const location = reply.header('location') ?? '';
    if (location === '' || !URL.canParse(location, from)) throw refused(from, 'to nowhere');
    const url = new URL(location, from);
    if (request.method === 'POST') throw refused(from, 'a login');
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refused(from, 'to something that is not HTTP');
    if (url.username !== '' || url.password !== '') throw refused(from, 'to a URL with a login in it');
    if (url.protocol === 'http:' && !speaksPlainHttp(url, from)) throw refused(from, `to plain HTTP at ${url.host}`);
    url.hash = '';
    return url;
  }

  /** Never down from TLS; from plain HTTP only where plain HTTP was chosen for that place too. */
  function speaksPlainHttp(url: URL, from: URL): boolean {
    if (from.protocol === 'https:') return false;
    if (url.origin === from.origin) return true;
    if (settings.allowLoopback && isLoopbackHost(url.host)) return true;
    return registryEntryFor(settings.registries, url.host, '')?.plainHTTP === true;
  }

  async function hop(request: RedirectingRequest, url: URL): Promise<RedirectingRequest> {
    if (url.origin === request.url.origin) return { ...request, url };
    const { Authorization: _, ...headers } = request.headers;
    return { ...request, url, headers, route: await routes.routeToOther(url, request.entry) };
  }

  return {
    async follow<T>(
      request: RedirectingRequest,
      errand: Errand,
      signal: AbortSignal,
      consume: (reply: Reply) => Promise<T>,
    ): Promise<T> {
      let current = request;
      for (let count = 0; count <= settings.limits.maxRedirects; count += 1) {
        const step: Step<T> = await hosts.exchange(current, errand, signal, async (reply): Promise<Step<T>> => {
          if (redirectStatuses.has(reply.status)) return { kind: 'redirect', url: targetOf(reply, current) };
          return { kind: 'value', value: await consume(reply) };
        });
        if (step.kind === 'value') return step.value;
        current = await hop(current, step.url);
      }
      throw refused(request.url, `more than ${settings.limits.maxRedirects} times`);
    },
  };
}

function refused(from: URL, where: string): Fault {
  return new Fault('registry/redirect-refused', `${from.host} redirected ${where}, which is not followed`);
}
