// The report as JSON: stable fields, of which there will only ever be more.
import type { Finding } from '../policy/verdict.ts';
import { type Report, type ReportedSubject, type ReportedUse, summaryOf, usesOf, verdictOfReport } from './report.ts';
import { safeJson } from './safe-json.ts';

/** Raised only when a field changes its meaning or goes away. */
const formatVersion = 1;

/** One JSON document with a line end; the order of subjects is theirs, that of findings the verdict's. */
export function jsonReport(report: Report): string {
  return safeJson({
    version: formatVersion,
    engine: report.engine,
    detectors: report.detectors,
    at: report.at,
    policies: report.policies.map(({ name, source, revision }) => ({ name, source, revision })),
    verdict: verdictOfReport(report),
    summary: summaryOf(report),
    subjects: usesOf(report).map(subjectJson),
  });
}

function subjectJson({ subject, use }: ReportedUse): object {
  const { workload } = subject.verdict;
  return {
    target: subject.target,
    source: subject.file === undefined ? undefined : { file: subject.file, line: subject.lineOf?.(use.use) },
    resource: workload === undefined ? undefined : resourceJson(workload),
    use: workload === undefined ? undefined : { kind: use.use.kind, path: use.use.path, name: use.use.name },
    image: use.image ?? use.use.image,
    digest: use.digest,
    platforms: use.platforms.map(({ platform, digest }) => ({ platform, digest })),
    verdict: use.verdict,
    unjudged: use.unjudged,
    staleSince: use.staleSince,
    coverage: use.coverage,
    findings: use.findings.map(findingJson),
  };
}

function resourceJson(workload: NonNullable<ReportedSubject['verdict']['workload']>): object {
  const { apiVersion, kind, namespace, name, generateName } = workload;
  return { apiVersion, kind, namespace, name: name ?? (generateName === undefined ? undefined : `${generateName}*`) };
}

/** Field by field: what a finding is given inside the program does not become a promise to scripts unnoticed. */
function findingJson(finding: Finding): object {
  return {
    rule: finding.rule,
    severity: finding.severity,
    action: finding.action,
    policies: finding.policies.map(({ name, action }) => ({ name, action })),
    fingerprint: finding.fingerprint,
    message: finding.message,
    advice: finding.advice,
    evidence: finding.evidence,
    platforms: finding.platforms,
    waivedBy: finding.waivedBy,
  };
}
