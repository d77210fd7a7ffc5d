// The store in memory: what every store must do, and that its bytes are bounded.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { createMemoryFactsStore, sizeOfDocument } from '../../src/store/memory-facts-store.ts';
import { artifactFacts, testFactsStore } from './facts-store-suite.ts';

testFactsStore('the store in memory', async () => ({ store: createMemoryFactsStore({ maxBytes: 1024 * 1024 }) }));

const [a, b, c] = [digestOf('a'), digestOf('b'), digestOf('c')] as const;
const size = sizeOfDocument(artifactFacts(a));

test('forgets what was not asked for the longest time once its bytes are full', async () => {
  const store = createMemoryFactsStore({ maxBytes: 2 * size });
  await store.put(a, artifactFacts(a));
  await store.put(b, artifactFacts(b));
  await store.get(a);
  await store.put(c, artifactFacts(c));
  assert.deepEqual(await Promise.all([a, b, c].map(async (digest) => (await store.get(digest)) !== undefined)), [
    true,
    false,
    true,
  ]);
});

test('keeps documents that fill it to the byte, and not one byte more', async () => {
  for (const [maxBytes, kept] of [
    [size, true],
    [size - 1, false],
  ] as const) {
    const store = createMemoryFactsStore({ maxBytes });
    await store.put(a, artifactFacts(a));
    assert.equal((await store.get(a)) !== undefined, kept);
  }
});

test('a document too large for it does not drive out the others', async () => {
  const store = createMemoryFactsStore({ maxBytes: 2 * size });
  await store.put(a, artifactFacts(a));
  await store.put(b, artifactFacts(b, { annotations: { note: 'x'.repeat(2 * size) } }));
  assert.equal(await store.get(b), undefined);
  assert.notEqual(await store.get(a), undefined);
});

test('counts a document with more in it as larger', () => {
  assert.equal(sizeOfDocument(artifactFacts(a, { annotations: { k: 'x'.repeat(500) } })) > size + 500, true);
});
