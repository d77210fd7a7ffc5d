// Arguments in, exit code out.
import { commandRuns } from './cli/commands.ts';
import { createProcessTerminal } from './cli/process-terminal.ts';
import { runProgram } from './cli/program.ts';

const { terminal, finalExitCode } = createProcessTerminal((exitCode) => process.exit(exitCode));
const code = await runProgram(process.argv.slice(2), commandRuns, terminal);
process.on('exit', () => {
  process.exitCode = finalExitCode(code);
});
