// The terminal a command runs at: where results and progress go, and what it may assume of it.
import type { Readable } from 'node:stream';
import type { Environment } from './environment.ts';

export interface Terminal {
  /** Results, and nothing else. */
  out(text: string): void;
  /** Problems, and progress when it is a terminal. */
  err(text: string): void;
  readonly stdin: Readable;
  readonly environment: Environment;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Width of standard output, where it is a terminal. */
  readonly columns?: number;
  /** Aborts on SIGINT and SIGTERM. */
  readonly interrupted: AbortSignal;
  /** Says that the interruption was this command's regular end, so that the exit code is the command's own. */
  endedInPeace(): void;
}

/** How text is to be written to it. */
export function textOptionsFor(terminal: Terminal): { readonly colour: boolean; readonly columns?: number } {
  const { columns } = terminal;
  return { colour: usesColour(terminal), ...(columns === undefined ? {} : { columns }) };
}

export function usesColour(terminal: Terminal): boolean {
  return terminal.outIsTerminal && !terminal.environment.noColor;
}
