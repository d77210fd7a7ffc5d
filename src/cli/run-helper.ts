// Runs a docker credential helper as a process, without a shell.
import { spawn } from 'node:child_process';
import type { RunHelper } from '../registry/credential-helper.ts';

/** A helper answers with a small JSON document. */
const maxOutputBytes = 64 * 1024;

/** Writes `input` to the program and reads what it says; rejects when it cannot be started or says too much. */
export const runHelper: RunHelper = (program, parameters, input, signal) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'ignore'], signal, shell: false });
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxOutputBytes) child.kill('SIGKILL');
      else chunks.push(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (size > maxOutputBytes) reject(new Error(`${program} wrote more than ${maxOutputBytes} bytes`));
      else resolve({ exitCode: code ?? -1, stdout: Buffer.concat(chunks).toString('utf8') });
    });
    // A helper that reads nothing and ends is no error of ours.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
