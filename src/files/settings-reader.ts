// Reads settings out of a document with their defaults, which stand in the schema and nowhere else.
import type { FieldPath, Problem, SourceDocument } from '../base/document.ts';
import { formatDuration, parseDuration } from '../base/duration.ts';
import { Fault } from '../base/fault.ts';
import { parseQuantity } from '../base/quantity.ts';
import type { LimitSetting, LimitSettings } from './limit-settings.ts';

/**
 * What is not of the right type has been told by the schema already and reads as if it were not there; what has the right type and still
 * cannot be used becomes a problem.
 */
export class SettingsReader {
  readonly #document: SourceDocument;
  readonly #schema: object;
  readonly #problems: Problem[] = [];

  constructor(document: SourceDocument, schema: object) {
    this.#document = document;
    this.#schema = schema;
  }

  get problems(): readonly Problem[] {
    return this.#problems;
  }

  problem(path: FieldPath, message: string): void {
    this.#problems.push(this.#document.problem(path, message));
  }

  has(...path: FieldPath): boolean {
    return valueAt(this.#document.value, path) !== undefined;
  }

  text(...path: FieldPath): string | undefined {
    const value = this.#value(path);
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  flag(...path: FieldPath): boolean | undefined {
    const value = this.#value(path);
    return typeof value === 'boolean' ? value : undefined;
  }

  texts(...path: FieldPath): readonly string[] {
    const value = this.#value(path);
    return Array.isArray(value) ? value.filter((one: unknown): one is string => typeof one === 'string') : [];
  }

  /** How many entries a list has. */
  count(...path: FieldPath): number {
    const value = this.#value(path);
    return Array.isArray(value) ? value.length : 0;
  }

  /** What `parse` makes of a text; its Fault becomes a problem. Undefined where there is no text, or a bad one. */
  parsed<T>(path: FieldPath, parse: (text: string) => T): T | undefined {
    const text = this.text(...path);
    return text === undefined ? undefined : this.#attempt(path, () => parse(text));
  }

  /** Undefined where there is no whole number; the schema has told of it. */
  integer(...path: FieldPath): number | undefined {
    const value = this.#value(path);
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
  }

  /** Milliseconds, at least `minimumMs`; a setting that has a default. */
  duration(minimumMs: number, ...path: FieldPath): number {
    const value = this.parsed(path, parseDuration);
    if (value !== undefined && value < minimumMs) this.problem(path, `must be at least ${formatDuration(minimumMs)}`);
    return value ?? minimumMs;
  }

  /** Those of `defaults` that are set, in the place of the default. */
  limits<Limits extends { readonly [Name in keyof Limits]: number }>(
    path: FieldPath,
    settings: LimitSettings,
    defaults: Limits,
  ): Limits {
    const set: Record<string, number> = {};
    for (const [name, setting] of settings) {
      const value = setting.limit in defaults ? this.#limit([...path, name], setting) : undefined;
      if (value !== undefined) set[setting.limit] = value;
    }
    return { ...defaults, ...set };
  }

  #limit(path: FieldPath, { kind, minimum }: LimitSetting): number | undefined {
    const written = valueAt(this.#document.value, path);
    if (typeof written !== 'string' && typeof written !== 'number') return undefined;
    const value = this.#attempt(path, () => {
      if (kind === 'duration') return parseDuration(String(written));
      return kind === 'bytes' ? parseQuantity(written) : Number(written);
    });
    if (value === undefined || Number.isNaN(value)) return undefined;
    if (value < minimum) this.problem(path, minimum === 0 ? 'must not be negative' : 'must be more than nothing');
    return value;
  }

  #attempt<T>(path: FieldPath, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      this.problem(path, thrown.message);
      return undefined;
    }
  }

  #value(path: FieldPath): unknown {
    return valueAt(this.#document.value, path) ?? defaultAt(this.#schema, path);
  }
}

function valueAt(root: unknown, path: FieldPath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

function defaultAt(schema: object, path: FieldPath): unknown {
  const steps = path.flatMap((step) => (typeof step === 'number' ? ['items'] : ['properties', step]));
  return valueAt(schema, [...steps, 'default']);
}
