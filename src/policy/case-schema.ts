// The JSON Schema of the cases that lie beside policies.
import { allRules } from '../checks/checks.ts';
import { ruleActions } from './actions.ts';
import { undecidedCauses } from './undecided.ts';

const ruleId = { type: 'string', enum: allRules.map(({ id }) => id) } as const;

const factsFiles = {
  type: ['string', 'array'],
  minLength: 1,
  minItems: 1,
  items: { type: 'string', minLength: 1 },
  description: 'A file with facts, relative to this one; a list for an image of several platforms.',
} as const;

const failure = {
  type: 'string',
  enum: [
    ...undecidedCauses.map((cause) => `undecided/${cause}`),
    ...allRules.map(({ id }) => id).filter((id) => id.startsWith('integrity/')),
  ],
  description: 'Why the image cannot be read, instead of facts; beside facts, why its layers cannot.',
} as const;

export const caseSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'expect'],
  properties: {
    name: { type: 'string', minLength: 1, description: 'What the case claims.' },
    facts: factsFiles,
    fails: failure,
    images: {
      type: 'object',
      minProperties: 1,
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        minProperties: 1,
        properties: { facts: factsFiles, fails: failure },
      },
      description: 'Facts by image, where a workload has several.',
    },
    image: { type: 'string', minLength: 1, description: 'A bare image, instead of a workload.' },
    workload: { type: 'object', description: 'A Kubernetes object.' },
    exceptions: {
      type: 'array',
      minItems: 1,
      items: { type: 'object' },
      description: 'ImageAdmissionExceptions in force.',
    },
    context: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      properties: {
        at: {
          type: 'string',
          description: 'The instant of the question; 2026-01-01T00:00:00Z where it does not matter.',
        },
        namespace: { type: 'string', minLength: 1 },
        namespaceLabels: { type: 'object', additionalProperties: { type: 'string' } },
        platforms: { type: 'array', minItems: 1, items: { type: 'string' }, description: 'What `cluster` stands for.' },
      },
    },
    expect: {
      type: 'object',
      additionalProperties: false,
      required: ['verdict'],
      properties: {
        verdict: { type: 'string', enum: ['allow', 'warn', 'deny'] },
        rules: {
          type: ['array', 'object'],
          items: ruleId,
          propertyNames: ruleId,
          additionalProperties: { type: 'string', enum: [...ruleActions, 'retry'] },
          description: 'All rules that fail; or a map from each of them to what follows from it.',
        },
        waived: { type: 'array', items: ruleId, description: 'All rules that fail and are waived.' },
      },
    },
  },
} as const;
