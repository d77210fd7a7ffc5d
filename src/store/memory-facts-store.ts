// Facts kept in memory, bounded by bytes; what was not asked for the longest time goes first.
import { LRUCache } from 'lru-cache';
import type { FactsStore, StoredDocument } from '../inspection/facts-store.ts';
import type { Digest } from '../oci/digest.ts';

export interface MemoryFactsStoreOptions {
  /** Bytes of all documents together, as `sizeOfDocument` counts them. A document larger than this is not kept. */
  readonly maxBytes: number;
}

/** A facts store that lasts as long as the process. */
export function createMemoryFactsStore({ maxBytes }: MemoryFactsStoreOptions): FactsStore {
  const documents = new LRUCache<Digest, StoredDocument>({ maxSize: maxBytes, sizeCalculation: sizeOfDocument });
  return {
    get: async (digest) => documents.get(digest),
    put: async (digest, document) => {
      documents.set(digest, document);
    },
  };
}

/**
 * What a document costs in memory, in bytes: its JSON, twice, because objects take about that much more than their text.
 * An estimate that grows with the document is all that a bound needs.
 */
export function sizeOfDocument(document: StoredDocument): number {
  return 2 * JSON.stringify(document).length;
}
