// Processes that share a database of facts, and what is left of it when one of them is killed while it writes.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { suite, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { digestOf } from '../../src/oci/digest.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { storedLayer } from './facts-store-suite.ts';
import { openSqlite } from './open-sqlite.ts';
import { bytesOf } from './store-process.ts';

const program = new URL('./store-process.ts', import.meta.url).pathname;

suite('processes that share a database', () => {
  test('are given each piece of work once', async (t) => {
    const directory = await temporaryDirectory(t);
    const count = 100;
    const processes = Array.from({ length: 3 }, () => run('claim', directory, String(count)));
    const given = (await Promise.all(processes)).flatMap(({ stdout }): readonly number[] => JSON.parse(stdout));
    assert.deepEqual(
      [...given].sort((one, other) => one - other),
      Array.from({ length: count }, (_, index) => index),
    );
    const { store } = await openSqlite(t, { directory });
    assert.equal(await store.claim('work 7', 1_000), undefined);
  });

  test('add their proofs of one layer, and lose none', async (t) => {
    const directory = await temporaryDirectory(t);
    const processes = ['a', 'b', 'c'].map((name) => run('prove', directory, name));
    const troubles = (await Promise.all(processes)).map(({ stderr }) => stderr);
    assert.deepEqual(troubles, ['', '', '']);
    const { store } = await openSqlite(t, { directory });
    assert.equal((await store.getLayer(digestOf('common')))?.provenBy.length, 3 * 150);
  });

  test('see what the others put', async (t) => {
    const directory = await temporaryDirectory(t);
    const writer = startWriter(t, directory, 'shared');
    const names = await linesOf(writer, 8);
    const { store, troubles } = await openSqlite(t, { directory });
    for (const name of names) {
      const found = await store.getLayer(digestOf(name));
      assert.ok(found && bytesOf(name).equals(found.layer.bytes), name);
    }
    await store.putLayer(storedLayer('mine'));
    assert.notEqual(await store.getLayer(digestOf('mine')), undefined);
    assert.deepEqual(troubles, []);
  });
});

test('a process that is killed while it writes leaves whole rows, and all that it was told are kept', async (t) => {
  const directory = await temporaryDirectory(t);
  const kept: string[] = [];
  let path = '';
  for (let round = 0; round < 10; round += 1) {
    const writer = startWriter(t, directory, `round ${round}`);
    const ended = once(writer, 'exit');
    kept.push(...(await linesOf(writer, 1 + round * 6)));
    writer.kill('SIGKILL');
    await ended;
    const opened = await openSqlite(t, { directory });
    for (const name of kept) {
      const found = await opened.store.getLayer(digestOf(name));
      assert.ok(found && bytesOf(name).equals(found.layer.bytes), name);
    }
    assert.deepEqual(opened.troubles, []);
    await opened.store.close();
    path = opened.path;
  }
  using file = new DatabaseSync(path);
  assert.deepEqual({ ...file.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
  const rows = file.prepare('SELECT sum, about, value FROM facts').all();
  assert.ok(rows.length >= kept.length);
  for (const { sum, about, value } of rows) {
    assert.ok(value instanceof Uint8Array);
    assert.equal(crc32(value, crc32(String(about))), sum);
  }
});

const run = (...args: readonly string[]) => promisify(execFile)(process.execPath, [program, ...args]);

function startWriter(t: TestContext, directory: string, seed: string): ChildProcess {
  const writer = spawn(process.execPath, [program, 'write', directory, seed], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => writer.kill('SIGKILL'));
  return writer;
}

/** So many lines, or a few more, as soon as they are there. */
async function linesOf(writer: ChildProcess, count: number): Promise<readonly string[]> {
  assert.ok(writer.stdout);
  const lines: string[] = [];
  for await (const line of createInterface(writer.stdout)) {
    if (lines.push(line) >= count) break;
  }
  return lines;
}
