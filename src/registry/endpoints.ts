// Where the images of a reference are asked for: the mirrors that operators set, in order, then the registry itself.
import { isIP } from 'node:net';
import { Fault } from '../base/fault.ts';
import { oncePerObject } from '../base/once-per-object.ts';
import type { ImageReference } from '../oci/reference.ts';
import { type RegistryEntry, type RegistrySettings, registryEntryFor } from './settings.ts';

export interface Endpoint {
  /** Ends in `/v2/`, with a mirror's prefix behind it. */
  readonly apiRoot: URL;
  /** The host whose credentials are looked up: `docker.io` for Docker Hub, a mirror's own for a mirror. */
  readonly credentialHost: string;
  /** The reference's host, told to mirrors as `ns` so that one mirror can serve many registries (containerd's convention). */
  readonly namespace?: string;
  /** Whether it may say which digest a tag names. */
  readonly resolvesTags: boolean;
  /** The settings that apply to connections to it. */
  readonly entry?: RegistryEntry;
}

const hubHost = 'docker.io';
const hubEndpointHost = 'registry-1.docker.io';

/** @throws Fault `document/invalid` for a mirror whose URL cannot be used. */
export function endpointsFor(reference: ImageReference, settings: RegistrySettings): readonly Endpoint[] {
  return endpointsUnder(settings)(reference);
}

/** Settings stand for as long as the process does, and URLs are dear to make: what follows for a reference is found once. */
const endpointsUnder = oncePerObject((settings: RegistrySettings) =>
  oncePerObject((reference: ImageReference) => findEndpoints(reference, settings)),
);

function findEndpoints(reference: ImageReference, settings: RegistrySettings): readonly Endpoint[] {
  const entry = registryEntryFor(settings.registries, reference.host, reference.repository);
  const mirrors = (entry?.endpoints ?? []).map(({ url, resolveTags }): Endpoint => {
    const apiRoot = mirrorRoot(url);
    const own = registryEntryFor(settings.registries, apiRoot.host, '') ?? entry;
    return {
      apiRoot,
      credentialHost: apiRoot.host,
      namespace: reference.host,
      resolvesTags: resolveTags === true,
      ...(own === undefined ? {} : { entry: own }),
    };
  });
  return [...mirrors, upstream(reference, entry, settings.allowLoopback)];
}

/** `localhost`, names under it, 127.0.0.0/8 and `::1`; the host may carry a port. */
export function isLoopbackHost(host: string): boolean {
  const name = (host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:[0-9]+$/, '')).toLowerCase();
  if (isIP(name) === 4) return name.startsWith('127.');
  return name === '::1' || name === 'localhost' || name.endsWith('.localhost');
}

function upstream(reference: ImageReference, entry: RegistryEntry | undefined, allowLoopback: boolean): Endpoint {
  const host = reference.host === hubHost ? hubEndpointHost : reference.host;
  const scheme = speaksPlainHttp(host, entry, allowLoopback) ? 'http' : 'https';
  return {
    apiRoot: new URL(`${scheme}://${host}/v2/`),
    credentialHost: reference.host,
    resolvesTags: true,
    ...(entry === undefined ? {} : { entry }),
  };
}

/** Loopback speaks plain HTTP to the local user unless port or settings say TLS; nothing else does without being told. */
function speaksPlainHttp(host: string, entry: RegistryEntry | undefined, allowLoopback: boolean): boolean {
  if (entry?.plainHTTP !== undefined) return entry.plainHTTP;
  return allowLoopback && isLoopbackHost(host) && entry?.caFile === undefined && !host.endsWith(':443');
}

function mirrorRoot(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isUsable = url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:');
  if (!isUsable || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new Fault('document/invalid', 'the url of a mirror is https://host[:port][/prefix], without login or query');
  }
  const prefix = url.pathname.replace(/^\/v2(?=\/|$)/, '').replace(/^\/+|\/+$/g, '');
  return new URL(prefix === '' ? '/v2/' : `/v2/${prefix}/`, url);
}
