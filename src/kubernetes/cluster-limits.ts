// Named limits of what is asked of the API server: what they bound, and why that number.

export interface ClusterLimits {
  /** One attempt of one read. An admission of 10 s must have room for a second attempt and for the registry. Milliseconds. */
  readonly requestTimeoutMs: number;
  /** Further attempts after one that may pass: network, 429, 5xx. */
  readonly maxRetries: number;
  /** Reads at the same time; the API server's own fairness queues are shared with everybody. */
  readonly maxInFlight: number;
  /** One answer: an object in etcd has at most 1.5 MiB, and a page of nodes with their image lists a few. */
  readonly maxApiResponseBytes: number;
  /** Objects of one page of a list; nodes carry up to 50 KiB each. */
  readonly pageSize: number;
  /** Length of one watch before it is opened again, as client-go does it. Milliseconds. */
  readonly watchMs: number;
  /** First and longest wait after a failed list or watch. Milliseconds. */
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
  /** Between two looks at the nodes: new architectures join clusters rarely. Milliseconds. */
  readonly nodesRefreshMs: number;
  /** How long a pull secret or service account is believed. A rotated secret must work within seconds. Milliseconds. */
  readonly secretCacheMs: number;
  /** The same for one that is missing, unusable or not to be read: it is often created right after. Milliseconds. */
  readonly missingCacheMs: number;
  /** Pull secrets and service accounts kept. */
  readonly maxCachedSecrets: number;
  /** Pull secrets of one workload, each of which costs a read. */
  readonly maxPullSecrets: number;
}

export const defaultClusterLimits: ClusterLimits = {
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
