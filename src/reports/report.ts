// What a run of `check` has to tell, before it is written in any format.
import type { SubjectVerdict, UseVerdict, VerdictKind } from '../policy/verdict.ts';

/** A subject with where it came from. */
export interface ReportedSubject {
  /** The target as it was named. */
  readonly target: string;
  /** The file it was read from; absent for images. */
  readonly file?: string;
  /** The line on which a use names its image. */
  readonly lineOf?: (use: UseVerdict['use']) => number;
  readonly verdict: SubjectVerdict;
}

export interface Report {
  readonly engine: string;
  readonly detectors: number;
  /** As of when it was judged: RFC 3339. */
  readonly at: string;
  readonly policies: readonly { readonly name: string; readonly source: string; readonly revision: string }[];
  /** Whether the built-in policy was applied because none was named. */
  readonly isBuiltInPolicy: boolean;
  readonly subjects: readonly ReportedSubject[];
}

export interface ReportSummary {
  /** Uses of images, which is what a verdict is about. */
  readonly subjects: number;
  readonly deny: number;
  readonly warn: number;
  readonly unjudged: number;
}

/** One use of one subject: a line of the report. */
export interface ReportedUse {
  readonly subject: ReportedSubject;
  readonly use: UseVerdict;
}

export function usesOf(report: Report): readonly ReportedUse[] {
  return report.subjects.flatMap((subject) => subject.verdict.uses.map((use) => ({ subject, use })));
}

export function summaryOf(report: Report): ReportSummary {
  const uses = usesOf(report);
  const count = (verdict: VerdictKind): number => uses.filter(({ use }) => use.verdict === verdict).length;
  return {
    subjects: uses.length,
    deny: count('deny'),
    warn: count('warn'),
    unjudged: uses.filter(({ use }) => use.unjudged).length,
  };
}

/** The strongest verdict of all. */
export function verdictOfReport(report: Report): VerdictKind {
  const { deny, warn } = summaryOf(report);
  if (deny > 0) return 'deny';
  return warn > 0 ? 'warn' : 'allow';
}

/** What a file name and an image's own words may do to a line: nothing. */
export const maxShownLength = 300;
