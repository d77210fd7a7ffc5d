// What becomes of the store in SQLite when the file, the disk, the lock or the thread is in trouble: it is told, and nothing else breaks.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, type TestContext, test } from 'node:test';
import type { FactsStore } from '../../src/inspection/facts-store.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { artifactFacts, storedLayer } from './facts-store-suite.ts';
import { openSqlite } from './open-sqlite.ts';

const minuteMs = 60_000;

suite('a damaged file', () => {
  for (const [claim, damage] of Object.entries<(path: string) => void | Promise<void>>({
    'that is something else altogether': (path) => writeFileSync(path, 'this is no database at all'.repeat(1_000)),
    'whose pages were overwritten': (path) => {
      const bytes = readFileSync(path);
      writeFileSync(path, Buffer.concat([bytes.subarray(0, 100), randomBytes(bytes.length - 100)]));
    },
    'that was cut short': (path) => truncate(path, 6_000),
  })) {
    test(`${claim} is set aside, and a new one takes its place`, async (t) => {
      const first = await openSqlite(t);
      for (let index = 0; index < 50; index += 1) await first.store.putLayer(layerOf(index));
      await first.store.close();
      await damage(first.path);
      const { store, troubles, path } = await openSqlite(t, { directory: first.directory });
      await store.getLayer(digestOf('layer 7'));
      await store.putLayer(layerOf(7));
      await store.putLayer(layerOf(8));
      assert.notEqual(await store.getLayer(digestOf('layer 8')), undefined);
      assert.equal(troubles[0]?.kind, 'corrupt');
      assert.ok(existsSync(`${path}.broken-1`));
      assert.equal(integrityOf(path), 'ok');
    });
  }

  test('is kept only as often as the limit says', async (t) => {
    const directory = await temporaryDirectory(t);
    for (let round = 0; round < 4; round += 1) {
      writeFileSync(join(directory, 'facts.db'), `garbage ${round}`.repeat(1_000));
      const { store } = await openSqlite(t, { directory, limits: { maxBrokenDatabases: 2 } });
      await store.get(digestOf('a'));
      await store.put(digestOf('a'), artifactFacts(digestOf('a')));
      assert.notEqual(await store.get(digestOf('a')), undefined);
      await store.close();
    }
    assert.deepEqual(readdirSync(directory).sort(), ['facts.db', 'facts.db.broken-1', 'facts.db.broken-2']);
  });

  test('loses one row, when one row is not what was written', async (t) => {
    const first = await openSqlite(t);
    for (const name of ['a', 'b', 'c']) await first.store.putLayer(storedLayer(name));
    await first.store.close();
    const file = new DatabaseSync(first.path);
    file.prepare('UPDATE facts SET value = ? WHERE digest = ?').run(Buffer.from('what is known of x'), digestOf('a'));
    file.prepare('UPDATE facts SET about = replace(about, ?, ?) WHERE digest = ?').run('false', 'true', digestOf('b'));
    file.close();
    const { store, troubles, path } = await openSqlite(t, { directory: first.directory });
    assert.equal(await store.getLayer(digestOf('a')), undefined);
    assert.equal(await store.getLayer(digestOf('b')), undefined);
    assert.notEqual(await store.getLayer(digestOf('c')), undefined);
    assert.deepEqual(
      troubles.map(({ kind }) => kind),
      ['corrupt'],
    );
    assert.ok(!existsSync(`${path}.broken-1`));
    await store.close();
    assert.equal(rowsOf(path), 1);
  });
});

