// Watching files: every change is seen, looks never overlap, and a row of changes is one look.
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type FileWatchOptions, watchFiles } from '../../src/files/file-watch.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const hour = 3_600_000;

/** Counts looks and lets a test wait until there were as many as it wants. */
function countLooks(change: Partial<FileWatchOptions> = {}) {
  const counted = { looks: 0, running: 0, overlapped: false };
  let reached: () => void = () => undefined;
  const options: FileWatchOptions = {
    directories: () => [],
    everyMs: hour,
    ...change,
    look: async () => {
      counted.running += 1;
      counted.overlapped ||= counted.running > 1;
      await change.look?.();
      counted.running -= 1;
      counted.looks += 1;
      reached();
    },
  };
  const until = async (looks: number): Promise<void> => {
    while (counted.looks < looks) await new Promise<void>((resolve) => (reached = resolve));
  };
  return { counted, options, until };
}

test('looks again and again without any hint', async () => {
  const { options, until } = countLooks({ everyMs: 5 });
  const watch = watchFiles(options);
  await until(3);
  await watch.close();
});

test('looks when a file changes, once for a row of changes', async (t) => {
  const directory = await temporaryDirectory(t);
  const { counted, options, until } = countLooks({ directories: () => [directory] });
  const watch = watchFiles(options);
  for (let n = 0; n < 20; n++) await writeFile(join(directory, `${n}`), '');
  await until(1);
  await watch.close();
  assert.equal(counted.looks, 1);
});

test('hints that never stop do not put a look off', async (t) => {
  const directory = await temporaryDirectory(t);
  const { options, until, counted } = countLooks({ directories: () => [directory] });
  const watch = watchFiles(options);
  let writing = true;
  const writer = (async () => {
    for (let n = 0; writing; n++) {
      await writeFile(join(directory, 'file'), String(n));
      await pause(20);
    }
  })();
  await until(2);
  writing = false;
  await writer;
  await watch.close();
  assert.equal(counted.overlapped, false);
});

test('a change during a look is looked at again', async (t) => {
  const directory = await temporaryDirectory(t);
  let first = true;
  const { options, until } = countLooks({
    directories: () => [directory],
    look: async () => {
      if (!first) return;
      first = false;
      await writeFile(join(directory, 'late'), '');
      await pause(50);
    },
  });
  const watch = watchFiles(options);
  await Promise.all([watch.look(), until(2)]);
  await watch.close();
});

test('looks asked for at once do not overlap, and each sees what was there when it was asked', async () => {
  const { counted, options } = countLooks({ look: () => pause(5) });
  const watch = watchFiles(options);
  await Promise.all([watch.look(), watch.look(), watch.look()]);
  await watch.close();
  assert.deepEqual([counted.looks, counted.overlapped], [3, false]);
});

test('a directory that is not there, or goes and comes back, only costs the hints', async (t) => {
  const parent = await temporaryDirectory(t);
  const directory = join(parent, 'policies');
  const { options, until } = countLooks({ directories: () => [directory, '/nowhere'], everyMs: 20 });
  const watch = watchFiles(options);
  await until(1);
  await mkdir(directory);
  await until(2);
  await rm(directory, { recursive: true });
  await until(4);
  await watch.close();
});

test('after closing it looks no more', async (t) => {
  const directory = await temporaryDirectory(t);
  const { counted, options } = countLooks({ directories: () => [directory], everyMs: 5 });
  const watch = watchFiles(options);
  await watch.close();
  await writeFile(join(directory, 'x'), '');
  await watch.look();
  assert.equal(counted.looks, 0);
});
