// A policy document on its way from text to values: every problem found so far, and what may still be read despite them.
import {
  type DocumentValidator,
  type FieldPath,
  formatFieldPath,
  type Problem,
  type SourceDocument,
} from '../base/document.ts';
import type { Report } from '../checks/parameter.ts';
import { field, isFieldBag } from '../workload/fields.ts';

/** Problems are told once per place: what the schema refused is not read again, and what belongs to a later version is told as that. */
export interface DocumentDraft {
  readonly document: SourceDocument;
  readonly report: Report;
  /** Whether there is a problem at the path or below it. */
  readonly isBroken: (path: FieldPath) => boolean;
  readonly problems: () => readonly Problem[];
}

/** What one document became, or why it became nothing. */
export interface Compiled<T> {
  readonly value?: T;
  readonly problems: readonly Problem[];
}

/** How far away an exception may expire, seen from now. */
export interface ExceptionBounds {
  readonly nowMs: number;
  readonly maxDurationMs: number;
}

/** What a later version will judge, where it stands in this document. */
export interface LaterField {
  readonly path: FieldPath;
  readonly message: string;
}

export function createDraft(
  document: SourceDocument,
  validate: DocumentValidator,
  later: readonly LaterField[],
): DocumentDraft {
  const problems = new Map<string, Problem>();
  const add = (problem: Problem) => problems.set(`${problem.path}\n${problem.message}`, problem);
  for (const { path, message } of later) add(document.problem(path, message));
  const laterPaths = later.map(({ path }) => formatFieldPath(path));
  for (const problem of validate(document)) if (!laterPaths.includes(problem.path)) add(problem);
  const isBroken = (path: FieldPath) => {
    const prefix = formatFieldPath(path);
    return [...problems.values()].some((problem) => isBelow(problem.path, prefix));
  };
  return {
    document,
    report: (path, message) => add(document.problem(path, message)),
    isBroken,
    problems: () => [...problems.values()].sort((a, b) => a.line - b.line || a.column - b.column),
  };
}

function isBelow(path: string, prefix: string): boolean {
  return prefix === '' || path === prefix || path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[`);
}

export function valueAt(root: unknown, path: FieldPath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof step === 'number') value = Array.isArray(value) ? value[step] : undefined;
    else value = field(value, step);
  }
  return value;
}

/** The parts of an object or list that are sound, so that one bad entry hides no problem of the others. */
export function soundParts(draft: DocumentDraft, path: FieldPath): Readonly<Record<string, unknown>> {
  const value = valueAt(draft.document.value, path);
  if (!isFieldBag(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([name]) => !draft.isBroken([...path, name])));
}
