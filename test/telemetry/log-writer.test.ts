// The writer of the log: in pieces, in order, in the background, and never more than it may hold.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createLogWriter } from '../../src/telemetry/log-writer.ts';

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'tidewaiter-log-'));
  try {
    await work(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

describe('the writer', () => {
  it('writes out by itself after a moment, and before the end when told to', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'log');
      const writer = createLogWriter(openSync(path, 'w'));
      writer.write('one\n');
      while (readFileSync(path, 'utf8') === '') await new Promise((resolve) => setTimeout(resolve, 20));
      writer.write('two\n');
      await writer.flush();
      assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
    }));

  it('keeps the order of many lines', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'log');
      const writer = createLogWriter(openSync(path, 'w'));
      const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index}\n`);
      for (const line of lines) writer.write(line);
      await writer.flush();
      assert.equal(readFileSync(path, 'utf8'), lines.join(''));
    }));

  it('drops what a stalled reader leaves no room for, goes on, and says how many lines are missing', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'pipe');
      execFileSync('mkfifo', [path]);
      const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
      const writer = createLogWriter(openSync(path, 'w'), { maxWaiting: 100_000 });
      const line = `${'x'.repeat(999)}\n`;
      for (let written = 0; written < 400; written += 1) {
        writer.write(line);
        if (written % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      const flushed = writer.flush();
      const text = await readAll(reader, flushed);
      // Told each time that there is room again, which may be more than once.
      const told = [...text.matchAll(/"dropped":(\d+)/g)].map(([, count]) => Number(count));
      const dropped = told.reduce((sum, count) => sum + count, 0);
      assert.ok(dropped > 0);
      assert.equal(text.split(line).length - 1, 400 - dropped);
      closeSync(reader);
    }));

  it('gives up at the end what a stalled reader has not taken, and tries no more', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'pipe');
      execFileSync('mkfifo', [path]);
      const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
      const writer = createLogWriter(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
      for (let written = 0; written < 400; written += 1) writer.write(`${'x'.repeat(999)}\n`);
      await writer.flush();
      const taken = await readAll(reader, Promise.resolve());
      assert.ok(taken.length < 400_000);
      // As long as several further attempts would take.
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.equal((await readAll(reader, Promise.resolve())).length, 0);
      closeSync(reader);
    }));
});

/** What comes until `end`, and what is there then. */
async function readAll(reader: number, end: Promise<void>): Promise<string> {
  const pieces: string[] = [];
  const buffer = Buffer.alloc(65_536);
  const take = (): boolean => {
    try {
      pieces.push(buffer.toString('utf8', 0, readSync(reader, buffer)));
      return true;
    } catch {
      return false;
    }
  };
  let isOver = false;
  end.then(() => {
    isOver = true;
  });
  while (!isOver || take()) if (!take()) await new Promise((resolve) => setTimeout(resolve, 5));
  return pieces.join('');
}
