// Facts kept in memory, bounded by bytes; what was not asked for the longest time goes first.
import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { FactsStore, StoredDocument } from '../inspection/facts-store.ts';
import { mergeStoredLayers, type StoredLayer } from '../inspection/stored-layer.ts';
import type { Digest } from '../oci/digest.ts';
import { createClaims } from './claims.ts';
import { compactLayer } from './compact-layer.ts';

export interface MemoryFactsStoreOptions {
  /** Bytes of all documents together, as `sizeOfDocument` counts them. A document larger than this is not kept. */
  readonly maxBytes: number;
  /** Bytes of all layers together, as `sizeOfLayer` counts them. A layer larger than this is not kept. */
  readonly maxLayerBytes: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A facts store that lasts as long as the process. */
export function createMemoryFactsStore({ maxBytes, maxLayerBytes, now }: MemoryFactsStoreOptions): FactsStore {
  const documents = new LRUCache<Digest, StoredDocument>({ maxSize: maxBytes, sizeCalculation: sizeOfDocument });
  const layers = new LRUCache<Digest, StoredLayer>({ maxSize: maxLayerBytes, sizeCalculation: sizeOfLayer });
  const claims = createClaims(now);
  let isOpen = true;
  return {
    get: async (digest) => documents.get(digest),
    atHand: (digest) => documents.get(digest),
    put: async (digest, document) => {
      if (isOpen) documents.set(digest, document);
    },
    getLayer: async (digest) => layers.get(digest),
    putLayer: async (stored) => {
      const { digest } = stored.layer;
      if (isOpen) layers.set(digest, compactLayer(mergeStoredLayers(layers.peek(digest), stored)));
    },
    forgetLayer: async (digest) => {
      layers.delete(digest);
    },
    claim: async (key, ttlMs) => {
      const holder = randomUUID();
      if (!claims.take(key, holder, ttlMs)) return undefined;
      return {
        renew: async (forMs) => claims.renew(key, holder, forMs),
        release: async () => claims.release(key, holder),
      };
    },
    close: async () => {
      isOpen = false;
      documents.clear();
      layers.clear();
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

/** What a layer costs in memory, in bytes: its record as it is encoded, and some room for the rest. */
export function sizeOfLayer({ layer, provenBy }: StoredLayer): number {
  return layer.bytes.byteLength + 1024 + provenBy.reduce((sum, { registry }) => sum + 64 + 2 * registry.length, 0);
}
