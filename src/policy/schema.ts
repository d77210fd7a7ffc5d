// The JSON Schemas of policy documents, assembled from the checks: what files, editors, the API server and the documentation go by.
import type { Check } from '../checks/check.ts';
import { checks } from '../checks/checks.ts';
import { actions, configurableCauses, ruleActions, undecidedActionsOf } from './actions.ts';
import { excludeSchema, matchSchema } from './match-block.ts';

export const apiVersion = 'tidewaiter.dev/v1alpha1';
export const policyKind = 'ImageAdmissionPolicy';
export const exceptionKind = 'ImageAdmissionException';

/** RFC 1123 subdomain, which is what Kubernetes takes as a name. */
const nameSchema = {
  type: 'string',
  pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$',
  maxLength: 253,
  description: 'lower-case letters, digits, - and ., beginning and ending with a letter or digit',
} as const;

const textMap = { type: 'object', additionalProperties: { type: 'string' } } as const;

const actionSchema = { type: 'string', enum: [...actions] } as const;

function textList(description: string) {
  return {
    type: 'array',
    minItems: 1,
    uniqueItems: true,
    items: { type: 'string', minLength: 1 },
    description,
  } as const;
}

function documentSchema(kind: string, metadata: object, spec: object) {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: {
      apiVersion: { type: 'string', const: apiVersion },
      kind: { type: 'string', const: kind },
      metadata: { type: 'object', additionalProperties: false, required: ['name'], properties: metadata },
      spec,
    },
  } as const;
}

/** One check as a policy writes it: its own parameters and the reserved keys. */
function checkSchema(check: Check): object {
  const parameters = Object.entries(check.parameters).map(([name, { schema }]) => [name, schema]);
  const halves = check.rules.map(({ id }) => [
    id.slice(id.indexOf('/') + 1),
    { type: 'string', enum: [...ruleActions] },
  ]);
  return {
    type: 'object',
    additionalProperties: false,
    minProperties: 1,
    description: check.summary,
    properties: {
      ...Object.fromEntries(parameters),
      action: {
        ...actionSchema,
        description: "What follows from this check's findings; never more than the policy's action.",
      },
      rules: {
        type: 'object',
        additionalProperties: false,
        minProperties: 1,
        properties: Object.fromEntries(halves),
        description: 'What follows from single rules, by the second half of their id.',
      },
      uses: {
        type: 'array',
        minItems: 1,
        uniqueItems: true,
        items: { type: 'string', enum: [...check.uses] },
        description: 'Only these of the uses that the check asks.',
      },
    },
  };
}

export const policySchema = documentSchema(
  policyKind,
  { name: nameSchema, labels: textMap, annotations: textMap },
  {
    type: 'object',
    additionalProperties: false,
    required: ['action', 'checks'],
    properties: {
      description: { type: 'string', description: 'What the policy is for, for people.' },
      match: matchSchema,
      exclude: excludeSchema,
      action: { ...actionSchema, description: 'The most that follows from anything this policy finds.' },
      enforceFrom: {
        type: 'string',
        description: 'An instant such as 2027-01-01T00:00:00Z; until then deny acts as warn.',
      },
      detectors: {
        type: 'integer',
        minimum: 1,
        description: 'The revision of detectors whose findings take the action; findings of newer ones are warn.',
      },
      platforms: {
        type: ['string', 'array'],
        minItems: 1,
        uniqueItems: true,
        items: { type: 'string' },
        default: 'cluster',
        description:
          'cluster (the platforms of the nodes; all where they are not known), all, or a list such as [linux/amd64].',
      },
      undecided: {
        type: 'object',
        additionalProperties: false,
        minProperties: 1,
        properties: Object.fromEntries(
          configurableCauses.map((cause) => [cause, { type: 'string', enum: [...undecidedActionsOf(cause)] }]),
        ),
        description: 'What follows when facts cannot be had, by cause; what is not listed takes the action.',
      },
      checks: {
        type: 'object',
        additionalProperties: false,
        minProperties: 1,
        properties: Object.fromEntries(checks.map((check) => [check.name, checkSchema(check)])),
        description: 'What is required of an image, by check.',
      },
    },
  },
);

export const exceptionSchema = documentSchema(
  exceptionKind,
  { name: nameSchema, namespace: nameSchema, labels: textMap, annotations: textMap },
  {
    type: 'object',
    additionalProperties: false,
    required: ['policies', 'rules', 'images', 'reason', 'owner', 'expires'],
    properties: {
      policies: textList('Names of policies.'),
      rules: textList('Rule ids, or all of a check as `user/*`; never integrity/*.'),
      images: textList('Globs over host[:port]/path, or digests (sha256:…) of the image or one of its platforms.'),
      findings: {
        type: 'array',
        minItems: 1,
        description: 'Only these findings: any one entry fits, and inside one all parts must.',
        items: {
          type: 'object',
          additionalProperties: false,
          minProperties: 1,
          properties: {
            paths: textList('Globs over the path of a file.'),
            layers: textList('Digests of layers; one covers every image on that layer.'),
            fingerprints: textList('Fingerprints of findings, as every output prints them.'),
          },
        },
      },
      reason: { type: 'string', minLength: 1, description: 'Why.' },
      owner: { type: 'string', minLength: 1, description: 'Who answers for it.' },
      expires: {
        type: 'string',
        description: 'An instant such as 2027-01-01T00:00:00Z, from which on it is not honoured.',
      },
    },
  },
);
