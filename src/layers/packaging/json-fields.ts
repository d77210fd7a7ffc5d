// Reads JSON that package managers wrote, field by field, and takes nothing for granted.

export type JsonRecord = Readonly<Record<string, unknown>>;

/**
 * The object that a document is; undefined for anything else. Duplicate keys are as JavaScript has them: nothing here decides whether an
 * image may run, and the tools that wrote these files read them in the same way.
 */
export function parseJsonRecord(bytes: Uint8Array): JsonRecord | undefined {
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    const value: unknown = JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of an object that are objects themselves; none of anything else. */
export function recordsIn(value: unknown): readonly (readonly [key: string, record: JsonRecord])[] {
  return isRecord(value)
    ? Object.entries(value).flatMap(([key, inner]) => (isRecord(inner) ? [[key, inner] as const] : []))
    : [];
}

export function textIn(record: JsonRecord, key: string): string | undefined {
  const value = record[key];
  return typeof value === 'string' ? value : undefined;
}

/** The texts in an array; none of anything else. */
export function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
