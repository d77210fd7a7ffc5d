// The database of facts, on whatever thread it lies: rows by digest, written in transactions, the least used ones removed when it is full.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { mergeStoredLayers, type StoredLayer } from '../inspection/stored-layer.ts';
import type { Digest } from '../oci/digest.ts';
import { type DatabaseSettings, openFactsFile, pragma } from './database-schema.ts';
import { formatLayerRow, parseLayerRow } from './layer-row.ts';
import type { StoreWrite } from './store-messages.ts';

const documentKind = 0;
const layerKind = 1;

/** A look at a row is written down once an hour: often enough to know what is used, and hardly a write for each read. */
const epochMs = 60 * 60 * 1000;

/** Looks that wait to be written down; more are forgotten, which makes rows look a little older. */
const maxSeen = 1_000;

/** Rows removed at a time, between two looks at how much room there is. */
const evictionRows = 8;

/** What a row costs beside its columns: indexes, and pages that are not full. */
const rowOverhead = 1.1;

/** Pages that are kept free for the trees themselves. */
const sparePages = 16;

/** No row is larger than this part of the database: one image must not drive out all others. */
const largestPart = 4;

interface Row {
  readonly id: number;
  readonly about: string;
  readonly value: Uint8Array;
}

/** Every method throws what SQLite throws; a failed `write` has written nothing. */
export class FactsDatabase {
  readonly #database: DatabaseSync;
  readonly #maxBytes: number;
  readonly #pageBytes: number;
  readonly #onDamage: () => void;
  readonly #seen = new Set<number>();
  readonly #select: StatementSync;
  readonly #upsert: StatementSync;
  readonly #remove: StatementSync;
  readonly #forget: StatementSync;
  readonly #see: StatementSync;
  readonly #evict: StatementSync;
  readonly #claim: StatementSync;
  readonly #renew: StatementSync;
  readonly #release: StatementSync;
  readonly #expire: StatementSync;

  /** @param onDamage is told when a row was not what had been written; it is removed, and not there. */
  constructor(path: string, settings: DatabaseSettings, onDamage: () => void) {
    const database = openFactsFile(path, settings);
    this.#database = database;
    this.#maxBytes = settings.maxDatabaseBytes;
    this.#onDamage = onDamage;
    this.#pageBytes = pragma(database, 'page_size');
    this.#select = database.prepare('SELECT id, used, sum, about, value FROM facts WHERE kind = ? AND digest = ?');
    this.#upsert = database.prepare(`
      INSERT INTO facts (kind, digest, used, sum, about, value) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (kind, digest) DO UPDATE SET used = excluded.used, sum = excluded.sum, about = excluded.about, value = excluded.value`);
    this.#remove = database.prepare('DELETE FROM facts WHERE id = ?');
    this.#forget = database.prepare('DELETE FROM facts WHERE kind = ? AND digest = ?');
    this.#see = database.prepare('UPDATE facts SET used = ? WHERE id = ?');
    this.#evict = database.prepare(
      `DELETE FROM facts WHERE id IN (SELECT id FROM facts ORDER BY used, id LIMIT ${evictionRows})`,
    );
    this.#claim = database.prepare(
      'INSERT INTO claims (key, holder, until) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING',
    );
    this.#renew = database.prepare('UPDATE claims SET until = ? WHERE key = ? AND holder = ?');
    this.#release = database.prepare('DELETE FROM claims WHERE key = ? AND holder = ?');
    this.#expire = database.prepare('DELETE FROM claims WHERE until <= ?');
    this.#shrink();
  }

  document(digest: Digest, nowMs: number): string | undefined {
    const row = this.#row(documentKind, digest, nowMs);
    return row === undefined ? undefined : zstdDecompressSync(row.value).toString();
  }

  layer(digest: Digest, nowMs: number): StoredLayer | undefined {
    const row = this.#row(layerKind, digest, nowMs);
    return row === undefined ? undefined : parseLayerRow({ digest, ...row });
  }

  /** All or nothing, in order. Says of each write whether it took effect: a claim was granted, a row was not too large. */
  write(writes: readonly StoreWrite[], nowMs: number): readonly boolean[] {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const epoch = Math.floor(nowMs / epochMs);
      for (const id of this.#seen) this.#see.run(epoch, id);
      const effects = writes.map((write) => this.#apply(write, nowMs));
      this.#database.exec('COMMIT');
      this.#seen.clear();
      return effects;
    } catch (thrown) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw thrown;
    }
  }

  close(): void {
    this.#database.close();
  }

  #apply(write: StoreWrite, nowMs: number): boolean {
    switch (write.kind) {
      case 'put':
        return this.#put(documentKind, write.digest, { about: '', value: zstdCompressSync(write.text) }, nowMs);
      case 'put-layer': {
        const { digest } = write.stored.layer;
        const merged = mergeStoredLayers(this.layer(digest, nowMs), write.stored);
        return this.#put(layerKind, digest, formatLayerRow(merged), nowMs);
      }
      case 'forget-layer':
        return this.#forget.run(layerKind, write.digest).changes === 1;
      case 'claim':
        this.#expire.run(nowMs);
        return this.#claim.run(write.key, write.holder, nowMs + write.ttlMs).changes === 1;
      case 'renew':
        return this.#renew.run(nowMs + write.ttlMs, write.key, write.holder).changes === 1;
      case 'release':
        return this.#release.run(write.key, write.holder).changes === 1;
      default:
        return write satisfies never;
    }
  }

  #put(kind: number, digest: Digest, { about, value }: Omit<Row, 'id'>, nowMs: number): boolean {
    const bytes = value.byteLength + about.length + digest.length;
    if (bytes > this.#maxBytes / largestPart) return false;
    this.#makeRoom(bytes);
    this.#upsert.run(kind, digest, Math.floor(nowMs / epochMs), sumOf(about, value), about, value);
    return true;
  }

  #row(kind: number, digest: Digest, nowMs: number): Row | undefined {
    const found = this.#select.get(kind, digest);
    if (found === undefined) return undefined;
    const { id, used, sum, about, value } = found;
    if (typeof id !== 'number' || typeof used !== 'number') return undefined;
    if (typeof about !== 'string' || !(value instanceof Uint8Array) || sum !== sumOf(about, value)) {
      this.#onDamage();
      this.#remove.run(id);
      return undefined;
    }
    if (used < Math.floor(nowMs / epochMs) && this.#seen.size < maxSeen) this.#seen.add(id);
    return { id, about, value };
  }

  /** Removes the rows that were not used for the longest time until there is room for so many bytes more. */
  #makeRoom(bytes: number): void {
    const needed = Math.ceil((bytes * rowOverhead) / this.#pageBytes) + sparePages;
    while ((this.#usedPages() + needed) * this.#pageBytes > this.#maxBytes) {
      if (this.#evict.run().changes === 0) return;
    }
  }

  #usedPages(): number {
    return pragma(this.#database, 'page_count') - pragma(this.#database, 'freelist_count');
  }

  /** Gives the disk back what a smaller limit than last time no longer allows. */
  #shrink(): void {
    if (pragma(this.#database, 'page_count') * this.#pageBytes <= this.#maxBytes) return;
    this.#makeRoom(0);
    this.#database.exec('PRAGMA incremental_vacuum');
  }
}

function sumOf(about: string, value: Uint8Array): number {
  return crc32(value, crc32(about));
}
