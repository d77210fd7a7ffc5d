// Opens the file of the database of facts: its settings, its tables, and what becomes of tables of another version.
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Of tables and of what is written into them. Facts can be read again, so tables of another version are dropped. */
const tablesVersion = 1;

const pageBytes = 4096;
const cacheKibibytes = 4096;
const maxJournalBytes = 16 * 1024 * 1024;

/**
 * `about` and `value` are what is kept; `sum` is the CRC-32 of both, because a disk may lie about them; `used` is the epoch of the last look.
 * The large column is the last, so that looking for a row does not read it.
 */
const tables = `
  CREATE TABLE facts (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    digest TEXT NOT NULL,
    used INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    about TEXT NOT NULL,
    value BLOB NOT NULL,
    UNIQUE (kind, digest)
  ) STRICT;
  CREATE INDEX facts_used ON facts (used);
  CREATE TABLE claims (
    key TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until INTEGER NOT NULL
  ) STRICT;
`;

export interface DatabaseSettings {
  readonly maxDatabaseBytes: number;
  readonly storeLockMs: number;
}

/**
 * Opens or makes the file and its directory; only the owner may read what is made.
 * @throws what SQLite and the file system throw (`troubleFromThrown`).
 */
export function openFactsFile(path: string, { maxDatabaseBytes, storeLockMs }: DatabaseSettings): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, { timeout: storeLockMs });
  try {
    // A checkpoint syncs, a commit does not: what a power cut may cost is facts that are read again, never a torn file.
    database.exec(`
      PRAGMA page_size = ${pageBytes};
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA cache_size = -${cacheKibibytes};
      PRAGMA journal_size_limit = ${maxJournalBytes};
      PRAGMA max_page_count = ${Math.ceil(maxDatabaseBytes / pageBytes)};
    `);
    makeTables(database);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

/** The number that a pragma gives. */
export function pragma(database: DatabaseSync, name: string): number {
  const value = Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  return typeof value === 'number' ? value : 0;
}

function makeTables(database: DatabaseSync): void {
  if (hasTables(database)) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have made them while this one waited for the lock.
    if (!hasTables(database)) {
      for (const { kind, name } of ownObjects(database)) database.exec(`DROP ${kind} IF EXISTS "${name}"`);
      database.exec(`${tables} PRAGMA user_version = ${tablesVersion};`);
    }
    database.exec('COMMIT');
  } catch (thrown) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw thrown;
  }
}

function hasTables(database: DatabaseSync): boolean {
  if (pragma(database, 'user_version') !== tablesVersion) return false;
  const names = ownObjects(database).map(({ name }) => name);
  return ['facts', 'claims'].every((name) => names.includes(name));
}

function ownObjects(database: DatabaseSync): readonly { readonly kind: 'TABLE' | 'VIEW'; readonly name: string }[] {
  return database
    .prepare(
      `SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
    )
    .all()
    .map(({ type, name }) => ({
      kind: type === 'view' ? 'VIEW' : 'TABLE',
      name: String(name).replaceAll('"', '""'),
    }));
}
