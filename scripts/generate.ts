// Writes the files that are derived from the code; with --check it writes nothing and fails when one of them is out of date.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checksPage } from '../src/checks/checks-page.ts';
import { commandRuns } from '../src/cli/commands.ts';
import { runProgram } from '../src/cli/program.ts';
import { configurationPage } from '../src/files/configuration-page.ts';
import { chartValues, withValuesTable } from '../test/charts/values-table.ts';
import { collectingTerminal } from '../test/support/collecting-terminal.ts';
import { keywordScanModuleText } from './keyword-scan-build.ts';

const root = new URL('../', import.meta.url);

/** The help of every command, as a person gets it. */
async function commandLinePage(): Promise<string> {
  const sections = await Promise.all(
    ['', 'serve', 'check', 'inspect', 'test', 'explain'].map(async (command) => {
      const terminal = collectingTerminal();
      await runProgram([...(command === '' ? [] : [command]), '--help'], commandRuns, terminal);
      const title = ['## tidewaiter', command].join(' ').trimEnd();
      return `${title}\n\n\`\`\`\n${terminal.written().trimEnd()}\n\`\`\`\n`;
    }),
  );
  return `# Command line\n\n<!-- Generated from src/cli/program.ts by \`make generate\`; changes belong there. -->\n\n${sections.join('\n')}`;
}

/** The chart's README, which ends in a table of its values. */
async function chartReadme(): Promise<string> {
  const [readme, values] = await Promise.all(
    ['README.md', 'values.yaml'].map((name) => readFile(new URL(`charts/tidewaiter/${name}`, root), 'utf8')),
  );
  return withValuesTable(readme ?? '', chartValues(values ?? ''));
}

const pages: readonly (readonly [file: string, text: string])[] = [
  ['docs/checks.md', checksPage()],
  ['docs/configuration.md', configurationPage()],
  ['docs/command-line.md', await commandLinePage()],
  ['charts/tidewaiter/README.md', await chartReadme()],
  ['src/secrets/keyword-scan-module.ts', await keywordScanModuleText()],
];

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const stale: string[] = [];
for (const [file, text] of pages) {
  const path = fileURLToPath(new URL(file, root));
  const present = await readFile(path, 'utf8').catch(() => undefined);
  if (present === text) continue;
  if (values.check) stale.push(file);
  else await writeFile(path, text);
}
if (stale.length > 0) {
  process.stderr.write(`out of date: ${stale.join(', ')}; run \`make generate\` and commit what changes\n`);
  process.exitCode = 1;
}
