// Keeps the database of facts usable: opens it when it is needed, starts anew when it is damaged, and leaves it alone while it cannot be used.
import { join } from 'node:path';
import { fileIdentity, setAside } from './broken-database.ts';
import { FactsDatabase } from './facts-database.ts';
import type { ThreadSettings } from './store-messages.ts';
import { type StoreTrouble, troubleFromThrown, troubleOf } from './store-trouble.ts';

/** In the data directory; SQLite puts its journals beside it. */
const fileName = 'facts.db';

export class DatabaseKeeper {
  readonly #settings: ThreadSettings;
  readonly #path: string;
  readonly #tell: (trouble: StoreTrouble) => void;
  #database: FactsDatabase | undefined;
  #identity: string | undefined;
  #closedUntilMs = 0;

  constructor(settings: ThreadSettings, tell: (trouble: StoreTrouble) => void) {
    this.#settings = settings;
    this.#path = join(settings.directory, fileName);
    this.#tell = tell;
  }

  /** What the work gives; undefined, and told, when the database is in trouble. Other errors are bugs, and thrown. */
  use<T>(nowMs: number, work: (database: FactsDatabase) => T): T | undefined {
    try {
      const database = this.#open(nowMs);
      return database === undefined ? undefined : work(database);
    } catch (thrown) {
      const trouble = troubleFromThrown(thrown);
      if (trouble === undefined) throw thrown;
      this.#tell(trouble);
      this.#react(trouble, nowMs);
      return undefined;
    }
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #open(nowMs: number): FactsDatabase | undefined {
    if (this.#database !== undefined || nowMs < this.#closedUntilMs) return this.#database;
    // Until it has opened, it is closed: what fails now is tried again later.
    this.#closedUntilMs = nowMs + this.#settings.storeReopenMs;
    this.#identity = fileIdentity(this.#path);
    this.#database = new FactsDatabase(this.#path, this.#settings, () => this.#tell(troubleOf('corrupt', 'one row')));
    this.#identity = fileIdentity(this.#path);
    return this.#database;
  }

  #react({ kind }: StoreTrouble, nowMs: number): void {
    if (this.#database !== undefined && (kind === 'full' || kind === 'locked')) return;
    this.#attempt(() => this.close());
    this.#database = undefined;
    this.#closedUntilMs = nowMs + this.#settings.storeReopenMs;
    if (kind !== 'corrupt') return;
    const { maxBrokenDatabases: maxBroken } = this.#settings;
    const isGone = this.#attempt(() => setAside(this.#path, { identity: this.#identity, maxBroken }));
    if (isGone) this.#closedUntilMs = nowMs;
  }

  /** Whether it was done; trouble is told. */
  #attempt(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (thrown) {
      const trouble = troubleFromThrown(thrown);
      if (trouble === undefined) throw thrown;
      this.#tell(trouble);
      return false;
    }
  }
}
