// Every named limit as a setting: its name in the configuration, its default, and what it bounds.
import { formatDuration } from '../base/duration.ts';
import { type DocumentLimits, defaultDocumentLimits } from '../oci/limits.ts';
import { defaultNetworkLimits, type NetworkLimits } from '../registry/settings.ts';
import { type ArchiveLimits, defaultArchiveLimits } from './archive-limits.ts';
import { defaultFactsDatabaseLimits, type FactsDatabaseLimits } from './facts-database-limits.ts';
import { defaultPolicyFileLimits, type PolicyFileLimits } from './find-policy-files.ts';

/** What a limit bounds, in one sentence each; a limit without a sentence does not compile. */
export type Sentences<Limits> = { readonly [Name in keyof Limits]: string };

/** Limits of the service's doors and of its memory. */
export interface ServiceLimits {
  readonly maxReviewBytes: number;
  readonly maxReviewValues: number;
  readonly maxReviews: number;
  readonly maxBodiesBytes: number;
  readonly maxConnections: number;
  readonly maxUses: number;
  readonly maxFactsBytes: number;
  readonly maxLayerFactsBytes: number;
}

export const defaultServiceLimits: ServiceLimits = {
  maxReviewBytes: 7 * 1024 * 1024,
  maxReviewValues: 200_000,
  maxReviews: 1_000,
  maxBodiesBytes: 64 * 1024 * 1024,
  maxConnections: 4_096,
  maxUses: 1_000,
  maxFactsBytes: 64 * 1024 * 1024,
  maxLayerFactsBytes: 32 * 1024 * 1024,
};

/** Limits of what is asked of the API server. */
export interface ApiServerLimits {
  readonly requestTimeoutMs: number;
  readonly maxRetries: number;
  readonly maxInFlight: number;
  readonly maxApiResponseBytes: number;
  readonly pageSize: number;
  readonly watchMs: number;
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly nodesRefreshMs: number;
  readonly secretCacheMs: number;
  readonly missingCacheMs: number;
  readonly maxCachedSecrets: number;
  readonly maxPullSecrets: number;
}

export const defaultApiServerLimits: ApiServerLimits = {
  requestTimeoutMs: 3_000,
  maxRetries: 2,
  maxInFlight: 16,
  maxApiResponseBytes: 16 * 1024 * 1024,
  pageSize: 100,
  watchMs: 300_000,
  firstBackoffMs: 500,
  maxBackoffMs: 30_000,
  nodesRefreshMs: 300_000,
  secretCacheMs: 10_000,
  missingCacheMs: 2_000,
  maxCachedSecrets: 1_000,
  maxPullSecrets: 32,
};

const documentSentences: Sentences<DocumentLimits> = {
  maxManifestBytes: 'One manifest or index.',
  maxConfigBytes: 'One image config.',
  maxIndexChildren: 'Entries of one index, and images of one docker archive.',
  maxIndexDepth: 'Indexes inside indexes.',
  maxLayers: 'Layers of one manifest.',
  maxHistory: 'Rows of history in one config.',
  maxSearchedText:
    'Characters of one config, or of the annotations of one manifest, that are searched for credentials.',
  maxSearchedTexts: 'Labels, variables, words, rows of history and other texts that these characters are spread over.',
};

const archiveSentences: Sentences<ArchiveLimits> = {
  maxArchiveEntries: 'Entries of one image archive.',
  maxArchiveBytes: 'One image archive after decompression.',
  maxArchiveHeaderBytes: 'One extended header in an image archive.',
};

const policySentences: Sentences<PolicyFileLimits> = {
  maxPolicyFiles: 'Files of policies in all directories together.',
  maxPolicyFileBytes: 'One file of policies, or one case.',
};

