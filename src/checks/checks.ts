// The list of checks. A new check is one file and one line here; schema, explain, documentation and SARIF follow from it.
import { age } from './age.ts';
import { base } from './base.ts';
import type { Check, Rule, RuleId } from './check.ts';
import { command } from './command.ts';
import { filesystem } from './filesystem.ts';
import { hazard } from './hazard.ts';
import { healthcheck } from './healthcheck.ts';
import { integrityRules } from './integrity-rules.ts';
import { labels } from './labels.ts';
import { leftovers } from './leftovers.ts';
import { platforms } from './platforms.ts';
import { ports } from './ports.ts';
import { reference } from './reference.ts';
import { secrets } from './secrets.ts';
import { size } from './size.ts';
import { undecidedRules } from './undecided-rules.ts';
import { user } from './user.ts';

export const checks: readonly Check[] = [
  size,
  user,
  healthcheck,
  secrets,
  leftovers,
  reference,
  labels,
  platforms,
  age,
  ports,
  command,
  hazard,
  filesystem,
  base,
];

/** Every rule that can be in a finding: those of the checks, and those of reading itself. */
export const allRules: readonly Rule[] = [
  ...checks.flatMap((check) => check.rules),
  ...undecidedRules,
  ...integrityRules,
];

const ruleById: ReadonlyMap<string, Rule> = new Map(allRules.map((rule) => [rule.id, rule]));

export function findRule(id: RuleId): Rule | undefined {
  return ruleById.get(id);
}
