// Policy documents from text: all policies and exceptions of one file, and every mistake in it at once.
import { type Problem, readYamlDocuments, type SourceDocument } from '../base/document.ts';
import { isFieldBag, textField } from '../workload/fields.ts';
import { compileException } from './compile-exception.ts';
import { compilePolicy } from './compile-policy.ts';
import type { ExceptionBounds } from './document-draft.ts';
import type { Policy, PolicyException } from './policy.ts';
import { apiVersion, exceptionKind, policyKind } from './schema.ts';

export interface ParsedPolicies {
  readonly policies: readonly Policy[];
  readonly exceptions: readonly PolicyException[];
  readonly problems: readonly Problem[];
}

export interface ParseOptions {
  /** Absent: exceptions may last as long as they say. */
  readonly exceptionBounds?: ExceptionBounds;
}

/**
 * Reads the YAML (or JSON) documents of one file. Never throws: what cannot be used is in `problems`, with line, column, field path and
 * what is allowed; documents without problems are read all the same.
 * @param source the file as it should be named.
 */
export function parsePolicies(text: string, source: string, options: ParseOptions = {}): ParsedPolicies {
  const { documents, problems } = readYamlDocuments(text, source);
  const parsed = documents.map((document) => parseDocument(document, options));
  return {
    policies: parsed.flatMap(({ policies }) => policies),
    exceptions: parsed.flatMap(({ exceptions }) => exceptions),
    problems: [...problems, ...parsed.flatMap((part) => part.problems)],
  };
}

/** One document, wherever it came from. */
export function parseDocument(document: SourceDocument, options: ParseOptions): ParsedPolicies {
  const kind = textField(document.value, 'kind');
  if (kind === policyKind) {
    const { value, problems } = compilePolicy(document);
    return { policies: value === undefined ? [] : [value], exceptions: [], problems };
  }
  if (kind === exceptionKind) {
    const { value, problems } = compileException(document, options.exceptionBounds);
    return { policies: [], exceptions: value === undefined ? [] : [value], problems };
  }
  return { policies: [], exceptions: [], problems: [problemOfKind(document, kind)] };
}

function problemOfKind(document: SourceDocument, kind: string | undefined): Problem {
  const allowed = `allowed are ${policyKind} and ${exceptionKind} of ${apiVersion}`;
  if (!isFieldBag(document.value)) return document.problem([], `must be an object; ${allowed}`);
  if (kind === undefined) return document.problem([], `the field kind is required; ${allowed}`);
  return document.problem(['kind'], `${JSON.stringify(kind)} is not known here; ${allowed}`);
}
