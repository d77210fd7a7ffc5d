// What operators can set about registries, and every limit of the network with its default and reason.
import { type DocumentLimits, defaultDocumentLimits } from '../oci/limits.ts';
import { canonicalHost } from '../oci/reference.ts';

/**
 * Another place to ask for the images of a registry, before the registry itself. It is trusted with who may read: what it gives
 * to anyone, anyone may read here.
 */
export interface MirrorSetting {
  /** `https://mirror.internal[/prefix]`; `http://` is an explicit choice. The API is expected at `/v2/<prefix>/`. */
  readonly url: string;
  /** Whether it may say which digest a tag names; otherwise it only serves content by digest. Default false: a stale mirror then cannot move a tag. */
  readonly resolveTags?: boolean;
}

/** One entry of `registries`; the entry with the longest matching prefix applies, others do not. */
export interface RegistryEntry {
  /** `host[:port][/path]`, compared in whole path segments. */
  readonly match: string;
  /** Mirrors, asked in order; the registry itself is asked last. */
  readonly endpoints?: readonly MirrorSetting[];
  /** true: plain HTTP. false: TLS even on loopback. Absent: TLS, except for loopback where loopback is allowed. */
  readonly plainHTTP?: boolean;
  /** PEM; added to the public roots, never in their place. Read again when its content changes. */
  readonly caFile?: string;
  readonly clientCertificateFile?: string;
  readonly clientKeyFile?: string;
  /** CIDR ranges or addresses that the address rule would refuse, opened for this registry's own hosts. */
  readonly allowAddresses?: readonly string[];
  /** `host[:port]` of token servers that may be given this registry's credentials. */
  readonly tokenRealms?: readonly string[];
}

/** As the environment's conventional variables give them; read by the caller. */
export interface ProxySettings {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  /** `NO_PROXY` in the form and with the meaning that Go programs give it. */
  readonly noProxy?: string;
}

export interface NetworkLimits {
  /** TCP and TLS handshake of one connection. Must fit an admission deadline of 10 s with one retry. */
  readonly connectTimeoutMs: number;
  /** From sending a request to its response headers. */
  readonly responseTimeoutMs: number;
  /** Reading one small document whole. */
  readonly bodyTimeoutMs: number;
  /** Waiting for the headers of a layer, or its next bytes: long enough for a blob store or mirror that fetches what is cold. */
  readonly layerStallMs: number;
  /** A stretch of waiting for a layer's bytes, at the end of which `minLayerPaceBytes` have to be there. */
  readonly layerPaceMs: number;
  /** What each such stretch has to bring, or a host that drips would hold a place for days: 1 MiB in 30 s is 35 KiB/s, a tenth of a poor line. */
  readonly minLayerPaceBytes: number;
  /** How often a layer whose connection broke off is taken up again. */
  readonly maxLayerResumes: number;
  /** One piece of work that several callers share, whoever waits for it: longer than any review, so that the next one profits. */
  readonly sharedDeadlineMs: number;
  /** Token answers hold a few KiB; go-containerregistry reads no more either. */
  readonly maxTokenBytes: number;
  /** Error bodies are read for one sentence. */
  readonly maxErrorBytes: number;
  readonly maxRedirects: number;
  /** Repetitions of a request that failed for a passing reason. */
  readonly maxRetries: number;
  /** Waiting before the first repetition; three times as long before each next one, with jitter. */
  readonly retryBaseMs: number;
  /** A `Retry-After` up to this is waited for; a longer one fails at once and blocks the host until then. */
  readonly maxRetryAfterMs: number;
  /** A host is never blocked longer than this on its own word. */
  readonly maxBlockMs: number;
  /** Credentials tried for one image; whoever may write pull secrets could otherwise have a registry asked without end. */
  readonly maxCredentials: number;
  /** Requests to one host at once; containerd and go-containerregistry use 3 and 4. */
  readonly maxRequestsPerHost: number;
  /** Layers streamed from one registry or mirror at once, apart from other requests, which pass by them; containerd and Docker use 3. */
  readonly maxLayersPerHost: number;
  /** Requests to all hosts at once, layers apart: bounds sockets. Hosts that hang hold their places, so there are many. */
  readonly maxRequests: number;
  /** Answers read at once, from all hosts: bounds memory to that many documents of the largest size. */
  readonly maxReads: number;
  /** Failures in a row after which a host is left alone. */
  readonly circuitFailures: number;
  /** How long a host is left alone before one request may try it again. */
  readonly circuitOpenMs: number;
  /** Every token lives at least this long, whatever the server says (docker token specification: 60 s). */
  readonly tokenFloorMs: number;
  /** Tokens are renewed this long before they end. */
  readonly tokenSkewMs: number;
  /** No token is used longer than this, whatever the server says. */
  readonly tokenCeilingMs: number;
  /** A 400 or 403 of a login older than this may mean that it has expired (Amazon ECR answers so). */
  readonly expirySuspicionMs: number;
  /** How long a host's way to authenticate is remembered. */
  readonly challengeMs: number;
  /** How long a proof that a credential may read a repository holds. */
  readonly authorisationMs: number;
  /** How long a tag's digest is used without asking. 0: always asked. */
  readonly tagsFreshForMs: number;
  /** How long "not found" is remembered: short, because a deploy often follows its push closely. */
  readonly notFoundMs: number;
  /** How long "unauthorized" is remembered for the same credential. */
  readonly unauthorizedMs: number;
  /** How long the content of CA and client certificate files is used before they are read again. */
  readonly tlsFilesFreshForMs: number;
  /** Entries of each bounded memory (tags, authorisations, refusals, …). */
  readonly maxRemembered: number;
  /** Tokens kept, by their length: a few KiB each where nobody means harm, and thousands of them. */
  readonly maxTokensBytes: number;
  /** Hosts with open connections or remembered failures. */
  readonly maxHosts: number;
}