const networkSentences: Sentences<NetworkLimits> = {
  connectTimeoutMs: 'TCP and TLS handshake with a registry.',
  responseTimeoutMs: 'From a request to a registry to its response headers.',
  bodyTimeoutMs: 'Reading one small document from a registry whole.',
  layerStallMs: 'Waiting for the headers of a layer, or for its next bytes.',
  layerPaceMs: 'A stretch of waiting for bytes of a layer, at the end of which `minLayerPaceBytes` have to be there.',
  minLayerPaceBytes: 'What each such stretch has to bring; a slower registry is given up.',
  maxLayerResumes: 'How often a layer whose connection broke off is taken up again.',
  sharedDeadlineMs: 'One piece of work that several reviews share.',
  maxTokenBytes: 'The answer of a token server.',
  maxErrorBytes: 'What is read of an error that a registry answers.',
  maxRedirects: 'Redirects of one request.',
  maxRetries: 'Repetitions of a request that failed for a passing reason.',
  retryBaseMs: 'The pause before the first repetition; three times as long before each next one.',
  maxRetryAfterMs: 'A longer `Retry-After` is not waited for: the host is left alone until then.',
  maxBlockMs: 'How long a host can be left alone on its own word.',
  maxCredentials: 'Credentials tried for one image.',
  maxRequestsPerHost: 'Requests to one host at a time.',
  maxLayersPerHost: 'Layers streamed from one registry or mirror at a time.',
  maxReads: 'Registry answers read at once, from all hosts.',
  maxRequests: 'Requests to all hosts at a time, layers apart.',
  circuitFailures: 'Failures in a row after which a host is left alone.',
  circuitOpenMs: 'How long a failing host is left alone.',
  tokenFloorMs: 'Every token is taken to live at least this long.',
  tokenSkewMs: 'How long before their end tokens are renewed.',
  tokenCeilingMs: 'No token is used longer than this.',
  expirySuspicionMs: 'A 400 or 403 to a login older than this is taken for an expired login.',
  challengeMs: "How long a host's way to authenticate is remembered.",
  authorisationMs: 'How long a proof that a credential may read a repository holds.',
  tagsFreshForMs: "How long a tag's digest is used without asking; 0s asks always.",
  notFoundMs: 'How long "not found" is remembered.',
  unauthorizedMs: 'How long "unauthorized" is remembered for the same credential.',
  tlsFilesFreshForMs: 'How long CA and client certificate files of registries are used before they are read again.',
  maxTokensBytes: 'Bytes of registry tokens kept.',
  maxRemembered: 'Entries of each memory: tags, proofs, tokens.',
  maxHosts: 'Registry hosts with open connections or remembered failures.',
};

const serviceSentences: Sentences<ServiceLimits> = {
  maxReviewBytes: 'The body of one review; a larger one is answered with 413.',
  maxReviewValues: 'Values in the body of one review; one with more is answered with 413.',
  maxReviews: 'Reviews at a time; more are answered with 429.',
  maxBodiesBytes: 'Bodies of all reviews at a time; more are answered with 429.',
  maxConnections: 'TCP connections at a time.',
  maxUses: 'Images that one workload uses or an update of it changes; one with more is not judged image by image.',
  maxFactsBytes: 'Facts of images kept in memory.',
  maxLayerFactsBytes: 'Facts of layers kept in memory.',
};

const factsDatabaseSentences: Sentences<FactsDatabaseLimits> = {
  maxDatabaseBytes: 'Facts kept in the data directory; the journal takes up to 16 MiB more.',
  maxBrokenDatabases: 'Database files that could not be read and are kept beside the new one.',
  maxStoreRequests: 'Requests that wait for the database at a time; beyond it nothing is known and nothing kept.',
  maxStoreRequestBytes: 'Bytes of what waits to be written at a time.',
  storeReadMs: 'How long an answer of the database is waited for.',
  storeLockMs: 'How long another process may hold the lock of the database.',
  storeReopenMs: 'How long a database that cannot be used is left alone before it is tried again.',
  storeCloseMs: 'Writing what is left when the service ends.',
  maxStoreRestarts: 'How often the thread of the database is started again after it died.',
};

