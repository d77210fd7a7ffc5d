// YAML documents that know where each value stands, checked against a JSON Schema with every problem told at once.
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import { type Flaw, flawsOf, strayCharacter } from './document-flaws.ts';
import { Fault } from './fault.ts';

/** Keys and indexes from the root of a document to a value. */
export type FieldPath = readonly (string | number)[];

/** One mistake in a document, with where it stands and what would be right. Line and column count from 1. */
export interface Problem {
  /** The file as it was named. */
  readonly source: string;
  readonly line: number;
  readonly column: number;
  /** `spec.checks.size.maxLayers`; empty for the document as a whole. */
  readonly path: string;
  readonly message: string;
}

/** One YAML document as plain data, together with where its values stand. */
export interface SourceDocument {
  readonly source: string;
  readonly value: unknown;
  /** Where the value at `path` stands; for a path that does not exist, its nearest parent. */
  at(path: FieldPath): { readonly line: number; readonly column: number };
  /** A Problem at `path`. */
  problem(path: FieldPath, message: string): Problem;
}

/** Aliases may repeat what they name this often; a document that unfolds further is refused. */
const maxAliasCount = 100;

/** Mistakes of syntax told of one text. One that has more is something else than was thought, and the first say what. */
const maxSyntaxProblems = 50;

/** YAML 1.2 with the merge key of 1.1 (`<<: *defaults`): kubectl and helm fill maps by it, so what it names is in the object. */
const yamlOptions = { version: '1.2', merge: true, uniqueKeys: false, prettyErrors: false } as const;

/**
 * Reads all YAML (or JSON) documents in a text. Empty documents are left out. Problems of syntax name their place; a document that has
 * some is not in `documents`.
 */
export function readYamlDocuments(
  text: string,
  source: string,
): { readonly documents: readonly SourceDocument[]; readonly problems: readonly Problem[] } {
  const stray = strayCharacter(text);
  if (stray !== undefined) return { documents: [], problems: [{ source, ...stray, path: '' }] };
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter, ...yamlOptions });
  const documents: SourceDocument[] = [];
  const problems: Problem[] = [];
  for (const document of 'empty' in parsed ? [] : parsed) {
    const flaws = flawsOf(document);
    if (flaws.length > 0) problems.push(...flaws.map((flaw) => problemFromFlaw(flaw, source, lineCounter)));
    else if (document.contents !== null) readDocument(document, { source, lineCounter, documents, problems });
  }
  return { documents, problems: theFirst(problems) };
}

function theFirst(problems: readonly Problem[]): readonly Problem[] {
  const next = problems[maxSyntaxProblems];
  if (next === undefined) return problems;
  const more = { ...next, message: `and ${problems.length - maxSyntaxProblems} more problems from here on` };
  return [...problems.slice(0, maxSyntaxProblems), more];
}

interface Reading {
  readonly source: string;
  readonly lineCounter: LineCounter;
  readonly documents: SourceDocument[];
  readonly problems: Problem[];
}

function readDocument(document: Document.Parsed, { source, lineCounter, documents, problems }: Reading): void {
  const start = placeOf(document.contents ?? undefined, lineCounter) ?? { line: 1, column: 1 };
  try {
    const value: unknown = document.toJS({ maxAliasCount });
    if (value === null) return;
    const at = (path: FieldPath) => placeOfPath(document, path, lineCounter) ?? start;
    documents.push({
      source,
      value,
      at,
      problem: (path, message) => ({ source, ...at(path), path: formatFieldPath(path), message }),
    });
  } catch (cause) {
    problems.push({
      source,
      ...start,
      path: '',
      message: `cannot be read: ${cause instanceof Error ? cause.message : 'bad aliases'}`,
    });
  }
}

function problemFromFlaw(flaw: Flaw, source: string, lineCounter: LineCounter): Problem {
  const { line, col } = lineCounter.linePos(flaw.offset);
  return { source, line: Math.max(line, 1), column: Math.max(col, 1), path: '', message: flaw.message };
}

function placeOf(node: unknown, lineCounter: LineCounter): { line: number; column: number } | undefined {
  if (!isNode(node) || node.range === undefined || node.range === null) return undefined;
  const { line, col } = lineCounter.linePos(node.range[0]);
  return { line, column: col };
}

/** The place of the last key of the path where it is one (that is what a person looks for), else of the value. */
function placeOfPath(
  document: Document.Parsed,
  path: FieldPath,
  lineCounter: LineCounter,
): { line: number; column: number } | undefined {
  let node: unknown = document.contents;
  let place = placeOf(node, lineCounter);
  for (const step of path) {
    const child = childOf(node, step);
    if (child === undefined) return place;
    place = placeOf(child.key ?? child.value, lineCounter) ?? place;
    node = child.value;
  }
  return place;
}

