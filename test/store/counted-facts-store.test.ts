// The counting store is a store like others, and tells of every look what came of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { countedFactsStore } from '../../src/store/counted-facts-store.ts';
import { createMemoryFactsStore } from '../../src/store/memory-facts-store.ts';
import { artifactFacts, storedLayer, testFactsStore } from './facts-store-suite.ts';

const mebibyte = 1024 * 1024;

const open = (count: (result: 'hit' | 'miss') => void, now: () => number = Date.now) =>
  countedFactsStore(createMemoryFactsStore({ maxBytes: mebibyte, maxLayerBytes: mebibyte, now }), count);

testFactsStore('the counted store', async (_t, now) => open(() => undefined, now));

test('counts a hit and a miss for each look, and nothing for putting', async () => {
  const counted: string[] = [];
  const store = open((result) => counted.push(result));
  await store.get(digestOf('a'));
  await store.put(digestOf('a'), artifactFacts(digestOf('a')));
  await store.get(digestOf('a'));
  store.atHand(digestOf('a'));
  // `get` is asked after it, and counts.
  store.atHand(digestOf('b'));
  assert.deepEqual(counted.splice(0), ['miss', 'hit', 'hit']);
  await store.getLayer(digestOf('a'));
  await store.putLayer(storedLayer('a'));
  await store.getLayer(digestOf('a'));
  assert.deepEqual(counted, ['miss', 'hit']);
});
