// Runs the built command line as a process, as a user's shell does, with a home directory in which nothing lies.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** The one that `make build` leaves in the checkout. */
export const program = fileURLToPath(new URL('../../../bin/tidewaiter', import.meta.url));

/** The policy library of the checkout. */
export const policies = fileURLToPath(new URL('../../../policies', import.meta.url));

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly directory: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Called when the process runs; for those who send it a signal. */
  readonly onStart?: (pid: number) => void;
}

/** Many times what any run takes; one that hangs is killed, and ends with 137. */
const timeoutMs = 60_000;

/** Resolves whatever the exit code. A process that was killed has the code that shells give it: 128 + the signal. */
export type CommandLine = (args: readonly string[], options?: Partial<RunOptions>) => Promise<Ended>;

/** What is found in `home` and nothing of the user who runs the tests: no credentials, no proxy, no colours. */
export function createCommandLine(home: string): CommandLine {
  return async (args, { directory = home, environment = {}, stdin = '', onStart } = {}) => {
    const child = spawn(program, args, {
      cwd: directory,
      env: { PATH: process.env['PATH'], HOME: home, ...environment },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
    child.once('spawn', () => onStart?.(Number(child.pid)));
    const [stdout, stderr, [code, signal]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { code: code ?? 128 + (signalNumbers[String(signal)] ?? 0), stdout, stderr };
  };
}

const signalNumbers: Readonly<Record<string, number>> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };
