// A case of a policy, as it lies beside it: which facts, which workload, when and where, and what must come of it.
import {
  createValidator,
  type FieldPath,
  type Problem,
  readYamlDocuments,
  type SourceDocument,
} from '../base/document.ts';
import type { JudgeContext } from '../checks/check.ts';
import { attempt, platformList } from '../checks/parameter.ts';
import type { Platform } from '../oci/platform.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import { field, isFieldBag, listField, textField, textMapField } from '../workload/fields.ts';
import type { ImageUse, Workload } from '../workload/use.ts';
import { workloadFromObject } from '../workload/workload-from-object.ts';
import { caseSchema } from './case-schema.ts';
import { type Compiled, createDraft, type DocumentDraft } from './document-draft.ts';
import { parseInstant } from './instant.ts';
import { parseDocument } from './parse-policies.ts';
import type { PolicyException } from './policy.ts';

/**
 * Where an image's facts come from: files, one per platform, or the rule that says why there are none; a rule beside files says why the
 * layers of that image cannot be had.
 */
export type CaseImage =
  | { readonly kind: 'facts'; readonly files: readonly string[]; readonly contentFails?: string }
  | { readonly kind: 'fails'; readonly rule: string };

export interface PolicyCase {
  /** What it claims. */
  readonly name: string;
  readonly source: string;
  readonly line: number;
  readonly workload?: Workload;
  readonly uses: readonly ImageUse[];
  /** By normalised reference; undefined stands for every image that is not named. */
  readonly images: ReadonlyMap<string | undefined, CaseImage>;
  readonly exceptions: readonly PolicyException[];
  readonly context: JudgeContext;
  readonly platforms?: readonly Platform[];
  readonly expected: {
    readonly verdict: string;
    /** From rule to what follows from it; undefined where only the rule matters. Absent: any rules. */
    readonly rules?: ReadonlyMap<string, string | undefined>;
    readonly waived: readonly string[];
  };
}

/** The instant of a case to which time does not matter. */
const someInstant = '2026-01-01T00:00:00Z';

const validate = createValidator(caseSchema);

/** All cases of one file, a YAML document each; every mistake with its place. */
export function parseCases(
  text: string,
  source: string,
): { readonly cases: readonly PolicyCase[]; readonly problems: readonly Problem[] } {
  const { documents, problems } = readYamlDocuments(text, source);
  const parsed = documents.map(parseCase);
  return {
    cases: parsed.flatMap(({ value }) => value ?? []),
    problems: [...problems, ...parsed.flatMap((one) => one.problems)],
  };
}

/** The files with facts that a case names, as it names them. */
export function factsFilesOf({ images }: PolicyCase): readonly string[] {
  return [...images.values()].flatMap((image) => (image.kind === 'facts' ? image.files : []));
}

function parseCase(document: SourceDocument): Compiled<PolicyCase> {
  const draft = createDraft(document, validate, []);
  if (draft.problems().length > 0) return { problems: draft.problems() };
  const { value } = document;
  const context = field(value, 'context');
  const platforms = field(context, 'platforms');
  const parsed: PolicyCase = {
    name: textField(value, 'name') ?? '',
    source: document.source,
    line: document.at(['name']).line,
    ...readSubject(draft),
    images: readImages(draft),
    exceptions: readExceptions(draft),
    context: readContext(draft),
    ...(platforms === undefined
      ? {}
      : { platforms: platformList('').parse(platforms, below(draft, ['context', 'platforms'])) }),
    expected: readExpected(value),
  };
  const problems = draft.problems();
  return problems.length > 0 ? { problems } : { value: parsed, problems };
}

function below(draft: DocumentDraft, prefix: FieldPath) {
  return (path: FieldPath, message: string) => draft.report([...prefix, ...path], message);
}

function readSubject(draft: DocumentDraft): Pick<PolicyCase, 'workload' | 'uses'> {
  const object = field(draft.document.value, 'workload');
  const image = textField(draft.document.value, 'image');
  if ((object === undefined) === (image === undefined)) draft.report([], 'needs either workload or image');
  if (image !== undefined) return { uses: [bareUse(image)] };
  const workload = workloadFromObject(object);
  if (workload !== undefined) return { workload, uses: workload.uses };
  if (object !== undefined) draft.report(['workload'], 'is of no kind that runs containers');
  return { uses: [] };
}

/** A bare image, as the command line judges it: like a container of which nothing is known. */
function bareUse(image: string): ImageUse {
  return {
    kind: 'container',
    path: '',
    name: '',
    image,
    runAs: {},
    probes: { liveness: false, readiness: false, startup: false },
    sharesProcessNamespace: false,
  };
}

function readImages(draft: DocumentDraft): PolicyCase['images'] {
  const { value } = draft.document;
  const images = new Map<string | undefined, CaseImage>();
  const whole = imageFrom(value);
  if (whole !== undefined) images.set(undefined, whole);
  const named = field(value, 'images');
  for (const [name, written] of isFieldBag(named) ? Object.entries(named) : []) {
    const reference = attempt(() => parseReference(name), below(draft, ['images', name]));
    const image = imageFrom(written);
    if (reference !== undefined && image !== undefined) images.set(formatReference(reference), image);
  }
  return images;
}

function imageFrom(written: unknown): CaseImage | undefined {
  const rule = textField(written, 'fails');
  const file = textField(written, 'facts');
  const files = file === undefined ? listField(written, 'facts').map(String) : [file];
  if (files.length > 0) return { kind: 'facts', files, ...(rule === undefined ? {} : { contentFails: rule }) };
  return rule === undefined ? undefined : { kind: 'fails', rule };
}

function readExceptions(draft: DocumentDraft): readonly PolicyException[] {
  const { document } = draft;
  return listField(document.value, 'exceptions').flatMap((value, index) => {
    const inner = (path: FieldPath): FieldPath => ['exceptions', index, ...path];
    const part: SourceDocument = {
      source: document.source,
      value,
      at: (path) => document.at(inner(path)),
      problem: (path, message) => document.problem(inner(path), message),
    };
    const { exceptions, problems } = parseDocument(part, {});
    for (const { path, message } of problems) draft.report(['exceptions', index], `${path}: ${message}`);
    return exceptions;
  });
}

function readContext(draft: DocumentDraft): JudgeContext {
  const context = field(draft.document.value, 'context');
  const namespace = textField(context, 'namespace');
  const at = textField(context, 'at') ?? someInstant;
  return {
    atMs: attempt(() => parseInstant(at), below(draft, ['context', 'at'])) ?? 0,
    ...(namespace === undefined ? {} : { namespace }),
    ...(field(context, 'namespaceLabels') === undefined
      ? {}
      : { namespaceLabels: textMapField(context, 'namespaceLabels') }),
  };
}

function readExpected(value: unknown): PolicyCase['expected'] {
  const expect = field(value, 'expect');
  const rules = field(expect, 'rules');
  const entries: readonly (readonly [string, string | undefined])[] = Array.isArray(rules)
    ? rules.map((rule) => [String(rule), undefined])
    : Object.entries(textMapField(expect, 'rules'));
  return {
    verdict: textField(expect, 'verdict') ?? '',
    ...(rules === undefined ? {} : { rules: new Map(entries) }),
    waived: listField(expect, 'waived').map(String),
  };
}
