// The store in SQLite: what every store must do, that it survives restarts, and that the file is bounded.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import type { FactsStore } from '../../src/inspection/facts-store.ts';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import { artifactFacts, storedLayer, testFactsStore } from './facts-store-suite.ts';
import { openSqlite } from './open-sqlite.ts';

const mebibyte = 1024 * 1024;
const hourMs = 60 * 60 * 1000;

testFactsStore('the store in SQLite', async (t, now) => {
  const { store, troubles } = await openSqlite(t, { now, limits: { maxDatabaseBytes: 4 * mebibyte } });
  t.after(() => assert.deepEqual(troubles, []));
  return store;
});

suite('the database of facts', () => {
  test('has everything after a restart', async (t) => {
    const first = await openSqlite(t);
    await first.store.put(digestOf('a'), artifactFacts(digestOf('a')));
    await first.store.putLayer(storedLayer('a', {}, 'one.example.com'));
    await first.store.close();
    const { store } = await openSqlite(t, { directory: first.directory });
    assert.deepEqual(await store.get(digestOf('a')), artifactFacts(digestOf('a')));
    await store.putLayer(storedLayer('a', {}, 'two.example.com'));
    assert.equal((await store.getLayer(digestOf('a')))?.provenBy.length, 2);
  });

  test('has what was put and not waited for, once it is closed', async (t) => {
    const first = await openSqlite(t);
    for (let index = 0; index < 100; index += 1) void first.store.putLayer(storedLayer(`${index}`));
    await first.store.close();
    const { store } = await openSqlite(t, { directory: first.directory });
    assert.equal(await countLayers(store, 100), 100);
  });

  test('keeps a claim over a restart', async (t) => {
    const first = await openSqlite(t);
    await first.store.claim('work', 60_000);
    await first.store.close();
    const { store } = await openSqlite(t, { directory: first.directory });
    assert.equal(await store.claim('work', 60_000), undefined);
  });

  test('is readable by its owner alone', async (t) => {
    const { store, path } = await openSqlite(t);
    await store.put(digestOf('a'), artifactFacts(digestOf('a')));
    for (const file of [path, `${path}-wal`, `${path}-shm`]) assert.equal((await stat(file)).mode & 0o777, 0o600, file);
  });

  test('makes the directory where it is missing', async (t) => {
    const { directory } = await openSqlite(t);
    const { store } = await openSqlite(t, { directory: `${directory}/not/there/yet` });
    await store.put(digestOf('a'), artifactFacts(digestOf('a')));
    assert.notEqual(await store.get(digestOf('a')), undefined);
  });

  test('keeps ten thousand rows and finds each of them', async (t) => {
    const { store, troubles } = await openSqlite(t);
    const digests = Array.from({ length: 10_000 }, (_, index) => digestOf(`${index}`));
    for (const some of partsOf(digests, 500)) {
      await Promise.all(some.map((digest) => store.put(digest, artifactFacts(digest))));
    }
    for (const some of partsOf(digests, 500)) {
      const found = await Promise.all(some.map((digest) => store.get(digest)));
      const names = found.map((document) => document?.kind === 'facts' && document.facts.digest);
      assert.deepEqual(names, some);
    }
    assert.deepEqual(troubles, []);
  });

  for (const [claim, prepare] of Object.entries({
    'drops the tables of a newer version': 'PRAGMA user_version = 99; ALTER TABLE facts ADD COLUMN more TEXT;',
    'drops tables that it does not know': 'PRAGMA user_version = 0; DROP TABLE facts; CREATE TABLE "odd ""name" (a);',
    'makes the tables that are missing': 'DROP TABLE facts;',
  })) {
    test(`${claim}, and starts anew`, async (t) => {
      const first = await openSqlite(t);
      await first.store.put(digestOf('a'), artifactFacts(digestOf('a')));
      await first.store.close();
      using file = new DatabaseSync(first.path);
      file.exec(prepare);
      file.close();
      const { store, troubles } = await openSqlite(t, { directory: first.directory });
      assert.equal(await store.get(digestOf('a')), undefined);
      await store.put(digestOf('a'), artifactFacts(digestOf('a')));
      assert.notEqual(await store.get(digestOf('a')), undefined);
      assert.deepEqual(troubles, []);
    });
  }
});

