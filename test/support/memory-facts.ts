// A store of facts with room for whatever a test puts into it.
import type { FactsStore } from '../../src/inspection/facts-store.ts';
import { createMemoryFactsStore } from '../../src/store/memory-facts-store.ts';

const mebibyte = 1024 * 1024;

export function memoryFacts(now: () => number = Date.now): FactsStore {
  return createMemoryFactsStore({ maxBytes: 16 * mebibyte, maxLayerBytes: 16 * mebibyte, now });
}
