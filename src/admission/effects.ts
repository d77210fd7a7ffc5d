// What findings do to the answer: which ones deny, which ones warn, and in which order they are told.
import { type Finding, strengthOf, type UseVerdict, type VerdictKind } from '../policy/verdict.ts';
import type { Workload } from '../workload/use.ts';

/** A finding together with the use it was made on. */
export interface PlacedFinding {
  readonly finding: Finding;
  readonly use: UseVerdict;
}

/** Both lists are most important first: by action, severity, rule, path. */
export interface Effects {
  readonly verdict: VerdictKind;
  readonly denies: readonly PlacedFinding[];
  readonly warnings: readonly PlacedFinding[];
}

/** Most severe first. */
const severities: readonly Finding['severity'][] = ['critical', 'high', 'medium', 'low'];

export function effectsOf(uses: readonly UseVerdict[], workload: Workload | undefined): Effects {
  const denies: PlacedFinding[] = [];
  const warnings: PlacedFinding[] = [];
  for (const use of uses) {
    for (const finding of use.findings) {
      const effect = effectOf(finding, workload);
      if (effect === 'deny') denies.push({ finding, use });
      else if (effect === 'warn') warnings.push({ finding, use });
    }
  }
  const verdict = denies.length > 0 ? 'deny' : warnings.length > 0 ? 'warn' : 'allow';
  return { verdict, denies: denies.sort(byImportance), warnings: warnings.sort(byImportance) };
}

/**
 * `retry` denies Pods, because whoever made them tries again, and admits what creates Pods, because its author would have
 * to try again by hand.
 */
function effectOf(finding: Finding, workload: Workload | undefined): VerdictKind {
  if (finding.waivedBy !== undefined) return 'allow';
  switch (finding.action) {
    case 'deny':
      return 'deny';
    case 'retry':
      return workload?.kind === 'Pod' ? 'deny' : 'warn';
    case 'warn':
      return 'warn';
    case 'audit':
      return 'allow';
    default:
      return finding.action satisfies never;
  }
}

function byImportance(a: PlacedFinding, b: PlacedFinding): number {
  return (
    strengthOf[b.finding.action] - strengthOf[a.finding.action] ||
    severities.indexOf(a.finding.severity) - severities.indexOf(b.finding.severity) ||
    compareText(a.finding.rule, b.finding.rule) ||
    comparePaths(a.use.use.path, b.use.use.path)
  );
}

const inNumericOrder = new Intl.Collator('en', { numeric: true });

/** `containers[2]` before `containers[10]`. */
function comparePaths(a: string, b: string): number {
  return inNumericOrder.compare(a, b);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
