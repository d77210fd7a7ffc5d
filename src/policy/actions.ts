// Actions and their strength: what a policy's own action lets through, rule by rule and cause by cause.
import type { RuleId } from '../checks/check.ts';
import { invalidReference } from '../checks/reference.ts';
import { field, textField } from '../workload/fields.ts';
import type { Action, RuleAction, UndecidedAction } from './policy.ts';
import { type UndecidedCause, undecidedCauses } from './undecided.ts';
import { strengthOf } from './verdict.ts';

export const actions = ['deny', 'warn', 'audit'] as const satisfies readonly Action[];
export const ruleActions = [...actions, 'ignore'] as const satisfies readonly RuleAction[];

/** The weaker of two actions: this is how one caps another. */
export function weaker<T extends RuleAction | UndecidedAction>(a: T, b: T): T {
  return rank(a) <= rank(b) ? a : b;
}

export function stronger<T extends RuleAction | UndecidedAction>(a: T, b: T): T {
  return rank(a) >= rank(b) ? a : b;
}

function rank(action: RuleAction | UndecidedAction): number {
  return action === 'ignore' ? -1 : strengthOf[action];
}

export function actionField(written: unknown, key: string): Action | undefined {
  return actions.find((action) => action === field(written, key));
}

/**
 * What follows from each rule of one check: what `rules` says of it by the second half of its id, else the check's `action`,
 * else the policy's; the latter two at most what the finding allows. Never more than the policy's. For `reference/invalid` the check's
 * action says nothing.
 */
export function compileRuleActions(
  written: unknown,
  policyAction: Action,
): (rule: RuleId, atMost?: Action) => RuleAction {
  const rules = field(written, 'rules');
  const own = weaker(actionField(written, 'action') ?? policyAction, policyAction);
  return (rule, atMost) => {
    const half = rule.slice(rule.indexOf('/') + 1);
    const named = ruleActions.find((action) => action === textField(rules, half));
    if (named !== undefined) return weaker(named, policyAction);
    // Nothing can be judged of an image whose name cannot be read: a check that only warns of tags must not let it pass.
    if (rule === invalidReference.id) return policyAction;
    return atMost === undefined ? own : weaker(own, atMost);
  };
}

/** Causes that a policy may speak of; an internal error always takes the action. */
export const configurableCauses = undecidedCauses.filter((cause) => cause !== 'internal');

export function undecidedActionsOf(cause: UndecidedCause): readonly UndecidedAction[] {
  return cause === 'pending' ? ['retry', ...actions] : actions;
}

/** What follows from each cause: as written, else the action (`retry` for what is still being read), never more than the action. */
export function compileUndecided(
  written: unknown,
  policyAction: Action,
): Readonly<Record<UndecidedCause, UndecidedAction>> {
  const of = (cause: UndecidedCause): UndecidedAction => {
    const wanted = undecidedActionsOf(cause).find((action) => action === field(written, cause));
    return weaker(wanted ?? (cause === 'pending' ? 'retry' : policyAction), policyAction);
  };
  return {
    unavailable: of('unavailable'),
    unauthorized: of('unauthorized'),
    'not-found': of('not-found'),
    pending: of('pending'),
    unsupported: of('unsupported'),
    limit: of('limit'),
    'not-an-image': of('not-an-image'),
    internal: policyAction,
  };
}
