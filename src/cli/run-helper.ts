// Runs a docker credential helper as a process, without a shell, and leaves nothing of it behind.
import { spawn } from 'node:child_process';
import { kill } from 'node:process';
import type { RunHelper } from '../registry/credential-helper.ts';

/** A helper answers with a small JSON document. */
const maxOutputBytes = 64 * 1024;

/** What the helper wrote before it ended lies in the pipe already; so long it may take to be read while someone holds the pipe open. */
const lastWordsMs = 250;

/**
 * Writes `input` to the program and reads what it says; rejects when it cannot be started, says too much, or `signal` aborts.
 * It runs in a process group of its own, which is killed when it ends: what it started and left running must not hold the pipes, and with
 * them this process, open.
 */
export const runHelper: RunHelper = (program, parameters, input, signal) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'ignore'], detached: true, shell: false });
    const chunks: Buffer[] = [];
    let size = 0;
    let patience: NodeJS.Timeout | undefined;
    const finish = (settle: () => void): void => {
      clearTimeout(patience);
      signal.removeEventListener('abort', abort);
      killGroup(child.pid);
      child.stdin.destroy();
      child.stdout.destroy();
      settle();
    };
    const abort = (): void => finish(() => reject(signal.reason));
    const answer = (): void =>
      finish(() => resolve({ exitCode: child.exitCode ?? -1, stdout: Buffer.concat(chunks).toString('utf8') }));
    signal.addEventListener('abort', abort, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxOutputBytes) chunks.push(chunk);
      else finish(() => reject(new Error(`${program} wrote more than ${maxOutputBytes} bytes`)));
    });
    child.on('error', (cause) => finish(() => reject(cause)));
    child.on('exit', () => {
      killGroup(child.pid);
      patience = setTimeout(answer, lastWordsMs);
    });
    child.on('close', answer);
    // A helper that reads nothing and ends is no error of ours.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });

/** The group has the number of the helper that leads it, also when only those are left that it started. */
function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    kill(-leader, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}