function childOf(
  node: unknown,
  step: string | number,
): { readonly key?: unknown; readonly value: unknown } | undefined {
  if (isMap(node)) return node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  if (isSeq(node) && typeof step === 'number' && step < node.items.length) return { value: node.items[step] };
  return undefined;
}

/** `spec.checks.size`, `spec.exclude[0]`, `metadata.labels["a.b/c"]`. */
export function formatFieldPath(path: FieldPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** The steps of a path that formatFieldPath wrote. */
export function parseFieldPath(text: string): FieldPath {
  const steps: (string | number)[] = [];
  for (const [, name, index, quoted] of text.matchAll(/([A-Za-z_$][\w$-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g)) {
    if (name !== undefined) steps.push(name);
    else if (index !== undefined) steps.push(Number(index));
    else steps.push(String(JSON.parse(quoted ?? '""')));
  }
  return steps;
}

/** `file:line:column: path: message`, as editors and terminals understand it. */
export function formatProblem(problem: Problem): string {
  const place = `${problem.source}:${problem.line}:${problem.column}`;
  return problem.path === '' ? `${place}: ${problem.message}` : `${place}: ${problem.path}: ${problem.message}`;
}

/** One Fault `document/invalid` that tells every problem, a line each, in the order of the files. */
export function faultFromProblems(problems: readonly Problem[]): Fault {
  return new Fault('document/invalid', problems.map(formatProblem).join('\n'));
}

/** Checks a document against one schema and tells every mistake, each with its place and what is allowed there. */
export type DocumentValidator = (document: SourceDocument) => readonly Problem[];

/** Compiles a JSON Schema (draft 2020-12) once. A bad schema is a bug and throws. */
export function createValidator(schema: object): DocumentValidator {
  const ajv = new Ajv2020({ allErrors: true, strict: true, verbose: true, allowUnionTypes: true, discriminator: true });
  const validate: ValidateFunction = ajv.compile(schema);
  return (document) => {
    if (validate(document.value)) return [];
    const problems = new Map<string, Problem>();
    for (const error of leavesOf(validate.errors ?? [])) {
      const path = pathOfError(error, document.value);
      const problem = document.problem(path, messageOfError(error));
      problems.set(`${problem.path}\n${problem.message}`, problem);
    }
    return [...problems.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  };
}

/** Drops the errors that only say that one of their parts failed. */
function leavesOf(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const leaves = errors.filter(({ keyword }) => keyword !== 'if' && keyword !== 'allOf' && keyword !== '$ref');
  return leaves.length > 0 ? leaves : errors;
}

function pathOfError(error: ErrorObject, root: unknown): FieldPath {
  const path: (string | number)[] = [];
  let value = root;
  for (const step of error.instancePath.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(key) : key);
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }
  if (error.keyword === 'additionalProperties') path.push(String(error.params['additionalProperty']));
  if (error.keyword === 'propertyNames') path.push(String(error.params['propertyName']));
  return path;
}

function messageOfError(error: ErrorObject): string {
  switch (error.keyword) {
    case 'additionalProperties': {
      const allowed = Object.keys(error.parentSchema?.['properties'] ?? {});
      return allowed.length === 0 ? 'unknown field' : `unknown field; allowed are ${allowed.join(', ')}`;
    }
    case 'required':
      return `the field ${String(error.params['missingProperty'])} is required`;
    case 'enum':
      return `${shown(error.data)} is not allowed; allowed are ${listed(error.params['allowedValues'])}`;
    case 'const':
      return `must be ${shown(error.params['allowedValue'])}, not ${shown(error.data)}`;
    case 'type':
      return `must be ${wantedTypes(error.params['type'])}, not ${shown(error.data)}`;
    case 'minItems':
      return 'must not be an empty list';
    case 'minProperties':
      return 'must not be empty';
    case 'minLength':
      return 'must not be empty';
    case 'uniqueItems':
      return 'has the same entry twice';
    case 'anyOf':
    case 'oneOf':
      return descriptionOf(error) ?? `${shown(error.data)} fits none of what is allowed`;
    case 'pattern':
    case 'format':
      return descriptionOf(error) ?? `${shown(error.data)} ${error.message ?? 'is not allowed'}`;
    default:
      return error.message ?? 'is not allowed';
  }
}

/** A schema may say in its own words what is wanted: `errorDescription` is not JSON Schema, `description` is. */
function descriptionOf(error: ErrorObject): string | undefined {
  const description: unknown = error.parentSchema?.['description'];
  return typeof description === 'string' ? `${shown(error.data)} does not fit: ${description}` : undefined;
}

function listed(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => String(value)).join(', ') : String(values);
}

function wantedTypes(types: unknown): string {
  const names = Array.isArray(types) ? types : [types];
  return names
    .map((name) => (name === 'object' || name === 'array' || name === 'integer' ? `an ${name}` : `a ${name}`))
    .join(' or ');
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