suite('the size of the database', () => {
  const bytes = (): Buffer => randomBytes(20_000);

  test('is bounded, and what was put last is there', async (t) => {
    const { store, path, troubles } = await openSqlite(t, { limits: { maxDatabaseBytes: mebibyte } });
    for (let index = 0; index < 200; index += 1) {
      await store.putLayer(storedLayer(`${index}`, { bytes: bytes() }));
      assert.notEqual(await store.getLayer(digestOf(`${index}`)), undefined, `${index}`);
    }
    assert.ok((await stat(path)).size <= mebibyte);
    const known = await countLayers(store, 200);
    assert.ok(known > 30 && known < 50, `${known}`);
    assert.deepEqual(troubles, []);
  });

  test('is kept by forgetting what was not asked for the longest time', async (t) => {
    const clock = { nowMs: 100 * hourMs };
    const limits = { maxDatabaseBytes: mebibyte };
    const { store } = await openSqlite(t, { limits, now: () => clock.nowMs });
    for (let index = 0; index < 20; index += 1) await store.putLayer(storedLayer(`${index}`, { bytes: bytes() }));
    clock.nowMs += hourMs;
    const asked = [3, 7, 11];
    for (const index of asked) await store.getLayer(digestOf(`${index}`));
    for (let index = 20; index < 55; index += 1) await store.putLayer(storedLayer(`${index}`, { bytes: bytes() }));
    const known: number[] = [];
    for (let index = 0; index < 20; index += 1) {
      if ((await store.getLayer(digestOf(`${index}`))) !== undefined) known.push(index);
    }
    assert.ok(known.length < 10, `of those that nobody asked for, ${known.length} are left`);
    assert.ok(
      asked.every((index) => known.includes(index)),
      `${known}`,
    );
  });

  test('shrinks with its limit', async (t) => {
    const first = await openSqlite(t, { limits: { maxDatabaseBytes: 4 * mebibyte } });
    for (let index = 0; index < 180; index += 1)
      await first.store.putLayer(storedLayer(`${index}`, { bytes: bytes() }));
    await first.store.close();
    assert.ok((await stat(first.path)).size > 3 * mebibyte);
    const second = await openSqlite(t, { directory: first.directory, limits: { maxDatabaseBytes: mebibyte } });
    assert.ok((await countLayers(second.store, 180)) > 30);
    await second.store.close();
    assert.ok((await stat(first.path)).size <= mebibyte);
  });

  test('grows with the distinct layers of many images, not with the images', async (t) => {
    const { store, path } = await openSqlite(t);
    const base = Array.from({ length: 8 }, (_, index) => storedLayer(`base ${index}`, { bytes: bytes() }));
    for (let image = 0; image < 40; image += 1) {
      const own = storedLayer(`own ${image}`, { bytes: bytes() });
      for (const stored of [...base, own]) await store.putLayer(stored);
    }
    await store.close();
    const distinctBytes = (8 + 40) * 20_000;
    const { size } = await stat(path);
    assert.ok(size > distinctBytes && size < 1.3 * distinctBytes, `${size}`);
  });
});

async function countLayers(store: FactsStore, names: number): Promise<number> {
  let known = 0;
  for (let index = 0; index < names; index += 1) {
    if ((await store.getLayer(digestOf(`${index}`))) !== undefined) known += 1;
  }
  return known;
}

function partsOf(digests: readonly Digest[], length: number): readonly (readonly Digest[])[] {
  return Array.from({ length: Math.ceil(digests.length / length) }, (_, part) =>
    digests.slice(part * length, (part + 1) * length),
  );
}
