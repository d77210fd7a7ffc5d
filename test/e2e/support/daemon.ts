// Runs a server program for as long as a test needs it, remembers the end of what it printed, and ends it for certain.
import { spawn } from 'node:child_process';

export interface Daemon extends AsyncDisposable {
  readonly pid: number;
  /** Aborted when the program has ended, however it did; the reason says how, with the last of its output. */
  readonly ended: AbortSignal;
  /** The end of what it has printed so far, standard output and error as they came. */
  output(): string;
  /** Asks with SIGTERM and, if that is not heard, kills. Resolves when the process is gone. */
  stop(): Promise<void>;
}

/** Enough for the lines in which a server says why it gives up. */
const keptOutputCharacters = 8 * 1024;
/** An API server drains its watches first; one that takes longer has nothing left that a test could lose. */
const usualGracePeriodMs = 10_000;

/**
 * On Linux the kernel kills the program when this process dies, even by SIGKILL, so that an interrupted run leaves none
 * behind. Elsewhere that is left to `stop`.
 */
function boundToThisProcess(command: string, args: readonly string[]): readonly [string, readonly string[]] {
  if (process.platform !== 'linux') return [command, args];
  return ['setpriv', ['--pdeathsig', 'KILL', '--', command, ...args]];
}

export interface DaemonOptions {
  readonly gracePeriodMs?: number;
  /** Instead of this process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Gets all that it prints, of which `output` keeps the end only. */
  readonly onOutput?: (text: string) => void;
}

/** `name` is what its errors call it. */
export async function startDaemon(
  name: string,
  command: string,
  args: readonly string[],
  { gracePeriodMs = usualGracePeriodMs, environment = process.env, onOutput }: DaemonOptions = {},
): Promise<Daemon> {
  const [boundCommand, boundArgs] = boundToThisProcess(command, args);
  const child = spawn(boundCommand, boundArgs, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-keptOutputCharacters);
      onOutput?.(text);
    });
  }
  const ending = new AbortController();
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  child.once('close', (code, signal) => {
    ending.abort(new Error(`${name} ended with ${signal ?? `exit code ${code}`}:\n${output}`));
    close();
  });
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const impatience = setTimeout(() => child.kill('SIGKILL'), gracePeriodMs);
    await closed;
    clearTimeout(impatience);
  };
  // `spawn` has been seen, so there is a pid.
  return { pid: Number(child.pid), ended: ending.signal, output: () => output, stop, [Symbol.asyncDispose]: stop };
}
