// Which token server a registry may name: checked before anything is sent there, and more strictly when a credential would be.
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import type { Endpoint } from './endpoints.ts';

export interface Realm {
  readonly url: URL;
  /** Whether it is the registry's own host, or one that the settings name for it: then the registry's route applies to it. */
  readonly isTrusted: boolean;
}

/** Registries whose token server is, and is documented to be, another host. */
const knownPairs: ReadonlyMap<string, string> = new Map([
  ['registry-1.docker.io', 'auth.docker.io'],
  ['registry.gitlab.com', 'gitlab.com'],
  ['docker.elastic.co', 'docker-auth.elastic.co'],
]);

/**
 * @param base what a relative realm is relative to: the URL that was answered with the challenge.
 * @throws Fault `registry/realm-refused`, `registry/protocol`.
 */
export function checkedRealm(text: string, base: URL, endpoint: Endpoint, hasCredential: boolean): Realm {
  const registry = endpoint.apiRoot;
  if (!URL.canParse(text, base)) throw refused(registry, 'is no URL');
  const url = new URL(text, base);
  url.hash = '';
  if (url.username !== '' || url.password !== '') throw refused(registry, 'has a login in it');
  const isOwn = url.hostname === registry.hostname;
  const isHttpLikeRegistry = url.protocol === 'http:' && registry.protocol === 'http:';
  if (url.protocol !== 'https:' && !isHttpLikeRegistry) throw refused(registry, 'is not HTTPS');
  const isNamed = (endpoint.entry?.tokenRealms ?? []).some((realm) => isSameHost(realm, url));
  // Over plain HTTP anyone on the way could have written the realm: it stays at the registry's host unless the settings name another.
  if (url.protocol === 'http:' && !isOwn && !isNamed) throw refused(registry, 'is plain HTTP at another host');
  const isKnown = knownPairs.get(registry.host) === url.host;
  if (hasCredential && !isOwn && !isNamed && !isKnown) {
    const message = `${registry.host} wants its credentials sent to ${printable(url.host)}; tokenRealms of its registry entry allows that`;
    throw new Fault('registry/realm-refused', message);
  }
  return { url, isTrusted: isOwn || isNamed };
}

/** `host` stands for every port, `host:port` for that one. */
function isSameHost(realm: string, url: URL): boolean {
  const name = realm.toLowerCase();
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return name === url.hostname || name === `${url.hostname}:${port}`;
}

function refused(registry: URL, why: string): Fault {
  return new Fault('registry/realm-refused', `the token server that ${registry.host} names ${why}`);
}
