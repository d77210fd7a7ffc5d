// Facts kept in a file of the data directory, by SQLite in a thread of its own: they survive a restart, and processes on one machine share them.
import { randomUUID } from 'node:crypto';
import type { FactsStore } from '../inspection/facts-store.ts';
import { createClaims } from './claims.ts';
import { compactLayer } from './compact-layer.ts';
import { DatabaseThread } from './database-thread.ts';
import { formatStoredDocument, parseStoredDocument } from './document-text.ts';
import type { StoreLimits } from './store-limits.ts';
import type { StoreTrouble } from './store-trouble.ts';
import { tellSometimes } from './tell-sometimes.ts';

export interface SqliteFactsStoreOptions {
  /** Made where it is missing. */
  readonly directory: string;
  readonly limits: StoreLimits;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of what is wrong, each kind of trouble at most once a minute; `times` counts what was not told. */
  readonly onTrouble: (trouble: StoreTrouble & { readonly times: number }) => void;
}

/** Opens at once, in its thread; whoever makes it closes it, because the thread keeps the process alive. */
export function createSqliteFactsStore({ directory, limits, now, onTrouble }: SqliteFactsStoreOptions): FactsStore {
  const tell = tellSometimes(onTrouble, now);
  const thread = new DatabaseThread({ settings: { directory, ...limits }, limits, now, tell });
  const claims = createClaims(now);
  const withinMs = limits.storeReadMs;
  return {
    async get(digest) {
      const answer = await thread.ask({ kind: 'get', digest }, { bytes: 0, withinMs });
      return answer.kind === 'document' ? parseStoredDocument(answer.text) : undefined;
    },
    atHand: () => undefined,
    async put(digest, document) {
      const text = formatStoredDocument(document);
      await thread.ask({ kind: 'put', digest, text }, { bytes: text.length });
    },
    async getLayer(digest) {
      const answer = await thread.ask({ kind: 'get-layer', digest }, { bytes: 0, withinMs });
      return answer.kind === 'layer' ? answer.stored : undefined;
    },
    async putLayer(stored) {
      const bytes = stored.layer.bytes.byteLength;
      await thread.ask({ kind: 'put-layer', stored: compactLayer(stored) }, { bytes });
    },
    async forgetLayer(digest) {
      await thread.ask({ kind: 'forget-layer', digest }, { bytes: 0 });
    },
    async claim(key, ttlMs) {
      const holder = randomUUID();
      // Within the process it is exclusive even when the database is in trouble.
      if (!claims.take(key, holder, ttlMs)) return undefined;
      const answer = await thread.ask({ kind: 'claim', key, holder, ttlMs }, { bytes: 0, withinMs });
      if (answer.kind === 'claimed' && !answer.granted) {
        claims.release(key, holder);
        return undefined;
      }
      return {
        async renew(forMs) {
          claims.renew(key, holder, forMs);
          await thread.ask({ kind: 'renew', key, holder, ttlMs: forMs }, { bytes: 0, withinMs });
        },
        async release() {
          claims.release(key, holder);
          await thread.ask({ kind: 'release', key, holder }, { bytes: 0 });
        },
      };
    },
    close: () => thread.end(),
  };
}
