// Named limits of the database of facts: what they bound, and why that number.

export interface StoreLimits {
  /** The database file. A mebibyte holds the facts of some five hundred images; 384 leave room in a volume of 1 GiB for a broken file and journals. */
  readonly maxDatabaseBytes: number;
  /** Database files that could not be read and are kept for whoever wants to know why. */
  readonly maxBrokenDatabases: number;
  /** Requests that wait for the database at a time. Beyond it nothing is known and nothing is kept. */
  readonly maxStoreRequests: number;
  /** Bytes of what waits to be written at a time. */
  readonly maxStoreRequestBytes: number;
  /** How long an answer of the database is waited for: a disk that hangs must not hold up an admission. Milliseconds. */
  readonly storeReadMs: number;
  /** How long another process may hold the database's lock; they hold it for one write. Milliseconds. */
  readonly storeLockMs: number;
  /** After a database could not be used, until it is tried again. Milliseconds. */
  readonly storeReopenMs: number;
  /** Writing what is left when the service ends. Milliseconds. */
  readonly storeCloseMs: number;
  /** How often the thread of the database is started again after it died. */
  readonly maxStoreRestarts: number;
}

export const defaultStoreLimits: StoreLimits = {
  maxDatabaseBytes: 384 * 1024 * 1024,
  maxBrokenDatabases: 1,
  maxStoreRequests: 1_000,
  maxStoreRequestBytes: 64 * 1024 * 1024,
  storeReadMs: 250,
  storeLockMs: 2_000,
  storeReopenMs: 60_000,
  storeCloseMs: 5_000,
  maxStoreRestarts: 3,
};