export const defaultNetworkLimits: NetworkLimits = {
  connectTimeoutMs: 3_000,
  responseTimeoutMs: 5_000,
  bodyTimeoutMs: 15_000,
  layerStallMs: 30_000,
  layerPaceMs: 30_000,
  minLayerPaceBytes: 1024 * 1024,
  maxLayerResumes: 5,
  sharedDeadlineMs: 30_000,
  maxTokenBytes: 64 * 1024,
  maxErrorBytes: 64 * 1024,
  maxRedirects: 5,
  maxRetries: 2,
  retryBaseMs: 100,
  maxRetryAfterMs: 5_000,
  maxBlockMs: 60 * 60_000,
  maxCredentials: 32,
  maxRequestsPerHost: 4,
  maxLayersPerHost: 3,
  maxRequests: 256,
  maxReads: 32,
  circuitFailures: 5,
  circuitOpenMs: 10_000,
  tokenFloorMs: 60_000,
  tokenSkewMs: 10_000,
  tokenCeilingMs: 24 * 60 * 60_000,
  expirySuspicionMs: 60_000,
  challengeMs: 60 * 60_000,
  authorisationMs: 5 * 60_000,
  tagsFreshForMs: 0,
  notFoundMs: 10_000,
  unauthorizedMs: 60_000,
  tlsFilesFreshForMs: 10_000,
  maxRemembered: 20_000,
  maxTokensBytes: 16 * 1024 * 1024,
  maxHosts: 1_000,
};

export interface RegistrySettings {
  readonly registries: readonly RegistryEntry[];
  readonly limits: NetworkLimits;
  readonly documentLimits: DocumentLimits;
  /** Whether loopback addresses may be dialled, and plain HTTP spoken there: for a command line, never for the service. */
  readonly allowLoopback: boolean;
  /** Addresses refused besides the built-in ones: the API server's own. */
  readonly refuseAddresses: readonly string[];
  readonly proxy: ProxySettings;
  /** How long what was last known counts while a registry cannot be asked (`lastKnown.maxAge`). */
  readonly lastKnownMaxAgeMs: number;
  readonly userAgent: string;
}

export const defaultRegistrySettings: RegistrySettings = {
  registries: [],
  limits: defaultNetworkLimits,
  documentLimits: defaultDocumentLimits,
  allowLoopback: false,
  refuseAddresses: [],
  proxy: {},
  lastKnownMaxAgeMs: 24 * 60 * 60_000,
  userAgent: 'tidewaiter',
};

/** The entry with the longest `match` that is a prefix of `host/path` in whole segments; hosts are compared as policies compare them. */
export function registryEntryFor(
  entries: readonly RegistryEntry[],
  host: string,
  repository: string,
): RegistryEntry | undefined {
  const name = `${canonicalHost(host)}/${repository}/`;
  let best: { readonly entry: RegistryEntry; readonly length: number } | undefined;
  for (const entry of entries) {
    const prefix = normalisedPrefix(entry.match);
    if (name.startsWith(prefix) && (best === undefined || prefix.length > best.length)) {
      best = { entry, length: prefix.length };
    }
  }
  return best?.entry;
}

function normalisedPrefix(match: string): string {
  const slash = match.indexOf('/');
  const host = slash === -1 ? match : match.slice(0, slash);
  const path = slash === -1 ? '' : match.slice(slash).replace(/\/+$/, '');
  return `${canonicalHost(host)}${path}/`;
}
