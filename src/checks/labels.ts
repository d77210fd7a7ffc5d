// Labels that every image must carry, and what may stand in them.
import { printable } from '../base/printable.ts';
import { useKinds } from '../workload/use.ts';
import { findingOf, type RawFinding, type Rule } from './check.ts';
import { defineFactsCheck } from './define-check.ts';
import { type LabelRequirement, maxComparedLength, requiredLabels } from './label-requirement.ts';

const missing: Rule = {
  id: 'labels/missing',
  severity: 'low',
  title: 'A required label is missing',
  why: 'Labels say where an image comes from and who answers for it; without them an incident begins with a search.',
  advice:
    'set it in the final stage (`LABEL org.opencontainers.image.source=https://…`) or when building (`docker build --label …`; docker/metadata-action writes the standard ones)',
};

const invalid: Rule = {
  id: 'labels/invalid',
  severity: 'low',
  title: 'A label has a value that is not allowed',
  why: 'What reads the label (inventories, on-call tools, cost reports) relies on its form.',
  advice:
    'set the label to an allowed value in the final stage; a label of the base image stays in force until it is set again',
};

export const labels = defineFactsCheck({
  name: 'labels',
  summary: 'Requires labels on images.',
  example: "{ required: { org.opencontainers.image.source: { regex: '^https://' }, tier: { enum: [web, batch] } } }",
  rules: [missing, invalid],
  uses: useKinds,
  asksJobs: true,
  parameters: {
    required: requiredLabels(
      'Names of labels; or a map from a name to what its value must be: `{regex: …}` (found anywhere in the value unless ^ and $ bind it; RE2 syntax without flags) or `{enum: […]}`. An empty value counts as missing; an annotation of the manifest counts as well as a label.',
    ),
  },
  requiresNothing: ({ required }) => (required.length === 0 ? 'list labels under required' : undefined),
  evaluate: ({ facts }, { required }) =>
    required.flatMap((requirement) => {
      const value = labelText(facts.labels, requirement.name) ?? labelText(facts.annotations, requirement.name);
      return judge(requirement, value) ?? [];
    }),
});

function labelText(texts: Readonly<Record<string, string>>, name: string): string | undefined {
  const value = Object.hasOwn(texts, name) ? texts[name] : undefined;
  return value === '' ? undefined : value;
}

function judge(requirement: LabelRequirement, value: string | undefined): RawFinding | undefined {
  const evidence = { kind: 'label', key: requirement.name } as const;
  if (value === undefined) {
    return findingOf(missing, { message: `the label ${requirement.name} is not set`, evidence });
  }
  if (value.length > maxComparedLength && requirement.wanted !== undefined) {
    const message = `the label ${requirement.name} is longer than the ${maxComparedLength} characters that are compared`;
    return findingOf(invalid, { message, evidence });
  }
  if (requirement.wanted === undefined || requirement.wanted.accepts(value)) return undefined;
  const message = `the label ${requirement.name} is "${printable(value, 60)}", not ${requirement.wanted.description}`;
  return findingOf(invalid, { message, evidence });
}
