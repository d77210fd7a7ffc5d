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
  /** Aborts on SIGINT and SIGTERM. */
  readonly interrupted: AbortSignal;
  /** Says that the interruption was this command's regular end, so that the exit code is the command's own. */
  endedInPeace(): void;
}

export function usesColour(terminal: Terminal): boolean {
  return terminal.outIsTerminal && !terminal.environment.noColor;
}
