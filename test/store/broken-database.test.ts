// A broken database file is taken out of the way, unless somebody else has already done it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { fileIdentity, setAside } from '../../src/store/broken-database.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

suite('a broken database file', () => {
  async function directoryWith(t: TestContext, names: readonly string[]) {
    const directory = await temporaryDirectory(t);
    for (const name of names) writeFileSync(join(directory, name), name);
    return { directory, path: join(directory, 'facts.db'), left: () => readdirSync(directory).sort() };
  }

  test('is renamed, and its journals go', async (t) => {
    const { path, left } = await directoryWith(t, ['facts.db', 'facts.db-wal', 'facts.db-shm', 'policies.json']);
    setAside(path, { identity: fileIdentity(path), maxBroken: 1 });
    assert.deepEqual(left(), ['facts.db.broken-1', 'policies.json']);
    assert.equal(readFileSync(`${path}.broken-1`, 'utf8'), 'facts.db');
  });

  test('takes the first name that is free', async (t) => {
    const { path, left } = await directoryWith(t, ['facts.db', 'facts.db.broken-2']);
    setAside(path, { identity: fileIdentity(path), maxBroken: 2 });
    assert.deepEqual(left(), ['facts.db.broken-1', 'facts.db.broken-2']);
  });

  test('is removed when no name is free, and the older ones stay', async (t) => {
    const { path, left } = await directoryWith(t, ['facts.db', 'facts.db.broken-1']);
    setAside(path, { identity: fileIdentity(path), maxBroken: 1 });
    assert.deepEqual(left(), ['facts.db.broken-1']);
    assert.equal(readFileSync(`${path}.broken-1`, 'utf8'), 'facts.db.broken-1');
  });

  test('is removed when none is to be kept', async (t) => {
    const { path, left } = await directoryWith(t, ['facts.db']);
    setAside(path, { identity: fileIdentity(path), maxBroken: 0 });
    assert.deepEqual(left(), []);
  });

  test('is left to the process that has replaced it already, journals and all', async (t) => {
    const { directory, path, left } = await directoryWith(t, ['facts.db']);
    const identity = fileIdentity(path);
    // The broken file stays somewhere, so that the new one is not given its place on the disk.
    setAside(path, { identity, maxBroken: 1 });
    for (const name of ['facts.db', 'facts.db-wal']) writeFileSync(join(directory, name), 'new');
    setAside(path, { identity, maxBroken: 2 });
    assert.deepEqual(left(), ['facts.db', 'facts.db-wal', 'facts.db.broken-1']);
  });

  test('that is gone is nothing to do', async (t) => {
    const { path, left } = await directoryWith(t, ['facts.db']);
    const identity = fileIdentity(path);
    await rm(path);
    setAside(path, { identity, maxBroken: 1 });
    assert.deepEqual(left(), []);
  });
});
