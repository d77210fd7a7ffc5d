// `tidewaiter explain`: what a check or rule looks for, why, and how to fix what it finds.
import { explain, explainAll } from '../checks/explain.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import type { CommonOptions } from './program.ts';
import type { Terminal } from './terminal.ts';

export async function runExplain([name]: readonly string[], _: CommonOptions, terminal: Terminal): Promise<ExitCode> {
  terminal.out(name === undefined ? explainAll() : explain(name));
  return exitCodes.ok;
}