const apiServerSentences: Sentences<ApiServerLimits> = {
  requestTimeoutMs: 'One attempt of one read.',
  maxRetries: 'Further attempts after one that failed for a passing reason.',
  maxInFlight: 'Reads at a time.',
  maxApiResponseBytes: 'One answer.',
  pageSize: 'Objects of one page of a list.',
  watchMs: 'Length of one watch before it is opened again.',
  firstBackoffMs: 'The first pause after a failed list or watch.',
  maxBackoffMs: 'The longest pause after failed lists or watches.',
  nodesRefreshMs: 'Between two looks at the nodes.',
  secretCacheMs: 'How long a pull secret or service account is believed.',
  missingCacheMs: 'How long it is believed that one is missing.',
  maxCachedSecrets: 'Pull secrets and service accounts kept.',
  maxPullSecrets: 'Pull secrets of one workload.',
};

/** What may also be zero: waiting not at all, trying once. Everything else needs at least one. */
const mayBeZero: ReadonlySet<string> = new Set([
  'maxRedirects',
  'maxRetries',
  'maxLayerResumes',
  'tagsFreshForMs',
  'retryBaseMs',
  'maxBrokenDatabases',
  'maxStoreRestarts',
]);

type LimitKind = 'bytes' | 'duration' | 'count';

export interface LimitSetting {
  /** In the code. */
  readonly limit: string;
  readonly kind: LimitKind;
  readonly default: number;
  readonly minimum: number;
  readonly description: string;
}

/** Settings of one or several groups of limits by their name in the configuration: durations lose their `Ms`. */
export type LimitSettings = ReadonlyMap<string, LimitSetting>;

export function settingsOf<Limits extends { readonly [Name in keyof Limits]: number }>(
  defaults: Limits,
  sentences: Sentences<Limits>,
): LimitSettings {
  const texts = new Map(Object.entries<string>(sentences));
  return new Map(
    Object.entries<number>(defaults).map(([limit, value]) => {
      const kind: LimitKind = limit.endsWith('Bytes') ? 'bytes' : limit.endsWith('Ms') ? 'duration' : 'count';
      const minimum = mayBeZero.has(limit) ? 0 : 1;
      const setting = { limit, kind, default: value, minimum, description: texts.get(limit) ?? '' };
      return [kind === 'duration' ? limit.slice(0, -2) : limit, setting];
    }),
  );
}

/** `limits` in the configuration. */
export const limitSettings: LimitSettings = new Map([
  ...settingsOf(defaultServiceLimits, serviceSentences),
  ...settingsOf(defaultFactsDatabaseLimits, factsDatabaseSentences),
  ...settingsOf(defaultDocumentLimits, documentSentences),
  ...settingsOf(defaultArchiveLimits, archiveSentences),
  ...settingsOf(defaultPolicyFileLimits, policySentences),
  ...settingsOf(defaultNetworkLimits, networkSentences),
]);

/** `kubernetes.limits` in the configuration. */
export const apiServerLimitSettings: LimitSettings = settingsOf(defaultApiServerLimits, apiServerSentences);

/** A limit as people write it: `4Mi`, `30s`, `128`. */
function formatLimit({ kind, default: value }: Pick<LimitSetting, 'kind' | 'default'>): string | number {
  if (kind === 'duration') return value === 0 ? '0s' : formatDuration(value);
  if (kind === 'count') return value;
  const units = ['Gi', 'Mi', 'Ki'] as const;
  const [unit, factor] = units
    .map((name, index) => [name, 1024 ** (3 - index)] as const)
    .find(([, size]) => value >= size && value % size === 0) ?? ['', 1];
  return unit === '' ? value : `${value / factor}${unit}`;
}

/** JSON Schema of a group, with defaults and descriptions. */
export function limitsSchema(settings: LimitSettings, description: string): object {
  const properties = [...settings].map(([name, setting]) => [
    name,
    {
      type: setting.kind === 'count' ? 'integer' : setting.kind === 'duration' ? 'string' : ['string', 'integer'],
      default: formatLimit(setting),
      description: setting.description,
    },
  ]);
  return {
    type: 'object',
    additionalProperties: false,
    description,
    properties: Object.fromEntries(properties),
  };
}
