// The three requests that reading an image takes: asking for a digest, fetching a manifest, fetching a config; all bytes verified.
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { verifyContent } from '../oci/descriptor.ts';
import { algorithmOf, type Digest, digestOf, parseDigest } from '../oci/digest.ts';
import type { DocumentLimits } from '../oci/limits.ts';
import { acceptHeader, bareMediaType } from '../oci/media-type.ts';
import type { Login } from './login.ts';
import type { Logins } from './logins.ts';
import type { RegistryLog, RegistryOperation } from './registry-log.ts';
import type { NetworkLimits } from './settings.ts';
import { faultFromReply } from './status-fault.ts';
import type { Reply } from './transport.ts';

/** What HEAD said. `unsure`: it has to be asked with GET (no digest, 405, or a refusal whose reason only a body tells). */
type HeadAnswer = { readonly kind: 'digest'; readonly digest: Digest } | { readonly kind: 'unsure' };

export interface FetchedManifest {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly mediaType?: string;
}

export interface Documents {
  /** One HEAD. A digest in the answer is the registry's claim. @throws Fault `registry/*`. */
  head(login: Login, target: string, signal: AbortSignal): Promise<HeadAnswer>;
  /** One GET by tag: the digest is computed. @throws Fault `registry/*`, `limit`. */
  manifestByTag(login: Login, tag: string, signal: AbortSignal): Promise<FetchedManifest>;
  /** One GET by digest. @throws Fault `registry/*`, `integrity/*`, `limit`. */
  manifestByDigest(login: Login, wanted: WantedBytes, signal: AbortSignal): Promise<FetchedManifest>;
  /** One GET of a blob. @throws Fault `registry/*`, `integrity/*`, `limit`. */
  config(login: Login, wanted: WantedBytes & { readonly size: number }, signal: AbortSignal): Promise<Uint8Array>;
}

interface WantedBytes {
  readonly digest: Digest;
  /** Bytes, where a descriptor told them. */
  readonly size?: number;
}

export interface DocumentsDeps {
  readonly logins: Logins;
  readonly limits: NetworkLimits;
  readonly documentLimits: DocumentLimits;
  readonly now: () => number;
  readonly log: RegistryLog;
}

