// `tidewaiter check`: judges every image that the targets name, and reports.
import { Fault } from '../base/fault.ts';
import type { JudgeContext } from '../checks/check.ts';
import { detectorRevision } from '../inspection/detector-revision.ts';
import { parsePlatform } from '../oci/platform.ts';
import { decideSubject } from '../policy/decide.ts';
import type { PolicySet } from '../policy/policy.ts';
import { jsonReport } from '../reports/json-report.ts';
import type { Report, ReportedSubject } from '../reports/report.ts';
import { textReport } from '../reports/text-report.ts';
import { engineVersion } from './engine-version.ts';
import { type ExitCode, exitCodeOfVerdicts } from './exit-code.ts';
import type { CheckOptions } from './program.ts';
import { type FoundSubject, findSubjects } from './subjects.ts';
import { type Terminal, usesColour } from './terminal.ts';
import { createWorkbench, type Workbench } from './workbench.ts';

/** Subjects judged at once; what they ask of one registry is bounded there. */
const maxSubjectsAtOnce = 16;

export async function runCheck(
  targets: readonly string[],
  options: CheckOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const workbench = await createWorkbench(options, terminal);
  try {
    const { set, isBuiltIn } = await workbench.policies(options.policies);
    const subjects = await findSubjects(targets, workbench);
    const atMs = options.at ?? Date.now();
    const reported = await judgeAll(subjects, { set, options, atMs, workbench, terminal });
    const report: Report = {
      engine: engineVersion,
      detectors: detectorRevision,
      at: new Date(atMs).toISOString(),
      policies: set.policies.map(({ name, source, revision }) => ({ name, source, revision })),
      isBuiltInPolicy: isBuiltIn,
      subjects: reported,
    };
    terminal.out(options.output === 'json' ? jsonReport(report) : textReport(report, { colour: usesColour(terminal) }));
    return exitCodeOfVerdicts(
      reported.map(({ verdict }) => verdict),
      { requirePolicy: options.requirePolicy ?? false },
    );
  } finally {
    await workbench.close();
  }
}

interface Judging {
  readonly set: PolicySet;
  readonly options: CheckOptions;
  readonly atMs: number;
  readonly workbench: Workbench;
  readonly terminal: Terminal;
}

/** In the order of the subjects, whatever finishes first. */
async function judgeAll(subjects: readonly FoundSubject[], judging: Judging): Promise<readonly ReportedSubject[]> {
  const reported: ReportedSubject[] = [];
  for (let from = 0; from < subjects.length; from += maxSubjectsAtOnce) {
    const batch = subjects.slice(from, from + maxSubjectsAtOnce);
    if (judging.terminal.errIsTerminal) judging.terminal.err(`\rreading images: ${from} of ${subjects.length} `);
    reported.push(...(await Promise.all(batch.map((subject) => judgeOne(subject, judging)))));
    if (judging.terminal.interrupted.aborted) throw new Fault('cancelled', 'interrupted before all images were judged');
  }
  if (judging.terminal.errIsTerminal) judging.terminal.err('\r\u001b[K');
  return reported;
}

async function judgeOne(
  subject: FoundSubject,
  { set, options, atMs, workbench, terminal }: Judging,
): Promise<ReportedSubject> {
  const { target, file, lineOf, workload, uses, isUnnamed = false, inspect, close } = subject;
  const verdict = await decideSubject(
    set,
    { uses, isUnnamed, keyring: workbench.keyring, ...(workload === undefined ? {} : { workload }) },
    contextFrom(options, atMs, workload?.namespace),
    {
      inspect,
      ...(options.platform === undefined ? {} : { onlyPlatforms: options.platform.map(parsePlatform) }),
      onInternalFault: ({ cause }) =>
        terminal.err(`tidewaiter: a bug: ${cause instanceof Error ? cause.stack : String(cause)}\n`),
    },
    terminal.interrupted,
  );
  await close?.();
  return {
    target,
    verdict,
    ...(file === undefined ? {} : { file }),
    ...(lineOf === undefined ? {} : { lineOf }),
  };
}

/** An object's own namespace outranks the one on the command line, as it does for kubectl. */
function contextFrom(options: CheckOptions, atMs: number, ownNamespace: string | undefined): JudgeContext {
  const namespace = ownNamespace ?? options.namespace;
  const isNamed = namespace === options.namespace;
  return {
    atMs,
    ...(namespace === undefined ? {} : { namespace }),
    ...(options.namespaceLabel === undefined || !isNamed ? {} : { namespaceLabels: options.namespaceLabel }),
  };
}
