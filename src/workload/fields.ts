// Reads fields of untrusted, untyped objects: only own properties count, and a wrong type reads as absent.

/** A value known to be a plain JSON object, whatever its prototype. */
export type FieldBag = Readonly<Record<string, unknown>>;

export function isFieldBag(value: unknown): value is FieldBag {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own property `key`, or undefined; a field of a prototype is never read. */
export function field(value: unknown, key: string): unknown {
  return isFieldBag(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Follows `path` from `value`; undefined as soon as a step is missing. */
export function fieldAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const key of path) current = field(current, key);
  return current;
}

/** A text that is not empty: Go reads an empty text as an absent one. */
export function textField(value: unknown, key: string): string | undefined {
  const found = field(value, key);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** A whole number that JSON carries exactly. */
export function integerField(value: unknown, key: string): number | undefined {
  const found = field(value, key);
  return typeof found === 'number' && Number.isSafeInteger(found) ? found : undefined;
}

export function booleanField(value: unknown, key: string): boolean | undefined {
  const found = field(value, key);
  return typeof found === 'boolean' ? found : undefined;
}

export function listField(value: unknown, key: string): readonly unknown[] {
  const found = field(value, key);
  return Array.isArray(found) ? found : [];
}

/** The texts of a list; undefined when there are none, because an empty list and no list mean the same to Kubernetes. */
export function textListField(value: unknown, key: string): readonly string[] | undefined {
  const texts = listField(value, key).filter((entry) => typeof entry === 'string');
  return texts.length > 0 ? texts : undefined;
}

/** A map of texts (labels, annotations) without a prototype, so that no key is special. */
export function textMapField(value: unknown, key: string): Readonly<Record<string, string>> {
  const found = field(value, key);
  const texts: Record<string, string> = Object.create(null);
  if (!isFieldBag(found)) return texts;
  for (const [name, text] of Object.entries(found)) if (typeof text === 'string') texts[name] = text;
  return texts;
}
