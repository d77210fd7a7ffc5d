// Credential helpers as processes: what they answer, and that nothing they start outlives them or holds anyone up.
import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kill } from 'node:process';
import { type TestContext, test } from 'node:test';
import { runHelper } from '../../src/cli/run-helper.ts';
import { until } from '../e2e/support/until.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** A helper as a shell script; `$0.pid` is where it may note whom it started. */
async function helper(t: TestContext, script: string): Promise<{ readonly program: string; readonly noted: string }> {
  const program = join(await temporaryDirectory(t), 'docker-credential-sample');
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  return { program, noted: `${program}.pid` };
}

function isAlive(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch {
    return false;
  }
}

async function notedPid(path: string): Promise<number> {
  let pid = 0;
  const read = async (): Promise<boolean> => {
    pid = Number(await readFile(path, 'utf8').catch(() => ''));
    return pid > 0;
  };
  await until(read, { what: 'the helper to note its child', timeoutMs });
  return pid;
}

/** Many times what any of it takes. */
const timeoutMs = 30_000;

const patient = new AbortController().signal;
const gone = (pid: number) => until(async () => !isAlive(pid), { what: `the end of ${pid}`, timeoutMs });

test('a helper is given the server and answers with what it prints and its exit code', async (t) => {
  const { program } = await helper(t, 'read server; echo "$1 $server"; exit 3');
  assert.deepEqual(await runHelper(program, ['get'], 'registry.example.com', patient), {
    exitCode: 3,
    stdout: 'get registry.example.com\n',
  });
});

test('the answer of a helper that left a child behind is taken, and the child ended', async (t) => {
  const { program, noted } = await helper(t, 'sleep 600 & echo $! > "$0.pid"; echo answer');
  assert.deepEqual(await runHelper(program, ['get'], '', patient), { exitCode: 0, stdout: 'answer\n' });
  await gone(await notedPid(noted));
});

test('a child that left the group of its helper holds nobody up either', async (t) => {
  const { program, noted } = await helper(
    t,
    'setsid sh -c \'echo $$ > "$0.pid"; exec sleep 600\' "$0" & until [ -s "$0.pid" ]; do sleep 0.01; done; echo answer',
  );
  assert.deepEqual(await runHelper(program, ['get'], '', patient), { exitCode: 0, stdout: 'answer\n' });
  kill(await notedPid(noted), 'SIGKILL');
});

test('a helper that hangs is ended with its children when nobody waits any longer', async (t) => {
  const { program, noted } = await helper(t, 'sleep 600 & echo $! > "$0.pid"; wait');
  const controller = new AbortController();
  const running = runHelper(program, ['get'], '', controller.signal);
  const rejected = assert.rejects(running, /patience/);
  const child = await notedPid(noted);
  controller.abort(new Error('patience'));
  await rejected;
  await gone(child);
});

test('a helper that says too much is ended', async (t) => {
  const { program } = await helper(t, 'exec cat /dev/zero');
  await assert.rejects(runHelper(program, ['get'], '', patient), /wrote more than 65536 bytes/);
});

test('a helper that is not there is an error', async () => {
  await assert.rejects(runHelper('docker-credential-no-such', ['get'], '', patient), { code: 'ENOENT' });
});
