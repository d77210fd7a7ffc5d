// Many raised findings to what people read: one defect once, whoever asked and on whichever platforms, with what was waived.
import type { RuleId } from '../checks/check.ts';
import { findRule } from '../checks/checks.ts';
import { fingerprintOf, placeOf } from './fingerprint.ts';
import type { PolicyException } from './policy.ts';
import type { RaisedFinding } from './raised-finding.ts';
import { type Finding, strengthOf } from './verdict.ts';

export interface MergeContext {
  /** `host/path`; absent when the reference cannot be parsed: then no exception fits. */
  readonly canonicalName?: string;
  /** Exceptions that are in force here and now. */
  readonly exceptions: readonly PolicyException[];
  /** All platforms judged, by name. */
  readonly platforms: readonly string[];
}

/** What one policy raised on one platform, with the exception that waives it. */
interface Ruled extends RaisedFinding {
  readonly shared: string;
  readonly waivedBy: string | undefined;
}

/**
 * Waives, merges and orders. Policies that find the same defect share one finding, told in the words of the strongest; what all platforms
 * share is told once. A finding that is waived for some of its policies stays, for the others, a finding of its own.
 */
export function mergeFindings(raised: readonly RaisedFinding[], context: MergeContext): readonly Finding[] {
  const shared = sharedFingerprints(raised);
  const ruled = raised.map((finding): Ruled => {
    const fingerprint = shared.get(defectOf(finding)) ?? finding.fingerprint;
    return { ...finding, shared: fingerprint, waivedBy: waiverOf(finding, fingerprint, context)?.name };
  });
  const perPlatform = Map.groupBy(ruled, (finding) =>
    keyOf(finding.statement.rule, finding.fingerprint, finding.platform, finding.waivedBy),
  );
  const told = [...perPlatform.values()].flatMap(tellOnPlatform);
  if (context.platforms.length < 2) return told.map(({ finding }) => finding).sort(byWeight);
  // What is said in the same words is one finding, though the bytes behind it, and so evidence and advice, may differ.
  const merged = Map.groupBy(told.sort(byPlatform), ({ finding: { evidence: _, advice: __, ...words } }) =>
    JSON.stringify(words),
  );
  return [...merged.values()].flatMap((same) => tellOverPlatforms(same, context.platforms)).sort(byWeight);
}

/** What findings are made of has no NUL in it: texts of images are printable, the rest is ours. */
function keyOf(...parts: readonly (string | undefined)[]): string {
  return parts.join('\0');
}

/** The defect, whatever the platform whose bytes have it. */
function defectOf({ statement }: RaisedFinding): string {
  return keyOf(statement.rule, statement.evidence === undefined ? statement.message : placeOf(statement.evidence));
}

/** The same defect on several platforms lies in other bytes on each: its fingerprint is then over all of theirs. */
function sharedFingerprints(raised: readonly RaisedFinding[]): ReadonlyMap<string, string> {
  const shared = new Map<string, string>();
  for (const [defect, findings] of Map.groupBy(raised, defectOf)) {
    const own = [...new Set(findings.map(({ fingerprint }) => fingerprint))].sort();
    const [first] = own;
    if (first !== undefined) shared.set(defect, own.length === 1 ? first : fingerprintOf(...own));
  }
  return shared;
}

/** Integrity is never waived, whatever an exception says. */
function waiverOf(finding: RaisedFinding, shared: string, context: MergeContext): PolicyException | undefined {
  const { rule } = finding.statement;
  const { canonicalName } = context;
  if (rule.startsWith('integrity/') || canonicalName === undefined) return undefined;
  const asked = {
    ...(finding.layer === undefined ? {} : { layer: finding.layer }),
    ...(finding.paths === undefined ? {} : { paths: finding.paths }),
    fingerprints: [finding.fingerprint, shared],
  };
  return context.exceptions
    .filter(
      (exception) =>
        exception.policies.includes(finding.policy) &&
        exception.rules(rule) &&
        exception.images(canonicalName, finding.digests) &&
        exception.findings(asked),
    )
    .sort((a, b) => compare(a.name, b.name))
    .at(0);
}

interface Told {
  readonly platform: string | undefined;
  /** On that platform. */
  readonly fingerprint: string;
  readonly finding: Finding;
}

function tellOnPlatform(same: readonly Ruled[]): readonly Told[] {
  const [strongest] = same.toSorted(
    (a, b) => strengthOf[b.action] - strengthOf[a.action] || compare(a.policy, b.policy),
  );
  if (strongest === undefined) return [];
  const { rule, message, advice, evidence } = strongest.statement;
  const policies = new Map(same.toSorted(byPolicy).map(({ policy, action }) => [policy, { name: policy, action }]));
  const finding: Finding = {
    rule,
    severity: severityOf(rule),
    action: strongest.action,
    policies: [...policies.values()],
    fingerprint: strongest.shared,
    message,
    advice,
    ...(evidence === undefined ? {} : { evidence }),
    ...(strongest.waivedBy === undefined ? {} : { waivedBy: strongest.waivedBy }),
  };
  return [{ platform: strongest.platform, fingerprint: strongest.fingerprint, finding }];
}

/** By name; the strongest action last, so that it is the one that stays when one policy says it twice. */
function byPolicy(a: Ruled, b: Ruled): number {
  return compare(a.policy, b.policy) || strengthOf[a.action] - strengthOf[b.action];
}

/** In an order that the order of policies does not change, because the first one's evidence is shown. */
function byPlatform(a: Told, b: Told): number {
  return compare(a.platform ?? '', b.platform ?? '') || compare(a.fingerprint, b.fingerprint);
}

function severityOf(rule: RuleId): Finding['severity'] {
  return findRule(rule)?.severity ?? 'medium';
}

function tellOverPlatforms(same: readonly Told[], all: readonly string[]): readonly Finding[] {
  const [first] = same;
  if (first === undefined) return [];
  const platforms = same.flatMap(({ platform }) => platform ?? []);
  const isShared = platforms.length < same.length || all.every((platform) => platforms.includes(platform));
  return [isShared ? first.finding : { ...first.finding, platforms: all.filter((name) => platforms.includes(name)) }];
}

const severityOrder: Readonly<Record<Finding['severity'], number>> = { critical: 0, high: 1, medium: 2, low: 3 };

/** What counts before what is waived; then by action, severity, rule and place. */
function byWeight(a: Finding, b: Finding): number {
  return (
    Number(a.waivedBy !== undefined) - Number(b.waivedBy !== undefined) ||
    strengthOf[b.action] - strengthOf[a.action] ||
    severityOrder[a.severity] - severityOrder[b.severity] ||
    compare(a.rule, b.rule) ||
    compare(placeOf(a.evidence), placeOf(b.evidence)) ||
    compare(a.message, b.message) ||
    compare(a.platforms?.join() ?? '', b.platforms?.join() ?? '')
  );
}

/** By code unit: the same order everywhere, whatever the locale. */
function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
