// Proves that a server program never outlives the test that started it, however that test ends.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { startDaemon } from './support/daemon.ts';
import { until } from './support/until.ts';

const timeoutMs = 30_000;
const deafProgram = 'process.on("SIGTERM", () => {}); process.stdout.write("deaf"); setInterval(() => {}, 60_000)';

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('says how a program ended, with the last that it printed', async (t) => {
  const failing = await startDaemon('pilot', process.execPath, ['-e', 'console.error("no water"); process.exit(3)']);
  await until(async () => failing.ended.aborted, { what: 'the end', timeoutMs, signal: t.signal });
  assert.match(String(failing.ended.reason), /pilot ended with exit code 3:\nno water/);
});

test('stop kills a program that does not hear SIGTERM', async (t) => {
  await using deaf = await startDaemon('deaf', process.execPath, ['-e', deafProgram], { gracePeriodMs: 50 });
  await until(async () => deaf.output() === 'deaf', { what: 'deafness', timeoutMs, signal: t.signal });
  await deaf.stop();
  assert.equal(isRunning(deaf.pid), false);
  assert.match(String(deaf.ended.reason), /deaf ended with SIGKILL/);
});

test('a program dies with the process that started it, even if that was killed', {
  skip: process.platform !== 'linux' && 'only Linux can bind one process to another',
}, async (t) => {
  const module = JSON.stringify(new URL('./support/daemon.ts', import.meta.url).href);
  const starter = `
    const { startDaemon } = await import(${module});
    const deaf = await startDaemon('deaf', process.execPath, ['-e', ${JSON.stringify(deafProgram)}]);
    while (deaf.output() !== 'deaf') await new Promise(setImmediate);
    process.stdout.write(String(deaf.pid), () => process.kill(process.pid, 'SIGKILL'));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', starter], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: t.signal,
  });
  const pid = Number(await text(child.stdout));
  assert.ok(pid > 0);
  await until(async () => !isRunning(pid), { what: 'the program to be gone', timeoutMs, signal: t.signal });
});