suite('a lock held by another process', () => {
  const limits = { storeLockMs: 20 };

  test('while a new file is opened leaves the store off for a while', async (t) => {
    const clock = { nowMs: 0 };
    const { directory, path } = await openSqlite(t);
    rmSync(path, { force: true });
    const other = new DatabaseSync(path);
    t.after(() => other.close());
    other.exec('CREATE TABLE theirs (a); BEGIN EXCLUSIVE');
    const { store, troubles } = await openSqlite(t, { directory, limits, now: () => clock.nowMs });
    await knowsAndKeepsNothing(store);
    assert.equal(troubles[0]?.kind, 'locked');
    other.exec('ROLLBACK');
    await knowsAndKeepsNothing(store);
    clock.nowMs += minuteMs;
    await keeps(store, 'later');
  });

  test('while something is written loses that, and nothing after it', async (t) => {
    const { store, path, troubles } = await openSqlite(t, { limits });
    await keeps(store, 'before');
    const other = new DatabaseSync(path);
    t.after(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    await store.putLayer(storedLayer('meanwhile'));
    assert.equal(await store.getLayer(digestOf('meanwhile')), undefined);
    assert.notEqual(await store.getLayer(digestOf('before')), undefined);
    assert.ok(await store.claim('work', minuteMs), 'a claim is granted as if there were no other process');
    assert.equal(await store.claim('work', minuteMs), undefined, 'and only once in this one');
    other.exec('ROLLBACK');
    await keeps(store, 'after');
    assert.deepEqual(
      troubles.map(({ kind }) => kind),
      ['locked'],
    );
  });
});

suite('a directory that cannot be written', () => {
  test('because a file lies in its place is told, and nothing breaks', async (t) => {
    const directory = join(await temporaryDirectory(t), 'file');
    writeFileSync(directory, '');
    const { store, troubles } = await openSqlite(t, { directory });
    await knowsAndKeepsNothing(store);
    assert.equal(troubles[0]?.kind, 'unusable');
  });

  test('because the disk is read-only is told, and nothing breaks', async (t) => {
    const directory = await mountedDisk(t, ['size=1m', 'ro']);
    if (directory === undefined) return t.skip('mounting a disk needs root');
    const { store, troubles } = await openSqlite(t, { directory });
    await knowsAndKeepsNothing(store);
    assert.equal(troubles[0]?.kind, 'unusable');
  });
});

suite('a full disk', () => {
  test('is told; what is there is still there, and writing goes on when there is space again', async (t) => {
    const directory = await mountedDisk(t, ['size=2m']);
    if (directory === undefined) return t.skip('mounting a disk needs root');
    const filler = join(directory, 'filler');
    writeFileSync(filler, randomBytes(1024 * 1024));
    const { store, troubles, path } = await openSqlite(t, { directory });
    await keeps(store, 'early');
    for (let index = 0; troubles.length === 0 && index < 200; index += 1) await store.putLayer(layerOf(index));
    assert.deepEqual(
      troubles.map(({ kind }) => kind),
      ['full'],
    );
    assert.notEqual(await store.getLayer(digestOf('early')), undefined);
    assert.ok(await store.claim('work', minuteMs));
    rmSync(filler);
    await keeps(store, 'late');
    await store.close();
    assert.equal(integrityOf(path), 'ok');
  });

  test('from the start is told, and the store is tried again later', async (t) => {
    const directory = await mountedDisk(t, ['size=64k']);
    if (directory === undefined) return t.skip('mounting a disk needs root');
    const clock = { nowMs: 0 };
    writeFileSync(join(directory, 'filler'), randomBytes(60 * 1024));
    const { store, troubles } = await openSqlite(t, { directory, now: () => clock.nowMs });
    await knowsAndKeepsNothing(store);
    assert.equal(troubles[0]?.kind, 'full');
    rmSync(join(directory, 'filler'));
    execFileSync('mount', ['-o', 'remount,size=4m', directory]);
    clock.nowMs += minuteMs;
    await keeps(store, 'later');
  });
});

suite('too much at a time', () => {
  test('is dropped beyond the limit of requests, told once, and later ones are kept', async (t) => {
    const { store, troubles } = await openSqlite(t, { limits: { maxStoreRequests: 5 } });
    await Promise.all(Array.from({ length: 20 }, (_, index) => store.putLayer(layerOf(index))));
    assert.deepEqual(await knownOf(store, 20), [0, 1, 2, 3, 4]);
    assert.deepEqual(
      troubles.map(({ kind, times }) => [kind, times]),
      [['overloaded', 1]],
    );
    await keeps(store, 'later');
  });

  test('is dropped beyond the limit of bytes', async (t) => {
    const { store, troubles } = await openSqlite(t, { limits: { maxStoreRequestBytes: 3 * layerBytes } });
    await Promise.all(Array.from({ length: 20 }, (_, index) => store.putLayer(layerOf(index))));
    assert.deepEqual(await knownOf(store, 20), [0, 1, 2]);
    assert.equal(troubles.length, 1);
    await keeps(store, 'later');
  });

  test('is told again after a minute, with how often it came', async (t) => {
    const clock = { nowMs: 0 };
    const { store, troubles } = await openSqlite(t, { limits: { maxStoreRequests: 1 }, now: () => clock.nowMs });
    const burst = () => Promise.all(Array.from({ length: 11 }, (_, index) => store.putLayer(layerOf(index))));
    await burst();
    clock.nowMs += minuteMs - 1;
    await burst();
    clock.nowMs += 1;
    await burst();
    assert.deepEqual(
      troubles.map(({ times }) => times),
      [1, 20],
    );
  });

  test('does not hold up who asks: an answer that does not come is none', async (t) => {
    const { store, troubles } = await openSqlite(t, { limits: { storeReadMs: 1 } });
    // The thread is still starting.
    assert.equal(await store.get(digestOf('a')), undefined);
    assert.equal(troubles[0]?.kind, 'overloaded');
  });
});

suite('a thread that dies', () => {
  /** Cannot be written into a row: a bug of the caller, which types prevent. */
  const bug = JSON.parse('{"no":"parameter"}');

  test('answers what was asked with nothing, and is started again', async (t) => {
    const { store, troubles } = await openSqlite(t);
    await keeps(store, 'before');
    const claim = store.claim(bug, 1_000);
    const meanwhile = store.putLayer(storedLayer('meanwhile'));
    assert.ok(await claim);
    await meanwhile;
    assert.equal(troubles[0]?.kind, 'stopped');
    assert.notEqual(await store.getLayer(digestOf('before')), undefined);
    await keeps(store, 'after');
  });

  test('again and again is started only so often', async (t) => {
    const clock = { nowMs: 0 };
    const { store, troubles } = await openSqlite(t, { limits: { maxStoreRestarts: 2 }, now: () => clock.nowMs });
    for (let round = 0; round < 3; round += 1) {
      clock.nowMs += minuteMs;
      assert.equal(troubles.length, round);
      await store.claim(bug, 1);
    }
    assert.equal(troubles.length, 3);
    await knowsAndKeepsNothing(store);
    await store.close();
  });
});

const layerBytes = 10_000;

function layerOf(index: number) {
  return storedLayer(`layer ${index}`, { bytes: randomBytes(layerBytes) });
}

async function knownOf(store: FactsStore, layers: number): Promise<readonly number[]> {
  const known: number[] = [];
  for (let index = 0; index < layers; index += 1) {
    if ((await store.getLayer(digestOf(`layer ${index}`))) !== undefined) known.push(index);
  }
  return known;
}

async function keeps(store: FactsStore, name: string): Promise<void> {
  await store.putLayer(storedLayer(name));
  assert.notEqual(await store.getLayer(digestOf(name)), undefined, name);
}

/** Nothing rejects, nothing is kept, and work is still given out, once. */
async function knowsAndKeepsNothing(store: FactsStore): Promise<void> {
  await store.put(digestOf('a'), artifactFacts(digestOf('a')));
  await store.putLayer(storedLayer('a'));
  assert.equal(await store.get(digestOf('a')), undefined);
  assert.equal(await store.getLayer(digestOf('a')), undefined);
  const claim = await store.claim('a', minuteMs);
  assert.ok(claim);
  assert.equal(await store.claim('a', minuteMs), undefined);
  await claim.release();
}

/** A small disk of its own; undefined where that is not allowed. */
async function mountedDisk(t: TestContext, options: readonly string[]): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'tidewaiter-test-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options.join(), 'tmpfs', directory], { stdio: 'ignore' });
  } catch {
    await rm(directory, { recursive: true });
    return undefined;
  }
  t.after(async () => {
    execFileSync('umount', ['-l', directory]);
    await rm(directory, { recursive: true });
  });
  return directory;
}

function integrityOf(path: string): unknown {
  using file = new DatabaseSync(path);
  return file.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
}

function rowsOf(path: string): unknown {
  using file = new DatabaseSync(path);
  return file.prepare('SELECT count(*) AS rows FROM facts').get()?.['rows'];
}
