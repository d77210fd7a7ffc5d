// The report as JSON: stable fields, of which there will only ever be more.
import type { Workload } from '../workload/use.ts';
import { type Report, type ReportedUse, summaryOf, usesOf, verdictOfReport } from './report.ts';

/** Raised only when a field changes its meaning or goes away. */
const formatVersion = 1;

/** One JSON document with a line end. Everything in it is either ours or was made printable when it became a finding. */
export function jsonReport(report: Report): string {
  const document = {
    version: formatVersion,
    engine: report.engine,
    detectors: report.detectors,
    at: report.at,
    policies: report.policies,
    verdict: verdictOfReport(report),
    summary: summaryOf(report),
    subjects: usesOf(report).map(subjectJson),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function subjectJson({ subject, use }: ReportedUse): object {
  const { workload } = subject.verdict;
  return {
    target: subject.target,
    ...(subject.file === undefined ? {} : { source: { file: subject.file, line: subject.lineOf?.(use.use) } }),
    ...(workload === undefined ? {} : { resource: resourceJson(workload) }),
    ...(workload === undefined ? {} : { use: { kind: use.use.kind, path: use.use.path, name: use.use.name } }),
    image: use.image ?? use.use.image,
    digest: use.digest,
    platforms: use.platforms,
    verdict: use.verdict,
    unjudged: use.unjudged,
    coverage: use.coverage,
    staleSince: use.staleSince,
    findings: use.findings,
  };
}

function resourceJson({ apiVersion, kind, namespace, name, generateName }: Workload): object {
  return { apiVersion, kind, namespace, name: name ?? (generateName === undefined ? undefined : `${generateName}*`) };
}
