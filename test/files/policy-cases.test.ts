// Cases from disk: found beside their policies, with the facts they name, or told with every mistake.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { formatProblem } from '../../src/base/document.ts';
import { Fault } from '../../src/base/fault.ts';
import { defaultPolicyFileLimits } from '../../src/files/find-policy-files.ts';
import { loadCases } from '../../src/files/policy-cases.ts';
import { runCase } from '../../src/policy/run-case.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const library = new URL('../../policies', import.meta.url).pathname;
const now = () => Date.parse('2026-11-23T10:00:00Z');
const load = (...paths: readonly string[]) => loadCases(paths, { limits: defaultPolicyFileLimits, now });

const policy =
  'apiVersion: tidewaiter.dev/v1alpha1\nkind: ImageAdmissionPolicy\nmetadata: { name: a }\nspec: { action: deny, checks: { size: { maxLayers: 3 } } }\n';
const refused =
  'name: refused\nimage: registry.example.com/app:1\nfails: undecided/not-found\nexpect: { verdict: deny }\n';

async function tree(t: Parameters<typeof temporaryDirectory>[0], files: Readonly<Record<string, string>>) {
  const root = await temporaryDirectory(t);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

suite('cases', () => {
  test('of the shipped policies are found with the facts they name, and hold', async () => {
    const { cases, problems } = await load(library);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      [...new Set(cases.map(({ policyCase }) => dirname(dirname(policyCase.source))))],
      ['baseline', 'multi-stage', 'restricted'].map((name) => join(library, name)),
    );
    for (const { policyCase, material } of cases) {
      assert.deepEqual((await runCase(policyCase, material)).differences, [], policyCase.name);
    }
  });

  test('are judged by the policies they lie beside, and no others', async (t) => {
    const root = await tree(t, {
      'a/policy.yaml': policy,
      'a/cases/case.yaml': refused,
      'a/deeper/policy.yml': policy.replace('name: a', 'name: b'),
      'a/deeper/cases/case.yml': refused,
      'a/cases/notes.txt': 'not a case',
      'other/unrelated.yaml': 'kind: Pod\n',
    });
    const { cases, problems } = await load(root, join(root, 'a'), join(root, 'a', 'policy.yaml'));
    assert.deepEqual(problems, []);
    assert.deepEqual(
      cases.map(({ material }) => material.set.policies.map(({ name }) => name)),
      [['a'], ['b']],
    );
  });

  test('tell the mistakes of policies, cases and facts of all directories at once', async (t) => {
    const root = await tree(t, {
      'a/policy.yaml': policy,
      'a/cases/case.yaml': `${refused}---\n${refused.replace('verdict: deny', 'verdict: maybe')}`,
      'b/policy.yaml': policy.replace('maxLayers: 3', 'maxLayers: many'),
      'b/cases/case.yaml': refused,
      'c/policy.yaml': policy,
      'c/cases/case.yaml': refused.replace('fails: undecided/not-found', 'facts: ../missing.json'),
      'd/cases/case.yaml': refused,
    });
    const { cases, problems } = await load(root);
    const told = problems.map(formatProblem).join('\n');
    for (const said of [
      /a\/cases\/case\.yaml:9:\d+: expect\.verdict/,
      /b\/policy\.yaml:4:\d+: spec\.checks\.size\.maxLayers/,
      /c\/cases\/case\.yaml:1:1: facts: .*missing\.json: there is no such file/,
      /d\/cases:1:1: these cases lie beside no policy/,
    ]) {
      assert.match(told, said);
    }
    assert.equal(problems.length, 4, told);
    assert.equal(cases.length, 3);
  });

  test('are none where there are none', async (t) => {
    const root = await tree(t, { 'policy.yaml': policy });
    assert.deepEqual(await load(root), { cases: [], problems: [] });
  });

  test('are not looked for in a directory that is not there', async () => {
    await assert.rejects(load('/nowhere'), (thrown) => thrown instanceof Fault && thrown.code === 'usage');
  });
});
