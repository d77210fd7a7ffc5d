// A facts store that tells of every look into it whether it found something.
import type { FactsStore } from '../inspection/facts-store.ts';

export function countedFactsStore(store: FactsStore, count: (result: 'hit' | 'miss') => void): FactsStore {
  return {
    async get(digest) {
      const document = await store.get(digest);
      count(document === undefined ? 'miss' : 'hit');
      return document;
    },
    put: (digest, document) => store.put(digest, document),
  };
}
