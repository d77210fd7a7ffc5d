// The commands, each in a file of its own.
import { runCheck } from './check-command.ts';
import { runExplain } from './explain-command.ts';
import { runInspect } from './inspect-command.ts';
import type { CommandRuns } from './program.ts';
import { runServe } from './serve-command.ts';
import { runTest } from './test-command.ts';

export const commandRuns: CommandRuns = {
  check: runCheck,
  inspect: runInspect,
  test: runTest,
  explain: runExplain,
  serve: runServe,
};
