// Policies as they are after loading: compiled, immutable, ready to be asked per request.
import type { Check, CompiledCheck, RuleId } from '../checks/check.ts';
import type { Platform } from '../oci/platform.ts';
import type { UseKind } from '../workload/use.ts';
import type { UndecidedCause } from './undecided.ts';

export type Action = 'deny' | 'warn' | 'audit';

/** For single rules also `ignore`. */
export type RuleAction = Action | 'ignore';

export interface LabelSelector {
  readonly matches: (labels: Readonly<Record<string, string>>) => boolean;
}

/** All given parts must hold; a part that is absent holds. */
export interface MatchBlock {
  readonly namespaces?: (namespace: string) => boolean;
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
  /** Over the canonical `host[:port]/path`, never tag or digest. */
  readonly images?: (canonicalName: string) => boolean;
  readonly uses?: ReadonlySet<UseKind>;
}

/** One check as a policy asks it: with its parameters, actions by rule, uses. */
export interface PolicyCheck {
  readonly check: Check;
  readonly compiled: CompiledCheck;
  readonly uses: ReadonlySet<UseKind>;
  /**
   * What follows from a failed rule, already capped by the policy's action: what `rules` says of it, else the check's action,
   * at most `atMost`.
   */
  readonly actionOf: (rule: RuleId, atMost?: Action) => RuleAction;
}

export type UndecidedAction = Action | 'retry';

export interface Policy {
  readonly name: string;
  readonly description: string;
  /** The file it came from, as given. */
  readonly source: string;
  /** Where its name stands in that file. */
  readonly at: { readonly line: number; readonly column: number };
  /** `sha256:` over its canonical content. */
  readonly revision: string;
  readonly match: MatchBlock;
  readonly exclude: readonly MatchBlock[];
  readonly action: Action;
  readonly enforceFromMs?: number;
  readonly detectors?: number;
  readonly platforms: 'cluster' | 'all' | readonly Platform[];
  /** Already capped by the policy's action. */
  readonly undecided: Readonly<Record<UndecidedCause, UndecidedAction>>;
  readonly checks: readonly PolicyCheck[];
  /** Whether anything in it selects by labels of objects: then a change of labels is a change of use. */
  readonly selectsByObjectLabels: boolean;
}

/** A dated, reasoned permission for named rules, on named images, for named findings. */
export interface PolicyException {
  readonly name: string;
  readonly source: string;
  /** Where its name stands in that file. */
  readonly at: { readonly line: number; readonly column: number };
  /** Absent for an exception from a file that acts everywhere. */
  readonly namespace?: string;
  readonly policies: readonly string[];
  readonly rules: (rule: RuleId) => boolean;
  readonly images: (canonicalName: string, digests: readonly string[]) => boolean;
  /** True when `findings` is absent or one of its entries fits. */
  readonly findings: (finding: {
    readonly paths?: readonly string[];
    readonly layer?: string;
    /** Of the finding itself, and of it together with the same on other platforms: what outputs print. */
    readonly fingerprints: readonly string[];
  }) => boolean;
  readonly reason: string;
  readonly owner: string;
  readonly expiresMs: number;
}

/** What is in force: one immutable snapshot, replaced as a whole on reload. */
export interface PolicySet {
  readonly policies: readonly Policy[];
  readonly exceptions: readonly PolicyException[];
}
