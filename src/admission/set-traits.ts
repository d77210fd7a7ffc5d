// What a set of policies asks for as a whole, found once per set instead of once per review.
import type { PolicySet } from '../policy/policy.ts';
import type { RuleWords } from './disclosure.ts';

export interface SetTraits {
  /** Some policy selects by labels of namespaces, which then have to be looked up. */
  readonly needsNamespaceLabels: boolean;
  /** Some policy selects by labels of objects: then new labels make every use a changed one. */
  readonly objectLabelsMatter: boolean;
  /** General words of every rule that some policy asks, by its id. */
  readonly ruleWords: ReadonlyMap<string, RuleWords>;
  /** `name@sha256:…`, by name. */
  readonly revisions: ReadonlyMap<string, string>;
}

const traitsBySet = new WeakMap<PolicySet, SetTraits>();

export function traitsOf(set: PolicySet): SetTraits {
  const known = traitsBySet.get(set);
  if (known !== undefined) return known;
  const { policies } = set;
  const rules = policies.flatMap((policy) => policy.checks.flatMap(({ check }) => check.rules));
  const traits: SetTraits = {
    needsNamespaceLabels: policies.some(({ match, exclude }) =>
      [match, ...exclude].some((block) => block.namespaceSelector !== undefined),
    ),
    objectLabelsMatter: policies.some((policy) => policy.selectsByObjectLabels),
    ruleWords: new Map(rules.map(({ id, title, advice }) => [id, { title, advice }])),
    revisions: new Map(policies.map(({ name, revision }) => [name, `${name}@${revision}`])),
  };
  traitsBySet.set(set, traits);
  return traits;
}
