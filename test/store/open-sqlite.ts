// Opens stores in SQLite for tests: in a directory of their own, with a note of every trouble.
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { FactsStore } from '../../src/inspection/facts-store.ts';
import { createSqliteFactsStore } from '../../src/store/sqlite-facts-store.ts';
import { defaultStoreLimits, type StoreLimits } from '../../src/store/store-limits.ts';
import type { StoreTrouble } from '../../src/store/store-trouble.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** Nothing here is about speed: a slow machine must not make a store forget. */
export const patient: StoreLimits = { ...defaultStoreLimits, storeReadMs: 60_000, storeCloseMs: 60_000 };

export interface OpenedSqlite {
  readonly store: FactsStore;
  readonly directory: string;
  readonly path: string;
  readonly troubles: readonly (StoreTrouble & { readonly times: number })[];
}

interface SqliteOptions {
  readonly directory?: string;
  readonly limits?: Partial<StoreLimits>;
  readonly now?: () => number;
}

export async function openSqlite(t: TestContext, options: SqliteOptions = {}): Promise<OpenedSqlite> {
  const directory = options.directory ?? (await temporaryDirectory(t));
  const troubles: (StoreTrouble & { readonly times: number })[] = [];
  const store = createSqliteFactsStore({
    directory,
    limits: { ...patient, ...options.limits },
    now: options.now ?? Date.now,
    onTrouble: (trouble) => troubles.push(trouble),
  });
  t.after(() => store.close());
  return { store, directory, path: join(directory, 'facts.db'), troubles };
}
