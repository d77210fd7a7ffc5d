// What a check is: something that can be required of an image, declared once for the schema, the judge and the documentation.
import type { ContentFacts } from '../inspection/content-facts.ts';
import type { ImageFacts, RunnableImageFacts } from '../inspection/image-facts.ts';
import type { Platform } from '../oci/platform.ts';
import type { ImageReference } from '../oci/reference.ts';
import type { ImageUse, UseKind, Workload } from '../workload/use.ts';
import type { ParameterSet, Report } from './parameter.ts';

export type Severity = 'critical' | 'high' | 'medium' | 'low';

/** `check/half`, for example `user/root`. Rule ids are API: add freely, rename never. */
export type RuleId = `${string}/${string}`;

export interface Rule {
  readonly id: RuleId;
  readonly severity: Severity;
  /** One line: what is wrong when it fails. */
  readonly title: string;
  /** Why it matters, one or two sentences. */
  readonly why: string;
  /** How to fix it, general form; findings may give a more exact one. */
  readonly advice: string;
}

/** What can be pointed at; each kind has its own typed fields. Nothing of a secret is in it. */
export type Evidence =
  | { readonly kind: 'env'; readonly name: string; readonly detector?: string }
  | { readonly kind: 'label'; readonly key: string; readonly detector?: string }
  | {
      readonly kind: 'history';
      readonly index: number;
      readonly instruction: string;
      readonly layer?: number;
      /** The variable or build argument inside the instruction, where there is one. */
      readonly name?: string;
      readonly detector?: string;
    }
  | { readonly kind: 'command'; readonly field: string; readonly value?: readonly string[]; readonly detector?: string }
  | {
      readonly kind: 'layer';
      readonly index: number;
      readonly digest: string;
      readonly size: number;
      readonly instruction?: string;
      /** The layer that made what this one brought needless. */
      readonly hiddenBy?: LayerMark;
    }
  | FileEvidence
  | { readonly kind: 'manifest'; readonly field: string; readonly value?: string }
  | { readonly kind: 'source'; readonly path: string; readonly value?: string };

/** A file that a layer brought, whether the final file system still has it or not. */
export interface FileEvidence {
  readonly kind: 'file';
  /** Absolute. */
  readonly path: string;
  /** Of what is found in it, from 1; absent where the file is no text or is meant as a whole. */
  readonly line?: number;
  /** Of what is found in it, in bytes from 0, where there are no lines. */
  readonly offset?: number;
  /** Names inside nested archives, outermost first. */
  readonly within?: readonly string[];
  readonly detector?: string;
  readonly state: 'present' | 'deleted' | 'overwritten';
  readonly addedBy: LayerMark;
  readonly hiddenBy?: LayerMark;
  /** Where a finding is about several things together: how many, their bytes, and further paths, not necessarily all. */
  readonly count?: number;
  readonly bytes?: number;
  readonly others?: readonly string[];
}

/** A layer, and the instruction that made it where history says so. */
export interface LayerMark {
  /** Digest. */
  readonly layer: string;
  readonly index: number;
  readonly instruction?: string;
}

/** A rule that failed, before policies say what follows from it. */
export interface RawFinding {
  readonly rule: RuleId;
  /** One sentence without the place (the use's path goes before it): what is wrong, with the observed and the wanted value. */
  readonly message: string;
  readonly advice: string;
  readonly evidence: Evidence;
  /** Stable over reads of the same defect; the judge makes one from rule and evidence where it is absent. */
  readonly fingerprint?: string;
  /** Every file it is about, where that is more than the one its evidence names: an exception by path has to cover them all. */
  readonly paths?: readonly string[];
  /** The most that follows from it unless the policy names the rule under `rules`. */
  readonly atMost?: 'warn' | 'audit';
}

/** When a policy is judged. Unknown parts stay absent; nothing is guessed. */
export interface JudgeContext {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly namespace?: string;
  readonly namespaceLabels?: Readonly<Record<string, string>>;
}

