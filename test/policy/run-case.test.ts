// Cases of policies: what one may say, which mistakes it can have, and that one that does not hold says why.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { formatProblem } from '../../src/base/document.ts';
import { factsFilesOf, parseCases } from '../../src/policy/policy-case.ts';
import { runCase } from '../../src/policy/run-case.ts';
import { imageFacts, readFacts } from '../support/facts.ts';
import { policyDocument, policySetOf } from './decide-text.ts';

const set = policySetOf([
  policyDocument('a', {
    action: 'deny',
    checks: { user: { nonRoot: true }, healthcheck: { required: true, action: 'warn' } },
  }),
]);
const root = JSON.stringify(imageFacts({ user: { kind: 'unset' }, healthcheck: { kind: 'absent' } }));
const named = { kind: 'name', raw: 'toor', name: 'toor' } as const;
const toor = JSON.stringify(readFacts({ user: { kind: 'resolved', uid: 0, gid: 0 } }, { user: named }));
const facts = new Map([
  ['root.json', root],
  ['good.json', JSON.stringify(imageFacts())],
  ['old.json', root.replace('"schema":1', '"schema":0')],
  ['text.json', 'facts'],
  ['named.json', JSON.stringify(imageFacts({ user: named }))],
  ['toor.json', toor],
  ['other-content.json', toor.replace('"content":{"schema":1', '"content":{"schema":0')],
]);

async function differencesOf(text: string): Promise<readonly string[]> {
  const { cases, problems } = parseCases(text, 'c.yaml');
  assert.deepEqual(problems, []);
  const [policyCase] = cases;
  assert.ok(policyCase !== undefined);
  return (await runCase(policyCase, { set, facts })).differences;
}

suite('results', () => {
  const image = 'name: x\nimage: registry.example.com/a:1\n';
  const rows: readonly (readonly [claim: string, text: string, differences: readonly (string | RegExp)[]])[] = [
    [
      'what comes as expected',
      `${image}facts: root.json\nexpect: { verdict: deny, rules: [user/root, healthcheck/missing] }`,
      [],
    ],
    ['rules that are not named are not compared', `${image}facts: root.json\nexpect: { verdict: deny }`, []],
    [
      'a map compares what follows as well',
      `${image}facts: root.json\nexpect: { verdict: deny, rules: { user/root: deny, healthcheck/missing: warn } }`,
      [],
    ],
    [
      'content in facts is judged',
      `${image}facts: toor.json\nexpect: { verdict: deny, rules: { user/root: deny } }`,
      [],
    ],
    [
      'layers that fail beside facts that do not',
      `${image}facts: toor.json\nfails: undecided/unavailable\nexpect: { verdict: deny, rules: { undecided/unavailable: deny } }`,
      [],
    ],
    [
      'facts without the content that is asked for',
      `${image}facts: named.json\nexpect: { verdict: deny, rules: { undecided/pending: retry } }`,
      [],
    ],
    [
      'content of another schema',
      `${image}facts: other-content.json\nexpect: { verdict: deny }`,
      [/^other-content\.json does not hold facts of schema 1, with content of schema 1 if any/],
    ],
    [
      'another verdict',
      `${image}facts: good.json\nexpect: { verdict: deny }`,
      ['expected the verdict deny, and it is allow'],
    ],
    [
      'a rule too many',
      `${image}facts: root.json\nexpect: { verdict: deny, rules: [user/root] }`,
      [/^healthcheck\/missing \(warn\) was not expected: the image has no HEALTHCHECK/],
    ],
    [
      'a rule too few',
      `${image}facts: good.json\nexpect: { verdict: allow, rules: [user/root] }`,
      ['user/root was expected, and nothing fails it'],
    ],
    [
      'another action',
      `${image}facts: root.json\nexpect: { verdict: deny, rules: { user/root: warn, healthcheck/missing: warn } }`,
      ['user/root was expected to warn, and it is deny'],
    ],
    [
      'a rule that was to be waived',
      `${image}facts: root.json\nexpect: { verdict: deny, waived: [user/root] }`,
      ['waived: user/root was expected, and nothing fails it'],
    ],
    [
      'a reason instead of facts',
      `${image}fails: undecided/limit\nexpect: { verdict: deny, rules: [undecided/limit] }`,
      [],
    ],
    [
      'an image without facts is not found',
      `name: x\nimage: b:1\nimages: { "registry.example.com/a:1": { facts: good.json } }\nexpect: { verdict: deny, rules: [undecided/not-found] }`,
      [],
    ],
    [
      'names of images are folded',
      `name: x\nimage: nginx\nimages: { "docker.io/library/nginx:latest": { facts: good.json } }\nexpect: { verdict: allow }`,
      [],
    ],
    [
      'a file of another schema',
      `${image}facts: old.json\nexpect: { verdict: deny }`,
      ['old.json does not hold facts of schema 1, with content of schema 1 if any'],
    ],
    [
      'a file without facts',
      `${image}facts: text.json\nexpect: { verdict: deny }`,
      ['text.json does not hold facts of schema 1, with content of schema 1 if any'],
    ],
    [
      'a file that is not there',
      `${image}facts: none.json\nexpect: { verdict: deny }`,
      ['none.json does not hold facts of schema 1, with content of schema 1 if any'],
    ],
  ];
  for (const [claim, text, expected] of rows) {
    test(claim, async () => {
      const differences = await differencesOf(text);
      assert.equal(differences.length, expected.length, differences.join('\n'));
      for (const [index, wanted] of expected.entries()) {
        if (typeof wanted === 'string') assert.equal(differences[index], wanted);
        else assert.match(differences[index] ?? '', wanted);
      }
    });
  }

  test('files are named as they are written', () => {
    const { cases } = parseCases('name: x\nimage: a\nfacts: [../a.json, b.json]\nexpect: { verdict: allow }', 'c.yaml');
    assert.deepEqual(cases.flatMap(factsFilesOf), ['../a.json', 'b.json']);
  });
});

