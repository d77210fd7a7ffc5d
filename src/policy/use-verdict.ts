// What is told of one use in the end: findings put together, their verdict, and which bytes were judged.
import type { Inspection, PlatformInspection } from '../inspection/inspection.ts';
import { formatPlatform } from '../oci/platform.ts';
import { canonicalName, formatReference, type ImageReference } from '../oci/reference.ts';
import type { ImageUse, Workload } from '../workload/use.ts';
import { mergeFindings } from './merge-findings.ts';
import type { Policy, PolicyException } from './policy.ts';
import type { RaisedFinding } from './raised-finding.ts';
import type { Finding, UseVerdict, VerdictKind } from './verdict.ts';

/** Everything that was found about one use. */
export interface JudgedUse {
  readonly use: ImageUse;
  /** Absent when it cannot be parsed. */
  readonly reference?: ImageReference;
  /** By name. */
  readonly policies: readonly Policy[];
  readonly raised: readonly RaisedFinding[];
  /** Absent when nothing was fetched. */
  readonly inspection?: Inspection;
  /** Those that any policy judged. */
  readonly platforms: readonly PlatformInspection[];
}

/** @param exceptions those in force here and now. */
export function verdictOfUse(
  judged: JudgedUse,
  exceptions: readonly PolicyException[],
  workload: Workload | undefined,
): UseVerdict {
  const { use, reference, policies, inspection } = judged;
  const findings = findingsOf(judged, exceptions);
  const digest = inspection?.digest ?? reference?.digest;
  return {
    use,
    ...(reference === undefined ? {} : { image: formatReference(reference) }),
    ...(digest === undefined ? {} : { digest }),
    platforms: judged.platforms.flatMap(({ platform, digest: manifest }) =>
      platform === undefined ? [] : [{ platform: formatPlatform(platform), digest: manifest }],
    ),
    verdict: verdictOf(findings, workload),
    unjudged: policies.length === 0,
    findings,
    policies: policies.map(({ name }) => name),
    ...readingOf(judged),
  };
}

/** Merged and waived, the heaviest first. */
export function findingsOf(
  { reference, raised, platforms }: Pick<JudgedUse, 'reference' | 'raised' | 'platforms'>,
  exceptions: readonly PolicyException[],
): readonly Finding[] {
  if (raised.length === 0) return [];
  return mergeFindings(raised, {
    ...(reference === undefined ? {} : { canonicalName: canonicalName(reference) }),
    exceptions,
    platforms: platforms.flatMap(({ platform }) => (platform === undefined ? [] : formatPlatform(platform))),
  });
}

/** What a waived finding says counts for nothing. */
export function verdictOf(findings: readonly Finding[], workload: Workload | undefined): VerdictKind {
  if (findings.length === 0) return 'allow';
  const counted = findings.filter(({ waivedBy }) => waivedBy === undefined).map(({ action }) => action);
  // Controllers try again, so what creates Pods is let in with a warning and its Pods are refused until the layers are read.
  const retryDenies = workload === undefined || workload.kind === 'Pod';
  if (counted.includes('deny') || (retryDenies && counted.includes('retry'))) return 'deny';
  return counted.includes('warn') || counted.includes('retry') ? 'warn' : 'allow';
}

export function strongestVerdict(verdicts: readonly VerdictKind[]): VerdictKind {
  return verdicts.includes('deny') ? 'deny' : verdicts.includes('warn') ? 'warn' : 'allow';
}

function readingOf({ inspection, platforms }: JudgedUse): Partial<UseVerdict> {
  if (inspection?.kind !== 'read') return {};
  const { grant, credential, staleSince, cache } = inspection;
  const coverage = { layers: 0, read: 0 };
  for (const { outcome } of platforms) {
    if (outcome.kind !== 'facts' || outcome.facts.kind !== 'image') continue;
    coverage.layers += outcome.facts.coverage.layers;
    coverage.read += outcome.facts.coverage.read;
  }
  const reading = { grant, credential, coverage, cache };
  return staleSince === undefined ? reading : { ...reading, staleSince };
}
