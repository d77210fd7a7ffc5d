// The last good version of every policy document, kept in the data directory so that it survives a restart.
import { join } from 'node:path';
import type { FieldPath, SourceDocument } from '../base/document.ts';
import { formatFieldPath } from '../base/document.ts';
import { Fault } from '../base/fault.ts';
import { isJsonObject, type JsonValue, parseStrictJson } from '../base/strict-json.ts';
import type { ParseOptions } from '../policy/parse-policies.ts';
import { type ReadLimit, readWholeFile, systemCodeOf } from './file-fault.ts';
import { type GoodDocument, readDocument } from './policy-documents.ts';
import { writeAtomically } from './write-atomically.ts';

const fileName = 'policies.json';
/** Shape of the file; another one is not read. */
const fileVersion = 1;
const fileLimit: ReadLimit = { limit: 'maxSavedPolicyBytes', maxBytes: 64 * 1024 * 1024 };

/** Saves documents as plain data with their place. @throws Fault `usage` that names the file. */
export async function saveLastGood(dataDirectory: string, documents: Iterable<GoodDocument>): Promise<void> {
  const saved = [...documents].map(({ document }) => ({
    source: document.source,
    ...document.at([]),
    value: document.value,
  }));
  await writeAtomically(join(dataDirectory, fileName), JSON.stringify({ version: fileVersion, documents: saved }));
}

/**
 * What was saved, as far as this version can still use it. Nothing saved is no fault; a file that cannot be read is.
 * @throws Fault.
 */
export async function readLastGood(
  dataDirectory: string,
  options: ParseOptions,
): Promise<ReadonlyMap<string, GoodDocument>> {
  const path = join(dataDirectory, fileName);
  const bytes = await readWholeFile(path, fileLimit).catch((thrown: unknown) => {
    if (thrown instanceof Fault && systemCodeOf(thrown.cause) === 'ENOENT') return undefined;
    throw thrown;
  });
  if (bytes === undefined) return new Map();
  const file = parseStrictJson(bytes, { freeForm: () => true, maxDepth: 128, maxValues: Number.POSITIVE_INFINITY });
  const documents = isJsonObject(file) && file['version'] === fileVersion ? file['documents'] : undefined;
  if (!Array.isArray(documents)) throw new Fault('document/invalid', `${path} was written by another version`);
  const good = documents.flatMap((saved: JsonValue) => {
    const document = savedDocument(saved);
    return document === undefined ? [] : readDocument(document, options).good;
  });
  return new Map(good.map((one) => [one.key, one]));
}

function savedDocument(saved: JsonValue): SourceDocument | undefined {
  if (!isJsonObject(saved)) return undefined;
  const { source, line, column, value } = saved;
  if (typeof source !== 'string' || typeof line !== 'number' || typeof column !== 'number') return undefined;
  const at = (): { readonly line: number; readonly column: number } => ({ line, column });
  const problem = (path: FieldPath, message: string) => ({
    source,
    line,
    column,
    path: formatFieldPath(path),
    message,
  });
  return { source, value, at, problem };
}
