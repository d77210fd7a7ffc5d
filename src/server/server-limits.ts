// Named limits of the service's doors: what they bound, and why that number.

export interface ServerLimits {
  /** One review. The API server sends two objects of up to 3 MiB each and their envelope. */
  readonly maxReviewBytes: number;
  /**
   * Values in the body of one review, at least. Parsing costs by the value: a body of nothing but `{},` would take hundreds of MiB and hold up
   * everyone. The largest workloads that etcd takes have some ten thousand.
   */
  readonly maxReviewValues: number;
  /** Reviews being answered at one time; each holds an object, a timer and a few promises. */
  readonly maxReviews: number;
  /** Bodies held at one time, for all reviews together. */
  readonly maxBodiesBytes: number;
  /** TCP connections at one time. An API server keeps a handful. */
  readonly maxConnections: number;
}

export const defaultServerLimits: ServerLimits = {
  maxReviewBytes: 7 * 1024 * 1024,
  maxReviewValues: 200_000,
  maxReviews: 1000,
  maxBodiesBytes: 64 * 1024 * 1024,
  maxConnections: 4096,
};