suite('mistakes', () => {
  const rows: readonly (readonly [claim: string, text: string, problem: RegExp])[] = [
    ['no name', 'image: a\nexpect: { verdict: allow }', /the field name is required/],
    ['neither workload nor image', 'name: x\nexpect: { verdict: allow }', /needs either workload or image/],
    [
      'both',
      'name: x\nimage: a\nworkload: { apiVersion: v1, kind: Pod }\nexpect: { verdict: allow }',
      /needs either workload or image/,
    ],
    [
      'a workload of no known kind',
      'name: x\nworkload: { apiVersion: v1, kind: Service }\nexpect: { verdict: allow }',
      /^c\.yaml:2:1: workload: is of no kind that runs containers/,
    ],
    [
      'a verdict that is none',
      'name: x\nimage: a\nexpect: { verdict: maybe }',
      /expect\.verdict: "maybe" is not allowed; allowed are allow, warn, deny/,
    ],
    [
      'a rule that is none',
      'name: x\nimage: a\nexpect: { verdict: allow, rules: [user/emperor] }',
      /expect\.rules\[0\]: "user\/emperor" is not allowed/,
    ],
    [
      'an instant that is none',
      'name: x\nimage: a\ncontext: { at: today }\nexpect: { verdict: allow }',
      /context\.at: "today" is no instant/,
    ],
    [
      'a platform that is none',
      'name: x\nimage: a\ncontext: { platforms: [x] }\nexpect: { verdict: allow }',
      /context\.platforms\[0\]: a platform is/,
    ],
    [
      'an exception with a mistake',
      'name: x\nimage: a\nexceptions: [{ kind: ImageAdmissionException }]\nexpect: { verdict: allow }',
      /exceptions\[0\]: .*apiVersion is required/,
    ],
    [
      'an image that is none',
      'name: x\nimage: a\nimages: { "A B": { fails: undecided/limit } }\nexpect: { verdict: allow }',
      /images\["A B"\]: /,
    ],
    [
      'an unknown field',
      'name: x\nimage: a\nexpects: {}\nexpect: { verdict: allow }',
      /expects: unknown field; allowed are name, facts/,
    ],
  ];
  for (const [claim, text, problem] of rows) {
    test(claim, () => {
      const { problems, cases } = parseCases(text, 'c.yaml');
      assert.match(problems.map(formatProblem).join('\n'), problem);
      assert.deepEqual(cases, []);
    });
  }
});
