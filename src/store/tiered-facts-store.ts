// Two stores of facts as one: a fast one in front of one that lasts longer.
import type { FactsStore } from '../inspection/facts-store.ts';

/**
 * What the near store has costs nothing more. What is put is there when the near store has it; the far one is not waited for, only at the end.
 * A layer that the near store has forgotten and that is put again has only its new proof there: the worst of it is one more reading.
 */
export function tieredFactsStore(near: FactsStore, far: FactsStore): FactsStore {
  return {
    async get(digest) {
      const found = await near.get(digest);
      if (found !== undefined) return found;
      const kept = await far.get(digest);
      if (kept !== undefined) await near.put(digest, kept);
      return kept;
    },
    atHand: (digest) => near.atHand(digest),
    async put(digest, document) {
      void far.put(digest, document);
      await near.put(digest, document);
    },
    async getLayer(digest) {
      const found = await near.getLayer(digest);
      if (found !== undefined) return found;
      const kept = await far.getLayer(digest);
      if (kept !== undefined) await near.putLayer(kept);
      return kept;
    },
    async putLayer(stored) {
      void far.putLayer(stored);
      await near.putLayer(stored);
    },
    async forgetLayer(digest) {
      void far.forgetLayer(digest);
      await near.forgetLayer(digest);
    },
    claim: (key, ttlMs) => far.claim(key, ttlMs),
    async close() {
      await Promise.all([near.close(), far.close()]);
    },
  };
}
