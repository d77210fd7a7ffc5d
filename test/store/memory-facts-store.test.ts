// The store in memory: what every store must do, and that its bytes are bounded.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { createMemoryFactsStore, sizeOfDocument, sizeOfLayer } from '../../src/store/memory-facts-store.ts';
import { artifactFacts, storedLayer, testFactsStore } from './facts-store-suite.ts';

const mebibyte = 1024 * 1024;

const open = ({ maxBytes = mebibyte, maxLayerBytes = mebibyte, now = Date.now } = {}) =>
  createMemoryFactsStore({ maxBytes, maxLayerBytes, now });

testFactsStore('the store in memory', async (_t, now) => open({ now }));

const [a, b, c] = [digestOf('a'), digestOf('b'), digestOf('c')] as const;
const size = sizeOfDocument(artifactFacts(a));

test('has at hand what was put', async () => {
  const store = open();
  await store.put(a, artifactFacts(a));
  assert.deepEqual(store.atHand(a), artifactFacts(a));
});

test('forgets what was not asked for the longest time once its bytes are full', async () => {
  const store = open({ maxBytes: 2 * size });
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
    const store = open({ maxBytes });
    await store.put(a, artifactFacts(a));
    assert.equal((await store.get(a)) !== undefined, kept);
  }
});

test('a document too large for it does not drive out the others', async () => {
  const store = open({ maxBytes: 2 * size });
  await store.put(a, artifactFacts(a));
  await store.put(b, artifactFacts(b, { annotations: { note: 'x'.repeat(2 * size) } }));
  assert.equal(await store.get(b), undefined);
  assert.notEqual(await store.get(a), undefined);
});

test('forgets layers in the same way, and no document for them', async () => {
  const store = open({ maxLayerBytes: 2 * sizeOfLayer(storedLayer('a')) });
  await store.put(a, artifactFacts(a));
  for (const name of ['a', 'b', 'c']) await store.putLayer(storedLayer(name));
  const known = await Promise.all([a, b, c].map(async (digest) => (await store.getLayer(digest)) !== undefined));
  assert.deepEqual(known, [false, true, true]);
  assert.notEqual(await store.get(a), undefined);
});

test('counts the bytes of a layer, and its proofs', () => {
  const bytes = new Uint8Array(10_000);
  assert.ok(sizeOfLayer(storedLayer('a', { bytes })) > 10_000);
  const { layer, provenBy } = storedLayer('a');
  assert.ok(sizeOfLayer({ layer, provenBy: [...provenBy, ...provenBy] }) > sizeOfLayer({ layer, provenBy }));
});

test('keeps the claims that hold, however many have expired meanwhile', async () => {
  const clock = { nowMs: 0 };
  const store = open({ now: () => clock.nowMs });
  await store.claim('long work', 10_000);
  for (clock.nowMs = 0; clock.nowMs < 5_000; clock.nowMs += 1) {
    assert.ok(await store.claim(`work ${clock.nowMs}`, 1));
  }
  assert.equal(await store.claim('long work', 1), undefined);
});

test('counts a document with more in it as larger', () => {
  assert.equal(sizeOfDocument(artifactFacts(a, { annotations: { k: 'x'.repeat(500) } })) > size + 500, true);
});
