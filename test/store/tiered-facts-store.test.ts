// Memory before SQLite: one store, and what memory has costs no look into the database.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { FactsStore } from '../../src/inspection/facts-store.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { countedFactsStore } from '../../src/store/counted-facts-store.ts';
import { createMemoryFactsStore } from '../../src/store/memory-facts-store.ts';
import { tieredFactsStore } from '../../src/store/tiered-facts-store.ts';
import { memoryFacts } from '../support/memory-facts.ts';
import { artifactFacts, storedLayer, testFactsStore } from './facts-store-suite.ts';
import { openSqlite } from './open-sqlite.ts';

const mebibyte = 1024 * 1024;

testFactsStore('memory before SQLite', async (t, now) => {
  const { store } = await openSqlite(t, { now, limits: { maxDatabaseBytes: 4 * mebibyte } });
  return tieredFactsStore(createMemoryFactsStore({ maxBytes: mebibyte, maxLayerBytes: mebibyte, now }), store);
});

testFactsStore('memory too small for anything before SQLite', async (t, now) => {
  const { store } = await openSqlite(t, { now, limits: { maxDatabaseBytes: 4 * mebibyte } });
  return tieredFactsStore(createMemoryFactsStore({ maxBytes: 1, maxLayerBytes: 1, now }), store);
});

suite('memory before another store', () => {
  function tiers(): { readonly store: FactsStore; readonly far: FactsStore; readonly looks: string[] } {
    const looks: string[] = [];
    const far = memoryFacts();
    const near = countedFactsStore(memoryFacts(), (result) => looks.push(`near ${result}`));
    return {
      store: tieredFactsStore(
        near,
        countedFactsStore(far, (result) => looks.push(`far ${result}`)),
      ),
      far,
      looks,
    };
  }

  test('does not look into the other for what memory has', async () => {
    const { store, looks } = tiers();
    await store.put(digestOf('a'), artifactFacts(digestOf('a')));
    await store.putLayer(storedLayer('a'));
    await store.get(digestOf('a'));
    await store.getLayer(digestOf('a'));
    assert.deepEqual(looks, ['near hit', 'near hit']);
  });

  test('looks once into the other for what memory has not', async () => {
    const { store, far, looks } = tiers();
    await far.put(digestOf('a'), artifactFacts(digestOf('a')));
    await far.putLayer(storedLayer('a'));
    for (const look of [() => store.get(digestOf('a')), () => store.getLayer(digestOf('a'))]) {
      looks.length = 0;
      assert.notEqual(await look(), undefined);
      assert.notEqual(await look(), undefined);
      assert.deepEqual(looks, ['near miss', 'far hit', 'near hit']);
    }
  });

  test('does not wait for the other to keep something', async () => {
    const never = new Promise<void>(() => undefined);
    const store = tieredFactsStore(memoryFacts(), { ...memoryFacts(), put: () => never, putLayer: () => never });
    await store.put(digestOf('a'), artifactFacts(digestOf('a')));
    await store.putLayer(storedLayer('a'));
    assert.notEqual(await store.get(digestOf('a')), undefined);
  });
});
