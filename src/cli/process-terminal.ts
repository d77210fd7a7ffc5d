// The terminal of this process: its streams, its environment, and the signals that interrupt it.
import { readEnvironment } from './environment.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

export interface ProcessTerminal {
  readonly terminal: Terminal;
  /** The exit code of the signal that interrupted the run, if one did and the command did not end in peace because of it. */
  exitCodeOfSignal(): ExitCode | undefined;
}

/**
 * The first SIGINT or SIGTERM aborts `interrupted`; a second one calls `endNow`, as people expect of an impatient ^C.
 * A command that treats the signal as its regular end (`serve` does) calls `endedInPeace`.
 */
export function createProcessTerminal(endNow: (code: ExitCode) => void): ProcessTerminal {
  const controller = new AbortController();
  let signalled: ExitCode | undefined;
  let peaceful = false;
  const onSignal = (code: ExitCode) => (): void => {
    if (signalled === undefined) {
      signalled = code;
      controller.abort();
    } else endNow(signalled);
  };
  process.on('SIGINT', onSignal(exitCodes.interrupted));
  process.on('SIGTERM', onSignal(exitCodes.terminated));
  // A reader that goes away (`| head`) is no error of ours, nor does it change the exit code.
  process.stdout.on('error', () => undefined);
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
    exitCodeOfSignal: () => (peaceful ? undefined : signalled),
  };
}
