// Image references, parsed and normalised exactly as containerd does.
import { LRUCache } from 'lru-cache';
import { Fault } from '../base/fault.ts';
import { oncePerObject } from '../base/once-per-object.ts';
import { type Digest, parseDigest } from './digest.ts';

/** `host/repository[:tag][@digest]`; always has a tag or a digest. When both are there the digest wins and the tag is a label. */
export interface ImageReference {
  /** As containerd normalises it: Docker Hub is `docker.io`; otherwise as written, with the port. */
  readonly host: string;
  /** Without host, `library/` filled in for Docker Hub. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** No valid reference comes near it; it is checked before any pattern sees the text. */
const maxReferenceLength = 1024;

/** distribution/reference `RepositoryNameTotalLengthMax`; counted without the host. */
const maxRepositoryLength = 255;

const maxPort = 65_535;

const hubHost = 'docker.io';
const officialPrefix = 'library/';

/** Names of Docker Hub that people and tools write; they are one registry to a policy (they stay apart for fetching). */
const hubAliases: ReadonlySet<string> = new Set([
  hubHost,
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
]);

const imageIdGrammar = /^[a-f0-9]{64}$/;

const hostGrammar =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::([0-9]+))?$/;

const repositoryGrammar = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;

const tagGrammar = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** A cluster runs some hundreds of images, and every review names some of them again. A longest reference takes about 2 KiB. */
const maxRemembered = 2_000;

/** Parsing is a pure function of the text; what it makes is immutable, and what others derive from it hangs on the same object. */
const remembered = new LRUCache<string, ImageReference>({ max: maxRemembered });

/**
 * Parses what stands in an `image` field (distribution/reference `ParseNormalizedNamed`; a missing tag and digest mean `latest`).
 * Narrower than that library in two ways: at most 1,024 characters, and a host that no URL can hold is refused.
 * @throws Fault `reference/invalid`, or `digest/unsupported` for a well-formed digest of an algorithm that cannot be computed.
 */
export function parseReference(text: string): ImageReference {
  const earlier = remembered.get(text);
  if (earlier !== undefined) return earlier;
  const reference = readReference(text);
  remembered.set(text, reference);
  return reference;
}

function readReference(text: string): ImageReference {
  if (text.length > maxReferenceLength) {
    throw invalid(`an image reference has at most ${maxReferenceLength} characters`);
  }
  if (text === '') throw invalid('an image reference is empty');
  if (imageIdGrammar.test(text)) throw invalid('64 hexadecimal digits are an image id, not a name');

  const { host, rest } = splitHost(text);
  const { repository, tag, digest } = splitRest(rest);
  checkHost(host);
  checkRepository(repository);
  if (tag !== undefined && !tagGrammar.test(tag)) {
    throw invalid('a tag has 1 to 128 letters, digits, _, . and -, and begins with a letter, a digit or _');
  }
  return {
    host,
    repository,
    ...(tag !== undefined ? { tag } : digest === undefined ? { tag: 'latest' } : {}),
    ...(digest === undefined ? {} : { digest: parseDigest(digest) }),
  };
}

/** The canonical text: everything written out, tag and digest both when both are there. `parseReference` reads it back unchanged. */
export const formatReference = oncePerObject((reference: ImageReference): string => {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${reference.host}/${reference.repository}${tag}${digest}`;
});

/**
 * `host/repository` as policies match it: Docker Hub's aliases are `docker.io`, the host is lower case, port 443 is dropped.
 * For matching only; fetching uses the host as written.
 */
export const canonicalName = oncePerObject(
  (reference: ImageReference): string => `${canonicalHost(reference.host)}/${reference.repository}`,
);

/** The host part of `canonicalName`. Ports lose leading zeros, because `:0443` reaches the same place. */
export function canonicalHost(host: string): string {
  const match = /:([0-9]+)$/.exec(host);
  const name = (match === null ? host : host.slice(0, match.index)).toLowerCase();
  const port = match === null ? undefined : Number(match[1]);
  if (port !== undefined && port !== 443) return `${name}:${port}`;
  return hubAliases.has(name) ? hubHost : name;
}

function splitHost(text: string): { readonly host: string; readonly rest: string } {
  const slash = text.indexOf('/');
  if (slash === -1) return { host: hubHost, rest: officialPrefix + text };
  const first = text.slice(0, slash);
  const remainder = text.slice(slash + 1);
  const isHost = first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase();
  const host = !isHost || first === 'index.docker.io' ? hubHost : first;
  const rest = isHost ? remainder : text;
  return { host, rest: host === hubHost && !rest.includes('/') ? officialPrefix + rest : rest };
}

function splitRest(rest: string): {
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
} {
  const at = rest.indexOf('@');
  const name = at === -1 ? rest : rest.slice(0, at);
  const colon = name.indexOf(':');
  return {
    repository: colon === -1 ? name : name.slice(0, colon),
    tag: colon === -1 ? undefined : name.slice(colon + 1),
    digest: at === -1 ? undefined : rest.slice(at + 1),
  };
}

function checkHost(host: string): void {
  const match = hostGrammar.exec(host);
  if (match === null)
    throw invalid('the registry host is not a host name, an IPv4 address or an IPv6 address in brackets');
  if (match[1] !== undefined && Number(match[1]) > maxPort) throw invalid(`a port is at most ${maxPort}`);
}

function checkRepository(repository: string): void {
  if (repository !== repository.toLowerCase()) throw invalid('a repository name must be lower case');
  if (!repositoryGrammar.test(repository)) {
    throw invalid('a repository name has lower-case letters and digits, joined by ., _, __, - and /');
  }
  if (repository.length > maxRepositoryLength) {
    throw invalid(`a repository name has at most ${maxRepositoryLength} characters`);
  }
}

function invalid(message: string): Fault {
  return new Fault('reference/invalid', message);
}
