// What a check is: something that can be required of an image, declared once for the schema, the judge and the documentation.
import { oncePerObject } from '../base/once-per-object.ts';
import type { ImageFacts, RunnableImageFacts } from '../inspection/image-facts.ts';
import type { Platform } from '../oci/platform.ts';
import type { ImageReference } from '../oci/reference.ts';
import type { ImageUse, UseKind, Workload } from '../workload/use.ts';
import type { ParameterSet, ParametersOf, Report } from './parameter.ts';
import { parseParameters } from './parameter.ts';

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

/** A check with its parameters filled in, ready to be asked per use. Pure; a throw is a bug in that check and stays there. */
export type CompiledCheck =
  | { readonly needs: 'reference'; readonly evaluate: (input: CheckInput) => readonly RawFinding[] }
  | { readonly needs: 'surface'; readonly evaluate: (input: FactsCheckInput) => readonly RawFinding[] };

export interface Check extends CheckBase {
  /** `reference` runs before anything is fetched; `surface` on facts from manifest and config. */
  readonly needs: CompiledCheck['needs'];
  readonly parameters: ParameterSet;
  /** Whether an artifact (as an image volume) is judged by it. */
  readonly judgesArtifacts: boolean;
  /** Reads written parameters that fit the schema; reports what a schema cannot see, and parameters that ask for nothing. */
  readonly compile: (written: Readonly<Record<string, unknown>>, report: Report) => CompiledCheck;
}

interface CheckBase {
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
  /** Parameters, and values of list parameters, that need what this version does not read: asking for them is a load error. */
  readonly later?: {
    readonly parameters?: readonly string[];
    readonly values?: Readonly<Record<string, readonly string[]>>;
  };
}

interface Definition<S extends ParameterSet, Input> extends CheckBase {
  readonly parameters: S;
  /** Says what is missing when parameters, with defaults filled in, ask for nothing. */
  readonly requiresNothing?: (parameters: ParametersOf<S>) => string | undefined;
  readonly evaluate: (input: Input, parameters: ParametersOf<S>) => readonly RawFinding[];
}

function readParameters<S extends ParameterSet, Input>(
  definition: Definition<S, Input>,
  written: Readonly<Record<string, unknown>>,
  report: Report,
): ParametersOf<S> {
  const parameters = parseParameters(definition.parameters, written, report);
  const missing = definition.requiresNothing?.(parameters);
  if (missing !== undefined) report([], `requires nothing: ${missing}`);
  return parameters;
}

/** A check that needs no more than the reference and the use. */
export function defineReferenceCheck<S extends ParameterSet>(definition: Definition<S, CheckInput>): Check {
  return {
    ...definition,
    needs: 'reference',
    judgesArtifacts: true,
    compile: (written, report) => {
      const parameters = readParameters(definition, written, report);
      return { needs: 'reference', evaluate: (input) => definition.evaluate(input, parameters) };
    },
  };
}

/** A check of what every manifest has, artifacts included. */
export function defineManifestCheck<S extends ParameterSet>(definition: Definition<S, FactsCheckInput>): Check {
  return {
    ...definition,
    needs: 'surface',
    judgesArtifacts: true,
    compile: (written, report) => {
      const parameters = readParameters(definition, written, report);
      return { needs: 'surface', evaluate: (input) => definition.evaluate(input, parameters) };
    },
  };
}

/** A check of a runnable image: artifacts are not its business. */
export function defineImageCheck<S extends ParameterSet>(
  definition: Definition<S, FactsCheckInput<RunnableImageFacts>>,
): Check {
  return {
    ...definition,
    needs: 'surface',
    judgesArtifacts: false,
    compile: (written, report) => {
      const parameters = readParameters(definition, written, report);
      return {
        needs: 'surface',
        evaluate: (input) => (isOfRunnable(input) ? definition.evaluate(input, parameters) : []),
      };
    },
  };
}

/**
 * A check of a runnable image that asks for nothing but its facts. Facts never change, and reviews ask about the same images over and
 * over: what such a check finds in one image is found once, for as long as the facts and the policy live.
 */
export function defineFactsCheck<S extends ParameterSet>(
  definition: Definition<S, Pick<FactsCheckInput<RunnableImageFacts>, 'facts'>>,
): Check {
  return {
    ...definition,
    needs: 'surface',
    judgesArtifacts: false,
    compile: (written, report) => {
      const parameters = readParameters(definition, written, report);
      const findingsIn = oncePerObject((facts: RunnableImageFacts) => definition.evaluate({ facts }, parameters));
      return { needs: 'surface', evaluate: ({ facts }) => (facts.kind === 'image' ? findingsIn(facts) : []) };
    },
  };
}

function isOfRunnable(input: FactsCheckInput): input is FactsCheckInput<RunnableImageFacts> {
  return input.facts.kind === 'image';
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
 */
export function findingsOfEach<T>(
  rule: Rule,
  items: readonly T[],
  details: (item: T) => Parameters<typeof findingOf>[1],
): readonly RawFinding[] {
  const told = items.slice(0, maxTold).map((item) => findingOf(rule, details(item)));
  const left = items.length - told.length;
  if (left <= 0) return told;
  const message = `${left} more like the ones that are told`;
  return [...told, findingOf(rule, { message, evidence: { kind: 'manifest', field: 'more' } })];
}
