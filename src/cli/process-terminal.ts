// The terminal of this process: its streams, its environment, and the signals that interrupt it.
import { readEnvironment } from './environment.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

export interface ProcessTerminal {
  readonly terminal: Terminal;
  /** The exit code of a run that ended with `code`, once all that it wrote has been taken or has not. */
  finalExitCode(code: ExitCode): ExitCode;
}

/**
 * The first SIGINT or SIGTERM aborts `interrupted`; a second one calls `endNow`, as people expect of an impatient ^C.
 * A command that treats the signal as its regular end (`serve` does) calls `endedInPeace`; any other ends with the signal's exit code.
 */
export function createProcessTerminal(endNow: (code: ExitCode) => void): ProcessTerminal {
  const controller = new AbortController();
  let signalled: ExitCode | undefined;
  let peaceful = false;
  let isLost = false;
  const onSignal = (code: ExitCode) => (): void => {
    if (signalled === undefined) {
      signalled = code;
      controller.abort();
    } else endNow(signalled);
  };
  process.on('SIGINT', onSignal(exitCodes.interrupted));
  process.on('SIGTERM', onSignal(exitCodes.terminated));
  // A reader that goes away (`| head`) is no error of ours, nor does it change the exit code. A report that a full disk cut off is one.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (isLost || code === 'EPIPE') return;
    isLost = true;
    process.stderr.write(`tidewaiter: standard output cannot be written (${code})\n`);
  });
  process.stderr.on('error', () => undefined);
  return {
    terminal: {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
      stdin: process.stdin,
      environment: readEnvironment(),
      outIsTerminal: process.stdout.isTTY === true,
      errIsTerminal: process.stderr.isTTY === true,
      ...(process.stdout.isTTY === true ? { columns: process.stdout.columns } : {}),
      interrupted: controller.signal,
      endedInPeace: () => {
        peaceful = true;
      },
    },
    finalExitCode: (code) => (isLost ? exitCodes.internal : peaceful ? code : (signalled ?? code)),
  };
}
