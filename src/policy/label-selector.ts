// Label selectors, with the meaning that Kubernetes gives them.
import type { Report } from '../checks/parameter.ts';
import { field, listField, textField, textMapField } from '../workload/fields.ts';
import type { LabelSelector } from './policy.ts';

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

/** apimachinery `metav1.LabelSelector`; an empty one, which selects everything there, is refused: it is mostly a mistake. */
export const labelSelectorSchema = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  description: 'Labels that must be there, as in Kubernetes; all parts must hold.',
  properties: {
    matchLabels: { type: 'object', minProperties: 1, additionalProperties: { type: 'string' } },
    matchExpressions: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['key', 'operator'],
        properties: {
          key: { type: 'string', minLength: 1 },
          operator: { type: 'string', enum: [...operators] },
          values: { type: 'array', minItems: 1, items: { type: 'string' } },
        },
      },
    },
  },
} as const;

type Labels = Readonly<Record<string, string>>;

/** Compiles a selector that fits the schema; reports what only its parts together show. */
export function compileLabelSelector(written: unknown, report: Report): LabelSelector {
  const equal = Object.entries(textMapField(written, 'matchLabels')).map(
    ([key, value]) =>
      (labels: Labels) =>
        labelOf(labels, key) === value,
  );
  const expressions = listField(written, 'matchExpressions').map((expression, index) =>
    compileExpression(expression, (path, message) => report(['matchExpressions', index, ...path], message)),
  );
  const requirements = [...equal, ...expressions];
  return { matches: (labels) => requirements.every((holds) => holds(labels)) };
}

function compileExpression(written: unknown, report: Report): (labels: Labels) => boolean {
  const key = textField(written, 'key') ?? '';
  const operator = operators.find((known) => known === field(written, 'operator'));
  const values = new Set(listField(written, 'values'));
  if (operator === undefined) return () => false;
  const takesValues = operator === 'In' || operator === 'NotIn';
  if (takesValues && values.size === 0) report([], `${operator} needs values`);
  if (!takesValues && values.size > 0) report(['values'], `${operator} takes no values`);
  switch (operator) {
    case 'In':
      return (labels) => values.has(labelOf(labels, key));
    // A label that is not there is in no list.
    case 'NotIn':
      return (labels) => !values.has(labelOf(labels, key));
    case 'Exists':
      return (labels) => labelOf(labels, key) !== undefined;
    case 'DoesNotExist':
      return (labels) => labelOf(labels, key) === undefined;
    default:
      return operator satisfies never;
  }
}

function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
