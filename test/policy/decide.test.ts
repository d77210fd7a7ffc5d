// Verdicts on whole subjects: what is fetched, what is merged, what is waived, and what happens when facts are missing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideSubject } from '../../src/policy/decide.ts';
import { parsePolicies } from '../../src/policy/parse-policies.ts';
import { createPolicySet } from '../../src/policy/policy-set.ts';
import { anonymousKeyring, imageFacts, inspectAs, inspectionOf, useOf } from '../support/facts.ts';

const tooLarge = `
apiVersion: tidewaiter.dev/v1alpha1
kind: ImageAdmissionPolicy
metadata: { name: a }
spec:
  action: deny
  checks:
    size: { maxCompressed: 10Mi }
    user: { nonRoot: true }
`;

test('an image over its budget is denied, and read once', async () => {
  const { set, problems } = createPolicySet([parsePolicies(tooLarge, 'a.yaml')]);
  assert.deepEqual(problems, []);
  const inspect = inspectAs(inspectionOf(imageFacts()));
  const subject = { uses: [useOf(), useOf({ name: 'b' })], keyring: anonymousKeyring };
  const verdict = await decideSubject(set, subject, { atMs: 0 }, { inspect }, new AbortController().signal);
  assert.equal(verdict.verdict, 'deny');
  assert.deepEqual(
    verdict.uses.map(({ findings }) => findings.map(({ rule }) => rule)),
    [['size/compressed'], ['size/compressed']],
  );
  assert.deepEqual(inspect.asked, ['registry.example.com/shop/api:1.4']);
});

test('a check that only warns of tags does not let pass what has no readable name; only its own rule softens that', async () => {
  for (const [rules, expected] of [
    ['', 'deny'],
    [', rules: { invalid: warn }', 'warn'],
  ] as const) {
    const policy = tooLarge.replace('checks:', `checks:\n    reference: { forbid: [latest], action: warn${rules} }`);
    const { set, problems } = createPolicySet([parsePolicies(policy, 'a.yaml')]);
    assert.deepEqual(problems, []);
    const inspect = inspectAs(inspectionOf(imageFacts()));
    const subject = { uses: [useOf({ image: 'Shop/API:1' })], keyring: anonymousKeyring };
    const { uses } = await decideSubject(set, subject, { atMs: 0 }, { inspect }, new AbortController().signal);
    assert.deepEqual(
      uses.map(({ findings }) => findings.map(({ rule, action }) => `${rule} ${action}`)),
      [[`reference/invalid ${expected}`]],
    );
  }
});
