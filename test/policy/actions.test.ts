// What follows from a rule or a cause, capped where it is compiled.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRuleActions, compileUndecided, weaker } from '../../src/policy/actions.ts';

test('the weaker of two actions', () => {
  assert.equal(weaker('deny', 'warn'), 'warn');
  assert.equal(weaker('warn', 'deny'), 'warn');
  assert.equal(weaker('audit', 'retry'), 'audit');
  assert.equal(weaker('retry', 'deny'), 'retry');
  assert.equal(weaker('ignore', 'audit'), 'ignore');
});

test('what rules say of a rule is capped by the policy, and passes over what the finding allows', () => {
  const written = { action: 'audit', rules: { root: 'deny', unknown: 'ignore' } };
  const ofDeny = compileRuleActions(written, 'deny');
  assert.equal(ofDeny('user/root', 'warn'), 'deny');
  assert.equal(ofDeny('user/unknown'), 'ignore');
  assert.equal(ofDeny('user/root-group'), 'audit');
  const ofWarn = compileRuleActions(written, 'warn');
  assert.equal(ofWarn('user/root'), 'warn');
});

test('what a finding allows caps the action of check and policy', () => {
  assert.equal(compileRuleActions({}, 'deny')('user/root-group', 'warn'), 'warn');
  assert.equal(compileRuleActions({}, 'audit')('user/root-group', 'warn'), 'audit');
});

test('a rule with a name that objects inherit takes nothing from them', () => {
  assert.equal(compileRuleActions({ rules: {} }, 'deny')('user/constructor'), 'deny');
});

test('an internal error takes the action, whatever is written', () => {
  assert.equal(compileUndecided({ internal: 'audit' }, 'deny').internal, 'deny');
});
