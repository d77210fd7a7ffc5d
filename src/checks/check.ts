// What a check is: something that can be required of an image, declared once for the schema, the judge and the documentation.
import type { ImageFacts } from '../inspection/image-facts.ts';
import type { ImageReference } from '../oci/reference.ts';
import type { ImageUse, UseKind, Workload } from '../workload/use.ts';

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
      readonly detector?: string;
    }
  | { readonly kind: 'command'; readonly field: string; readonly value?: readonly string[]; readonly detector?: string }
  | {
      readonly kind: 'layer';
      readonly index: number;
      readonly digest: string;
      readonly size: number;
      readonly instruction?: string;
    }
  | { readonly kind: 'manifest'; readonly field: string; readonly value?: string }
  | { readonly kind: 'source'; readonly path: string; readonly value?: string };

/** A rule that failed, before policies say what follows from it. */
export interface RawFinding {
  readonly rule: RuleId;
  /** One sentence without the place (the use's path goes before it): what is wrong, with the observed and the wanted value. */
  readonly message: string;
  readonly advice: string;
  readonly evidence: Evidence;
  /** Stable over reads of the same defect; the judge makes one from rule and evidence where it is absent. */
  readonly fingerprint?: string;
}

/** When a policy is judged. Unknown parts stay absent; nothing is guessed. */
export interface JudgeContext {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly namespace?: string;
  readonly namespaceLabels?: Readonly<Record<string, string>>;
}

export interface CheckInput<Parameters> {
  readonly parameters: Parameters;
  readonly reference: ImageReference;
  /** The image as the author wrote it. */
  readonly image: string;
  readonly use: ImageUse;
  /** Absent when a bare image is judged. */
  readonly workload?: Workload;
  readonly context: JudgeContext;
}

/** `available` are all runnable platforms of the reference, for checks that ask for some. */
export interface FactsCheckInput<Parameters> extends CheckInput<Parameters> {
  readonly facts: ImageFacts;
  readonly available: readonly string[];
}

interface CheckBase {
  /** Key under `spec.checks`. */
  readonly name: string;
  /** One line for `explain` and the documentation page. */
  readonly summary: string;
  /** JSON Schema (draft 2020-12) of its own parameters: an object schema with `properties`; reserved keys are added by the policy schema. */
  readonly parameters: ParameterSchema;
  readonly rules: readonly Rule[];
  /** Uses it asks unless a policy's `uses` says otherwise. */
  readonly uses: readonly UseKind[];
  /** Whether pods that run to completion are asked. */
  readonly asksJobs: boolean;
  /** Whether an artifact (as an image volume) is judged by it. */
  readonly judgesArtifacts: boolean;
  /** Parameters, with defaults filled in, that ask for nothing are a load error: says what is missing, or undefined. */
  readonly requiresNothing?: (parameters: never) => string | undefined;
}

export interface ParameterSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly required?: readonly string[];
  readonly minProperties?: number;
}

/** Runs before anything is fetched. */
export interface ReferenceCheck<Parameters> extends CheckBase {
  readonly needs: 'reference';
  readonly evaluate: (input: CheckInput<Parameters>) => readonly RawFinding[];
}

/** Runs on facts from manifest and config. */
export interface SurfaceCheck<Parameters> extends CheckBase {
  readonly needs: 'surface';
  readonly evaluate: (input: FactsCheckInput<Parameters>) => readonly RawFinding[];
}

// biome-ignore lint/suspicious/noExplicitAny: the list holds checks of different parameters; the schema checks each before it is called
export type Check = ReferenceCheck<any> | SurfaceCheck<any>;
