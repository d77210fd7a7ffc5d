// The ways to define a check, by what it needs: each turns a definition with typed parameters into a check of the list.
import { oncePerObject } from '../base/once-per-object.ts';
import type { ImageFacts, RunnableImageFacts } from '../inspection/image-facts.ts';
import type {
  Check,
  CheckBase,
  CheckInput,
  CompiledCheck,
  ContentQuestion,
  FactsCheckInput,
  RawFinding,
  ReadImageFacts,
} from './check.ts';
import { type ParameterSet, type ParametersOf, parseParameters, type Report } from './parameter.ts';

interface ParametersDefinition<S extends ParameterSet> extends CheckBase {
  readonly parameters: S;
  /** Says what is missing when parameters, with defaults filled in, ask for nothing. */
  readonly requiresNothing?: (parameters: ParametersOf<S>) => string | undefined;
}

interface Definition<S extends ParameterSet, Input> extends ParametersDefinition<S> {
  readonly evaluate: (input: Input, parameters: ParametersOf<S>) => readonly RawFinding[];
}

/** A definition that, under some parameters, has something to look for in the layers. */
interface ReadingDefinition<S extends ParameterSet, Input, ReadInput> extends Definition<S, Input> {
  readonly content?: {
    /** What of the check it is for: the end of the sentence "reads the layers for …". */
    readonly purpose: string;
    /** Undefined for parameters that manifest and config answer: then no layer is read for it. */
    readonly compile: (parameters: ParametersOf<S>) => ContentPart<ReadInput> | undefined;
  };
}

/** What is looked for in the layers, with parameters filled in. */
interface ContentPart<ReadInput> {
  readonly wants: (question: ContentQuestion) => boolean;
  readonly evaluate: (input: ReadInput) => readonly RawFinding[];
}

type OfImage = FactsCheckInput<RunnableImageFacts>;
type OfReadImage = FactsCheckInput<ReadImageFacts>;

function readParameters<S extends ParameterSet>(
  definition: ParametersDefinition<S>,
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

/** A check of what every manifest has, artifacts included; like `defineFactsCheck`, it asks for nothing but the facts. */
export function defineManifestCheck<S extends ParameterSet>(
  definition: ReadingDefinition<S, Pick<FactsCheckInput, 'facts'>, Pick<OfReadImage, 'facts'>>,
): Check {
  return {
    ...needsOf(definition),
    judgesArtifacts: true,
    compile: (written, report) => {
      const parameters = readParameters(definition, written, report);
      const findingsIn = oncePerObject((facts: ImageFacts) => definition.evaluate({ facts }, parameters));
      const evaluate = ({ facts }: { readonly facts: ImageFacts }) => findingsIn(facts);
      return compiledFrom(evaluate, remembering(definition.content?.compile(parameters)));
    },
  };
}

/** A check of a runnable image: artifacts are not its business. */
export function defineImageCheck<S extends ParameterSet>(
  definition: ReadingDefinition<S, OfImage, OfReadImage>,
): Check {
  return {
    ...needsOf(definition),
    judgesArtifacts: false,
    compile: (written, report) => {
      const parameters = readParameters(definition, written, report);
      const evaluate = (input: FactsCheckInput) => (isOfRunnable(input) ? definition.evaluate(input, parameters) : []);
      return compiledFrom(evaluate, definition.content?.compile(parameters));
    },
  };
}

/**
 * A check of a runnable image that asks for nothing but its facts. Facts never change, and reviews ask about the same images over and
 * over: what such a check finds in one image is found once, for as long as the facts and the policy live.
 */
export function defineFactsCheck<S extends ParameterSet>(
  definition: ReadingDefinition<S, Pick<OfImage, 'facts'>, Pick<OfReadImage, 'facts'>>,
): Check {
  return {
    ...needsOf(definition),
    judgesArtifacts: false,
    compile: (written, report) => {
      const parameters = readParameters(definition, written, report);
      const findingsIn = oncePerObject((facts: RunnableImageFacts) => definition.evaluate({ facts }, parameters));
      const evaluate = ({ facts }: { readonly facts: ImageFacts }) => (facts.kind === 'image' ? findingsIn(facts) : []);
      return compiledFrom(evaluate, remembering(definition.content?.compile(parameters)));
    },
  };
}

/** A check of what only the layers tell; found once for facts, as in `defineFactsCheck`. */
export function defineLayersCheck<S extends ParameterSet>(
  definition: Definition<S, Pick<OfReadImage, 'facts'>>,
): Check {
  return {
    ...definition,
    needs: 'content',
    judgesArtifacts: false,
    compile: (written, report) => {
      const parameters = readParameters(definition, written, report);
      const evaluate = (input: Pick<OfReadImage, 'facts'>) => definition.evaluate(input, parameters);
      return compiledFrom(() => [], remembering({ wants: () => true, evaluate }));
    },
  };
}

function needsOf<D extends { readonly content?: { readonly purpose: string } }>({ content, ...definition }: D) {
  if (content === undefined) return { ...definition, needs: 'surface' } as const;
  return { ...definition, needs: 'content', readsLayersFor: content.purpose } as const;
}

function compiledFrom(
  evaluate: (input: FactsCheckInput) => readonly RawFinding[],
  part: ContentPart<OfReadImage> | undefined,
): CompiledCheck {
  if (part === undefined) return { needs: 'surface', evaluate };
  return { needs: 'content', evaluate, wants: part.wants, evaluateContent: part.evaluate };
}

function remembering(
  part: ContentPart<Pick<OfReadImage, 'facts'>> | undefined,
): ContentPart<Pick<OfReadImage, 'facts'>> | undefined {
  if (part === undefined) return undefined;
  const findingsIn = oncePerObject((facts: ReadImageFacts) => part.evaluate({ facts }));
  return { wants: part.wants, evaluate: ({ facts }) => findingsIn(facts) };
}

function isOfRunnable(input: FactsCheckInput): input is OfImage {
  return input.facts.kind === 'image';
}
