// Parameters of checks: each one is its JSON Schema, its default and how written text becomes a value, in one place.
import { parseDuration } from '../base/duration.ts';
import { Fault } from '../base/fault.ts';
import { parseQuantity } from '../base/quantity.ts';
import { formatPlatform, type Platform, parsePlatform } from '../oci/platform.ts';
import { compileImagePattern, type ImagePattern } from './image-pattern.ts';

/** Tells of a mistake at a place below the check's own field. */
export type Report = (path: readonly (string | number)[], message: string) => void;

type JsonSchema = Readonly<Record<string, unknown>>;

export interface Parameter<T> {
  /** Draft 2020-12, with a `description` for people and the `default` where there is one. */
  readonly schema: JsonSchema & { readonly description: string };
  /** The value when the policy does not write it. */
  readonly absent: T;
  /** Reads a value that fits the schema; what only reading can see is reported, and the absent value stands in. */
  readonly parse: (written: unknown, report: Report) => T;
}

export type ParameterSet = Readonly<Record<string, Parameter<unknown>>>;

export type ParametersOf<S extends ParameterSet> = {
  readonly [K in keyof S]: S[K] extends Parameter<infer T> ? T : never;
};

/** All parameters of a set: the written ones parsed, the others with their defaults. */
export function parseParameters<S extends ParameterSet>(
  set: S,
  written: Readonly<Record<string, unknown>>,
  report: Report,
): ParametersOf<S> {
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(set)) {
    values[name] = Object.hasOwn(written, name)
      ? parameter.parse(written[name], (path, message) => report([name, ...path], message))
      : parameter.absent;
  }
  if (!isComplete(values, set)) throw new Fault('internal', 'a parameter was left out');
  return values;
}

/** Every value came from the parameter of its name, so having all names is having the type. */
function isComplete<S extends ParameterSet>(values: unknown, set: S): values is ParametersOf<S> {
  return typeof values === 'object' && values !== null && Object.keys(set).every((name) => Object.hasOwn(values, name));
}

export function flag(description: string, absent: boolean): Parameter<boolean> {
  return {
    schema: { type: 'boolean', default: absent, description },
    absent,
    parse: (written) => (typeof written === 'boolean' ? written : absent),
  };
}

/** A positive whole number. */
export function count(description: string): Parameter<number | undefined> {
  return {
    schema: { type: 'integer', minimum: 1, description },
    absent: undefined,
    parse: (written) => (typeof written === 'number' ? written : undefined),
  };
}

/** A part of a hundred, fractions allowed. */
export function percentage(description: string): Parameter<number | undefined> {
  return {
    schema: { type: 'number', minimum: 0, maximum: 100, description },
    absent: undefined,
    parse: (written) => (typeof written === 'number' ? written : undefined),
  };
}

/** Bytes, more than none. */
export function quantity(description: string): Parameter<number | undefined> {
  return {
    schema: { type: ['string', 'integer'], description },
    absent: undefined,
    parse: (written, report) => {
      const bytes = attempt(() => parseQuantity(typeof written === 'number' ? written : String(written)), report);
      if (bytes === 0) report([], 'a size of 0 can be met by no image');
      return bytes;
    },
  };
}

/** Milliseconds, more than none. */
export function duration(description: string): Parameter<number | undefined> {
  return {
    schema: { type: 'string', description },
    absent: undefined,
    parse: (written, report) => {
      const milliseconds = attempt(() => parseDuration(String(written)), report);
      if (milliseconds === 0) report([], 'a duration of 0 can be met by no image');
      return milliseconds;
    },
  };
}

/** Some of a closed list of words; none, or those of `absent`, when the policy does not write it. */
export function choices<T extends string>(
  description: string,
  allowed: readonly T[],
  absent: readonly T[] = [],
): Parameter<ReadonlySet<T>> {
  return {
    schema: {
      type: 'array',
      minItems: absent.length === 0 ? 1 : 0,
      uniqueItems: true,
      items: { type: 'string', enum: [...allowed] },
      ...(absent.length === 0 ? {} : { default: [...absent] }),
      description,
    },
    absent: new Set(absent),
    parse: (written) => new Set(allowed.filter((word) => Array.isArray(written) && written.includes(word))),
  };
}

/** One of a closed list of words. */
export function choice<T extends string>(description: string, allowed: readonly T[], absent: T): Parameter<T> {
  return {
    schema: { type: 'string', enum: [...allowed], default: absent, description },
    absent,
    parse: (written) => allowed.find((word) => word === written) ?? absent,
  };
}

export function platformList(description: string): Parameter<readonly Platform[]> {
  return {
    schema: { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string' }, description },
    absent: [],
    parse: (written, report) => parseEach(written, report, parsePlatform, formatPlatform),
  };
}

/** Registries, or parts of them, by name. */
export function imagePatterns(description: string): Parameter<readonly ImagePattern[]> {
  return {
    schema: { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string' }, description },
    absent: [],
    parse: (written, report) => parseEach(written, report, compileImagePattern, ({ pattern }) => pattern),
  };
}

/** Parses each entry and reports those that cannot be read, and those that mean what an earlier one means. */
function parseEach<T>(
  written: unknown,
  report: Report,
  parse: (text: string) => T,
  identity: (value: T) => string,
): readonly T[] {
  const values: T[] = [];
  const seen = new Set<string>();
  for (const [index, entry] of (Array.isArray(written) ? written : []).entries()) {
    const value = attempt(
      () => parse(String(entry)),
      (path, message) => report([index, ...path], message),
    );
    if (value === undefined) continue;
    if (seen.has(identity(value))) report([index], 'means the same as an earlier entry');
    seen.add(identity(value));
    values.push(value);
  }
  return values;
}

/** What `read` returns, or undefined after its Fault was reported. */
export function attempt<T>(read: () => T, report: Report): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    report([], thrown.message);
    return undefined;
  }
}
