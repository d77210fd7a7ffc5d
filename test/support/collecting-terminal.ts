// A terminal for tests and generators, which keeps what is written to it.
import { Readable } from 'node:stream';
import type { Terminal } from '../../src/cli/terminal.ts';

export interface CollectingTerminal extends Terminal {
  /** All of standard output so far. */
  written(): string;
  /** All of standard error so far. */
  complaints(): string;
}

export function collectingTerminal(
  input = '',
  environment: Terminal['environment'] = { noColor: true },
): CollectingTerminal {
  const out: string[] = [];
  const err: string[] = [];
  return {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    stdin: Readable.from([input]),
    environment,
    outIsTerminal: false,
    errIsTerminal: false,
    interrupted: new AbortController().signal,
    endedInPeace: () => undefined,
    written: () => out.join(''),
    complaints: () => err.join(''),
  };
}
