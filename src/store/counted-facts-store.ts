// A facts store that tells of every look into it whether it found something.
import type { FactsStore } from '../inspection/facts-store.ts';

export function countedFactsStore(store: FactsStore, count: (result: 'hit' | 'miss') => void): FactsStore {
  async function counted<T>(look: Promise<T | undefined>): Promise<T | undefined> {
    const found = await look;
    count(found === undefined ? 'miss' : 'hit');
    return found;
  }
  return {
    ...store,
    get: (digest) => counted(store.get(digest)),
    // What is not at hand is looked for again by `get`, which then counts.
    atHand: (digest) => {
      const found = store.atHand(digest);
      if (found !== undefined) count('hit');
      return found;
    },
    getLayer: (digest) => counted(store.getLayer(digest)),
  };
}
