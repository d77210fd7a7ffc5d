// `tidewaiter test`: runs the cases that lie beside policies.
import { faultFromProblems } from '../base/document.ts';
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { type CaseResult, runCase } from '../policy/run-case.ts';
import { paletteFor } from '../reports/colour.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import type { CommonOptions } from './program.ts';
import { type Terminal, usesColour } from './terminal.ts';
import { openCases } from './workbench.ts';

/**
 * Each directory is one policy with its cases, or a library of such directories. Prints a line a case, and what was different.
 * @throws Fault `document/invalid` for policies or cases that do not load, `usage` where there are no cases.
 */
export async function runTest(
  directories: readonly string[],
  options: CommonOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const loaded = await openCases(directories, options);
  if (loaded.problems.length > 0) throw faultFromProblems(loaded.problems);
  if (loaded.cases.length === 0)
    throw new Fault('usage', `there are no cases below ${directories.map((one) => printable(one)).join(', ')}`);
  const results = await Promise.all(loaded.cases.map(({ policyCase, material }) => runCase(policyCase, material)));
  const failed = results.filter(({ differences }) => differences.length > 0);
  terminal.out(
    `${[...results.flatMap((result) => resultLines(result, usesColour(terminal))), '', summary(results.length, failed.length)].join('\n')}\n`,
  );
  return failed.length > 0 ? exitCodes.denied : exitCodes.ok;
}

function resultLines({ name, source, line, differences }: CaseResult, isColoured: boolean): readonly string[] {
  const { good, bad, faint } = paletteFor(isColoured);
  const mark = differences.length === 0 ? good('ok    ') : bad('failed');
  return [
    `${mark} ${name} ${faint(`${source}:${line}`)}`,
    ...differences.map((difference) => `         ${difference}`),
  ];
}

function summary(cases: number, failed: number): string {
  return `${cases - failed} passed, ${failed} failed`;
}
