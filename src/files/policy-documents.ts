// Documents of policies as they lie in files: read one by one, so that a broken one takes nothing from the others.
import { type Problem, readYamlDocuments, type SourceDocument } from '../base/document.ts';
import { Fault } from '../base/fault.ts';
import { type ParsedPolicies, type ParseOptions, parseDocument } from '../policy/parse-policies.ts';
import { readWholeFile } from './file-fault.ts';
import type { PolicyFileLimits } from './find-policy-files.ts';

/** One policy or exception that is whole. */
export interface GoodDocument {
  /** What it is called over all files: `policy NAME`, `exception NAMESPACE/NAME`. */
  readonly key: string;
  readonly document: SourceDocument;
  readonly parsed: ParsedPolicies;
}

/** A document, or what stands in the place of documents, that cannot be used. */
export interface BrokenDocument {
  /** The file, or the directory that could not be read. */
  readonly source: string;
  /** As in GoodDocument; undefined where not even that can be told. */
  readonly key: string | undefined;
  readonly problems: readonly Problem[];
}

/** Everything that was found in one reading of all files. */
export interface PolicyDocuments {
  readonly good: readonly GoodDocument[];
  readonly broken: readonly BrokenDocument[];
}

/** Reads one file. Never throws for what is in it, or for its not being readable. */
export async function readPolicyFile(
  path: string,
  limits: PolicyFileLimits,
  options: ParseOptions,
): Promise<PolicyDocuments> {
  try {
    const limit = { limit: 'maxPolicyFileBytes', maxBytes: limits.maxPolicyFileBytes };
    const bytes = await readWholeFile(path, limit);
    return documentsOfText(Buffer.from(bytes).toString('utf8'), path, options);
  } catch (thrown) {
    return { good: [], broken: [unreadable(path, thrown)] };
  }
}

/** A file or directory that could not be read, as a problem of its first line. Anything but a Fault is thrown on. */
export function unreadable(source: string, thrown: unknown): BrokenDocument {
  if (!(thrown instanceof Fault)) throw thrown;
  const message = thrown.message.startsWith(`${source}: `) ? thrown.message.slice(source.length + 2) : thrown.message;
  return { source, key: undefined, problems: [{ source, line: 1, column: 1, path: '', message }] };
}

function documentsOfText(text: string, source: string, options: ParseOptions): PolicyDocuments {
  const { documents, problems } = readYamlDocuments(text, source);
  const read = documents.map((document) => readDocument(document, options));
  return {
    good: read.flatMap(({ good }) => good),
    broken: [
      ...(problems.length > 0 ? [{ source, key: undefined, problems }] : []),
      ...read.flatMap(({ broken }) => broken),
    ],
  };
}

/** One document, from a file or from what was saved. */
export function readDocument(document: SourceDocument, options: ParseOptions): PolicyDocuments {
  const parsed = parseDocument(document, options);
  const key = keyOf(document.value);
  if (parsed.problems.length === 0 && key !== undefined) return { good: [{ key, document, parsed }], broken: [] };
  return { good: [], broken: [{ source: document.source, key, problems: parsed.problems }] };
}

function keyOf(value: unknown): string | undefined {
  const [kind, metadata] = [fieldOf(value, 'kind'), fieldOf(value, 'metadata')];
  const [name, namespace] = [fieldOf(metadata, 'name'), fieldOf(metadata, 'namespace')];
  if (typeof kind !== 'string' || typeof name !== 'string') return undefined;
  return `${kind} ${typeof namespace === 'string' ? `${namespace}/${name}` : name}`;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