export function createDocuments({ logins, limits, documentLimits, now, log }: DocumentsDeps): Documents {
  function exchange<T>(
    login: Login,
    asked: { readonly method: 'GET' | 'HEAD'; readonly kind: 'manifests' | 'blobs'; readonly target: string },
    operation: RegistryOperation,
    signal: AbortSignal,
    consume: (reply: Reply) => Promise<T>,
  ): Promise<T> {
    const { method, kind, target } = asked;
    const headers = kind === 'manifests' ? { Accept: acceptHeader } : { Accept: '*/*' };
    const path = `${login.repository}/${kind}/${target}`;
    const request = { method, path, headers, errand: errandFor(login, target, operation) };
    return logins.exchange(login, request, signal, consume);
  }

  async function expectOk(reply: Reply, login: Login, target: string): Promise<void> {
    if (reply.status === 200) return;
    const { what } = errandFor(login, target, 'resolve');
    throw await faultFromReply(reply, { what, nowMs: now(), maxErrorBytes: limits.maxErrorBytes });
  }

  async function readManifest(reply: Reply, login: Login, target: string, size?: number): Promise<Uint8Array> {
    await expectOk(reply, login, target);
    // Login pages of gateways come with 200; saying "not an image" of them would send people looking in the wrong place.
    if (mediaTypeOf(reply)?.mediaType === 'text/html') {
      throw new Fault('registry/protocol', `${reply.request.url.host} answered with a web page instead of a manifest`);
    }
    return readBounded(
      reply,
      'manifest',
      { name: 'maxManifestBytes', maxBytes: documentLimits.maxManifestBytes },
      size,
    );
  }

  function noteWrongHeader(reply: Reply, digest: Digest): void {
    const claimed = reply.header('docker-content-digest');
    if (claimed === undefined || claimed === digest) return;
    const fields = { host: reply.request.url.host, claimed: printable(claimed, 160), computed: digest };
    log.warn('a registry named a wrong digest for the manifest it sent; the computed one counts', fields);
  }

  return {
    head(login, target, signal) {
      return exchange(login, { method: 'HEAD', kind: 'manifests', target }, 'resolve', signal, async (reply) => {
        if (reply.status === 405 || reply.status === 403) return { kind: 'unsure' };
        await expectOk(reply, login, target);
        const digest = claimedDigest(reply);
        return digest === undefined ? { kind: 'unsure' } : { kind: 'digest', digest };
      });
    },
    manifestByTag(login, tag, signal) {
      return exchange(login, { method: 'GET', kind: 'manifests', target: tag }, 'resolve', signal, async (reply) => {
        const bytes = await readManifest(reply, login, tag);
        // A registry may store it under another algorithm than sha256; its word counts when the bytes prove it.
        const claimed = claimedDigest(reply);
        const isProven = claimed !== undefined && digestOf(bytes, algorithmOf(claimed)) === claimed;
        const digest = isProven ? claimed : digestOf(bytes);
        noteWrongHeader(reply, digest);
        return { digest, bytes, ...mediaTypeOf(reply) };
      });
    },
    manifestByDigest(login, { digest, size }, signal) {
      return exchange(
        login,
        { method: 'GET', kind: 'manifests', target: digest },
        'manifest',
        signal,
        async (reply) => {
          const bytes = await readManifest(reply, login, digest, size);
          verifyContent(bytes, { digest, size: size ?? bytes.length });
          return { digest, bytes, ...mediaTypeOf(reply) };
        },
      );
    },
    config(login, { digest, size }, signal) {
      const limit = { name: 'maxConfigBytes', maxBytes: documentLimits.maxConfigBytes };
      if (size > limit.maxBytes) return Promise.reject(overLimit('config', limit));
      return exchange(login, { method: 'GET', kind: 'blobs', target: digest }, 'config', signal, async (reply) => {
        await expectOk(reply, login, digest);
        const bytes = await readBounded(reply, 'config', limit, size);
        verifyContent(bytes, { digest, size });
        return bytes;
      });
    },
  };
}

function errandFor(
  login: Login,
  target: string,
  operation: RegistryOperation,
): {
  readonly operation: RegistryOperation;
  readonly what: string;
  readonly identity: string;
} {
  const separator = target.includes(':') ? '@' : ':';
  return { operation, what: `${login.repository}${separator}${target}`, identity: login.fingerprint };
}

interface NamedLimit {
  readonly name: string;
  readonly maxBytes: number;
}

/** Reads at most what the descriptor says, where there is one: a longer body is broken, not just large. */
function readBounded(reply: Reply, noun: string, limit: NamedLimit, size?: number): Promise<Uint8Array> {
  if (size !== undefined && size <= limit.maxBytes) {
    return reply.read({ maxBytes: size, tooLong: () => wrongSize(noun, size) });
  }
  return reply.read({ maxBytes: limit.maxBytes, tooLong: () => overLimit(noun, limit) });
}

function wrongSize(noun: string, size: number): Fault {
  return new Fault(
    'integrity/size',
    `the ${noun} that the registry sent is not ${size} bytes long, as its descriptor says`,
  );
}

function overLimit(noun: string, limit: NamedLimit): Fault {
  return new Fault('limit', `the ${noun} is longer than ${limit.maxBytes} bytes`, { limit: limit.name });
}

/** `Docker-Content-Digest`, when it is a digest that can be computed. */
function claimedDigest(reply: Reply): Digest | undefined {
  const text = reply.header('docker-content-digest');
  if (text === undefined) return undefined;
  try {
    return parseDigest(text);
  } catch {
    return undefined;
  }
}

function mediaTypeOf(reply: Reply): { readonly mediaType?: string } {
  const contentType = reply.header('content-type');
  return contentType === undefined ? {} : { mediaType: bareMediaType(contentType) };
}
