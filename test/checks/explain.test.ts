// What explain and the page of checks say: everything that is in the list, and examples that load.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { Fault } from '../../src/base/fault.ts';
import { allRules, checks } from '../../src/checks/checks.ts';
import { checksPage } from '../../src/checks/checks-page.ts';
import { explain, explainAll } from '../../src/checks/explain.ts';
import { parsePolicies } from '../../src/policy/parse-policies.ts';

test('the overview names every rule, and no line is wider than a terminal', () => {
  const lines = explainAll().split('\n');
  for (const { id } of allRules) assert.ok(lines.some((line) => line.trim().startsWith(`${id} `)));
  assert.ok(lines.every((line) => line.length <= 100));
});

for (const check of checks) {
  test(`explaining ${check.name} tells its parameters and rules`, () => {
    const text = explain(check.name);
    for (const name of Object.keys(check.parameters)) assert.match(text, new RegExp(`^  ${name} \\(`, 'm'));
    for (const { id, severity } of check.rules) assert.ok(text.includes(`${id} (${severity}): `));
  });

  test(`the example of ${check.name} is a policy that loads`, () => {
    const spec = { action: 'deny', checks: { [check.name]: parse(check.example) } };
    const policy = {
      apiVersion: 'tidewaiter.dev/v1alpha1',
      kind: 'ImageAdmissionPolicy',
      metadata: { name: 'x' },
      spec,
    };
    assert.deepEqual(parsePolicies(JSON.stringify(policy), 'example').problems, []);
  });
}

for (const rule of allRules) {
  test(`explaining ${rule.id} tells why and how to fix it`, () => {
    const text = explain(rule.id).replaceAll(/\s+/g, ' ');
    for (const part of [rule.title, rule.why, rule.advice]) assert.ok(text.includes(part.replaceAll(/\s+/g, ' ')));
  });
}

test('groups of rules without a check are explained by their name', () => {
  assert.match(explain('undecided'), /undecided\/unauthorized/);
  assert.match(explain('integrity'), /integrity\/digest/);
});

test('a check says whether it reads layers, and for what', () => {
  assert.match(explain('reference'), /Reads the reference alone/);
  assert.match(explain('healthcheck'), /Reads manifest and\s+config\./);
  assert.match(explain('size'), /the\s+layers\s+only\s+for\s+`maxUncompressed`\s+and\s+`maxWastedPercent`/);
  assert.match(explain('leftovers'), /Reads the\s+layers\./);
});

test('a default that is a list is written as one', () => {
  assert.match(explain('leftovers'), /inBase \(list of .*, default compiler\)/);
});

const unknown: readonly (readonly [name: string, says: RegExp])[] = [
  ['cats', /there is no check or rule "cats"; checks are size, user/],
  ['user/emperor', /there is no check or rule/],
];
for (const [name, says] of unknown) {
  test(`${name} is a usage error that tells what there is`, () => {
    assert.throws(
      () => explain(name),
      (thrown) => thrown instanceof Fault && thrown.code === 'usage' && says.test(thrown.message),
    );
  });
}

test('the page has every check, parameter and rule, and its links lead somewhere', () => {
  const page = checksPage();
  for (const check of checks) {
    assert.ok(page.includes(`\n## ${check.name}\n`));
    assert.ok(page.includes(check.example));
    for (const name of Object.keys(check.parameters)) assert.ok(page.includes(`| \`${name}\` |`));
  }
  for (const rule of allRules) assert.ok(page.includes(`\n### ${rule.id}\n`) && page.includes(rule.advice));
  for (const [, anchor] of page.matchAll(/\]\(#([^)]+)\)/g)) assert.ok(page.includes(`\n## ${anchor}\n`));
});
