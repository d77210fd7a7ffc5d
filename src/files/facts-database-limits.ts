// Limits of the database of facts in the data directory, as the configuration has them.

export interface FactsDatabaseLimits {
  readonly maxDatabaseBytes: number;
  readonly maxBrokenDatabases: number;
  readonly maxStoreRequests: number;
  readonly maxStoreRequestBytes: number;
  readonly storeReadMs: number;
  readonly storeLockMs: number;
  readonly storeReopenMs: number;
  readonly storeCloseMs: number;
  readonly maxStoreRestarts: number;
}

export const defaultFactsDatabaseLimits: FactsDatabaseLimits = {
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