export interface CheckInput {
  readonly reference: ImageReference;
  /** The image as the author wrote it. */
  readonly image: string;
  readonly use: ImageUse;
  /** Absent when a bare image is judged. */
  readonly workload?: Workload;
  readonly context: JudgeContext;
}

/** `available` are all runnable platforms of the reference, for checks that ask for some. */
export interface FactsCheckInput<Facts extends ImageFacts = ImageFacts> extends CheckInput {
  readonly facts: Facts;
  readonly available: readonly Platform[];
}

/** Facts of an image whose layers were read. */
export type ReadImageFacts = RunnableImageFacts & { readonly content: ContentFacts };

/** What decides whether the content of an image matters. */
export type ContentQuestion = Pick<FactsCheckInput<RunnableImageFacts>, 'facts' | 'use'>;

/** A check with its parameters filled in, ready to be asked per use. Pure; a throw is a bug in that check and stays there. */
export type CompiledCheck =
  | { readonly needs: 'reference'; readonly evaluate: (input: CheckInput) => readonly RawFinding[] }
  | { readonly needs: 'surface'; readonly evaluate: (input: FactsCheckInput) => readonly RawFinding[] }
  | {
      readonly needs: 'content';
      /** What manifest and config show by themselves; it is found whether or not the layers can be read. */
      readonly evaluate: (input: FactsCheckInput) => readonly RawFinding[];
      /** Whether the layers of this image have to be read for it. Only then `evaluateContent` is asked. */
      readonly wants: (question: ContentQuestion) => boolean;
      /** What only the layers show. */
      readonly evaluateContent: (input: FactsCheckInput<ReadImageFacts>) => readonly RawFinding[];
    };

export interface Check extends CheckBase {
  /** The most that it may need: `reference` runs before anything is fetched, `surface` on facts from manifest and config. */
  readonly needs: CompiledCheck['needs'];
  /** For which of its questions it reads the layers, where not for all: the end of a sentence. */
  readonly readsLayersFor?: string;
  readonly parameters: ParameterSet;
  /** Whether an artifact (as an image volume) is judged by it. */
  readonly judgesArtifacts: boolean;
  /** Reads written parameters that fit the schema; reports what a schema cannot see, and parameters that ask for nothing. */
  readonly compile: (written: Readonly<Record<string, unknown>>, report: Report) => CompiledCheck;
}

export interface CheckBase {
  /** Key under `spec.checks`. */
  readonly name: string;
  /** One line for `explain` and the documentation page. */
  readonly summary: string;
  /** Parameters as a policy may write them, in YAML's flow style. */
  readonly example: string;
  readonly rules: readonly Rule[];
  /** Uses it asks unless a policy's `uses` says otherwise. */
  readonly uses: readonly UseKind[];
  /** Whether pods that run to completion are asked. */
  readonly asksJobs: boolean;
}

/** A finding of `rule` with the rule's own advice unless a more exact one is given. */
export function findingOf(
  rule: Rule,
  details: Omit<RawFinding, 'rule' | 'advice'> & { readonly advice?: string },
): RawFinding {
  return { rule: rule.id, advice: rule.advice, ...details };
}

/** Of one rule and image, as many are told one by one: strangers choose how many labels an image has, and every finding costs. */
const maxTold = 20;

/**
 * A finding for each of the first items, and one for all that are left: what an exception says of the former does not reach the latter.
 * @param pathOf where the items are files: an exception by path has to cover all that are left.
 */
export function findingsOfEach<T>(
  rule: Rule,
  items: readonly T[],
  details: (item: T) => Parameters<typeof findingOf>[1],
  pathOf?: (item: T) => string,
): readonly RawFinding[] {
  const told = items.slice(0, maxTold).map((item) => findingOf(rule, details(item)));
  const left = items.slice(maxTold);
  if (left.length === 0) return told;
  const message = `${left.length} more like the ones that are told`;
  const paths = pathOf === undefined ? {} : { paths: left.map(pathOf) };
  return [...told, findingOf(rule, { message, evidence: { kind: 'manifest', field: 'more' }, ...paths })];
}
