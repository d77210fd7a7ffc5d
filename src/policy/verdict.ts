// Verdicts: what policies say of a use, of a subject and of everything asked together.
import type { Evidence, RuleId, Severity } from '../checks/check.ts';
import type { Grant } from '../inspection/image-source.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageUse, Workload } from '../workload/use.ts';
import type { Action, UndecidedAction } from './policy.ts';

export type VerdictKind = 'allow' | 'warn' | 'deny';

/** A finding with what follows from it. One defect under three policies is one finding. */
export interface Finding {
  readonly rule: RuleId;
  readonly severity: Severity;
  /** The strongest of the policies'. `retry` is only ever on `undecided/pending`. */
  readonly action: UndecidedAction;
  readonly policies: readonly { readonly name: string; readonly action: UndecidedAction }[];
  readonly fingerprint: string;
  readonly message: string;
  readonly advice: string;
  readonly evidence?: Evidence;
  /** Names the platforms it holds for; absent when all judged platforms share it. */
  readonly platforms?: readonly string[];
  /** Name of the exception; a waived finding counts for nothing and stays visible. */
  readonly waivedBy?: string;
}

export interface UseVerdict {
  readonly use: ImageUse;
  /** Normalised reference; absent when it does not parse. */
  readonly image?: string;
  /** The digest judged. */
  readonly digest?: Digest;
  readonly platforms: readonly { readonly platform: string; readonly digest: Digest }[];
  readonly verdict: VerdictKind;
  /** No policy matched it: neither fetched nor judged. */
  readonly unjudged: boolean;
  /** Most severe first: by action, severity, rule, evidence. */
  readonly findings: readonly Finding[];
  readonly policies: readonly string[];
  readonly grant?: Grant;
  readonly credential?: string;
  readonly staleSince?: string;
  readonly coverage?: { readonly layers: number; readonly read: number };
  readonly cache?: 'hit' | 'revalidated' | 'miss';
}

export interface SubjectVerdict {
  readonly workload?: Workload;
  readonly verdict: VerdictKind;
  readonly uses: readonly UseVerdict[];
}

/** The order of strength, for "the strongest wins". */
export const strengthOf: Readonly<Record<Action | 'retry', number>> = { audit: 0, warn: 1, retry: 2, deny: 3 };
