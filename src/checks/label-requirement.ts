// How a policy writes which labels it wants: a list of names, or a map from names to what their values must be.
import { compileLinearPattern } from './linear-pattern.ts';
import { attempt, type Parameter, type Report } from './parameter.ts';

/** Labels may be as long as a config; a longer value is refused rather than compared, which bounds the work per image. */
export const maxComparedLength = 4096;

export interface LabelRequirement {
  readonly name: string;
  /** What the value must be; any value that is not empty where absent. */
  readonly wanted?: { readonly description: string; readonly accepts: (value: string) => boolean };
}

const valueSchema = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  properties: {
    regex: { type: 'string', minLength: 1, description: 'A pattern that the value must contain.' },
    enum: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { type: 'string', minLength: 1 },
      description: 'The values that are allowed.',
    },
  },
} as const;

export function requiredLabels(description: string): Parameter<readonly LabelRequirement[]> {
  return {
    schema: {
      type: ['array', 'object'],
      minItems: 1,
      minProperties: 1,
      uniqueItems: true,
      items: { type: 'string', minLength: 1 },
      additionalProperties: valueSchema,
      description,
    },
    absent: [],
    parse: (written, report) => {
      if (Array.isArray(written)) return written.map((name) => ({ name: String(name) }));
      if (typeof written !== 'object' || written === null) return [];
      return Object.entries(written).map(([name, wanted]) => requirementOf(name, wanted, report));
    },
  };
}

function requirementOf(name: string, wanted: unknown, report: Report): LabelRequirement {
  if (typeof wanted !== 'object' || wanted === null) return { name };
  if ('enum' in wanted && Array.isArray(wanted.enum)) {
    const allowed = new Set(wanted.enum.map(String));
    return {
      name,
      wanted: { description: `one of ${[...allowed].join(', ')}`, accepts: (value) => allowed.has(value) },
    };
  }
  if (!('regex' in wanted)) return { name };
  const regex = String(wanted.regex);
  const pattern = attempt(
    () => compileLinearPattern(regex),
    (path, message) => report([name, 'regex', ...path], message),
  );
  return pattern === undefined ? { name } : { name, wanted: { description: `like ${regex}`, accepts: pattern.found } };
}
