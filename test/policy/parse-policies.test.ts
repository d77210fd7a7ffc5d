// Policy documents: what they mean when they are right, and every mistake with its place when they are not.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { formatProblem } from '../../src/base/document.ts';
import { parsePolicies } from '../../src/policy/parse-policies.ts';
import { createPolicySet } from '../../src/policy/policy-set.ts';

function policyWith(spec: string, name = 'test'): string {
  return `apiVersion: tidewaiter.dev/v1alpha1\nkind: ImageAdmissionPolicy\nmetadata: { name: ${name} }\nspec:\n${spec}`;
}

/** Problems as `line:column path: message`. */
function problemsIn(text: string): readonly string[] {
  return parsePolicies(text, 'p.yaml').problems.map((problem) => formatProblem(problem).slice('p.yaml:'.length));
}

const rest = '  action: deny\n  checks: { user: { nonRoot: true } }';

suite('mistakes', () => {
  type Row = readonly [claim: string, text: string, problems: readonly (string | RegExp)[]];
  const rows: readonly Row[] = [
    [
      'a kind that is not known',
      'kind: Policy',
      [/^1:1: kind: "Policy" is not known here; allowed are ImageAdmissionPolicy and ImageAdmissionException/],
    ],
    ['no kind', 'spec: {}', [/^1:1: the field kind is required/]],
    ['no object', '- a', [/^1:1: must be an object/]],
    ['text that is no YAML', 'a: [', [/^1:5: /]],
    ['a key that stands twice', 'kind: a\nkind: b', [/^2:1: Map keys must be unique/]],
    [
      'another version of the API',
      policyWith(rest).replace('v1alpha1', 'v9'),
      [/^1:1: apiVersion: must be "tidewaiter.dev\/v1alpha1"/],
    ],
    [
      'a name that is none',
      policyWith(rest, 'Some_Policy'),
      [/^3:13: metadata\.name: "Some_Policy" does not fit: lower-case/],
    ],
    [
      'an unknown field',
      policyWith(`${rest}\n  colour: red`),
      [/^7:3: spec\.colour: unknown field; allowed are description, match/],
    ],
    [
      'an unknown check',
      policyWith('  action: deny\n  checks: { cats: {} }'),
      [/^6:13: spec\.checks\.cats: unknown field; allowed are size, user/],
    ],
    [
      'an unknown parameter',
      policyWith('  action: deny\n  checks: { user: { nonRoot: true, unRoot: true } }'),
      [/spec\.checks\.user\.unRoot: unknown field; allowed are nonRoot, numeric/],
    ],
    [
      'an unknown action',
      policyWith('  action: block\n  checks: { user: { nonRoot: true } }'),
      [/spec\.action: "block" is not allowed; allowed are deny, warn, audit/],
    ],
    [
      'no action and no checks',
      policyWith('  description: x'),
      ['4:1: spec: the field action is required', '4:1: spec: the field checks is required'],
    ],
    ['no checks in checks', policyWith('  action: deny\n  checks: {}'), [/spec\.checks: must not be empty/]],
    [
      'a check that requires nothing',
      policyWith('  action: deny\n  checks: { user: { nonRoot: false } }'),
      ['6:13: spec.checks.user: requires nothing: set nonRoot: true or numeric: true'],
    ],
    [
      'a check without parameters',
      policyWith('  action: deny\n  checks: { user: {} }'),
      [/spec\.checks\.user: must not be empty/],
    ],
    [
      'a check with only reserved keys',
      policyWith('  action: deny\n  checks: { user: { action: warn } }'),
      [/spec\.checks\.user: requires nothing/],
    ],
    [
      'a rule that the check has not',
      policyWith('  action: deny\n  checks: { user: { nonRoot: true, rules: { toor: warn } } }'),
      [/rules\.toor: unknown field; allowed are root, unknown, not-numeric, out-of-range, root-group/],
    ],
    [
      'an action that no rule has',
      policyWith('  action: deny\n  checks: { user: { nonRoot: true, rules: { root: retry } } }'),
      [/rules\.root: "retry" is not allowed; allowed are deny, warn, audit, ignore/],
    ],
    [
      'a use that the check does not ask',
      policyWith('  action: deny\n  checks: { healthcheck: { required: true, uses: [init] } }'),
      [/uses\[0\]: "init" is not allowed; allowed are container, sidecar/],
    ],
    [
      'a bad size',
      policyWith('  action: deny\n  checks:\n    size:\n      maxCompressed: huge'),
      [/^8:7: spec\.checks\.size\.maxCompressed: "huge" is no size; write for example 250Mi/],
    ],
    [
      'a number that is not one',
      policyWith('  action: deny\n  checks: { size: { maxLayers: many } }'),
      [/maxLayers: must be an integer, not "many"/],
    ],
    [
      'an empty list',
      policyWith(`${rest}\n  match: { images: [] }`),
      [/spec\.match\.images: must not be an empty list/],
    ],
    ['an empty match', policyWith(`${rest}\n  match: {}`), [/spec\.match: must not be empty/]],
    [
      'an empty block that would exclude everything',
      policyWith(`${rest}\n  exclude: [{}]`),
      [/spec\.exclude\[0\]: must not be empty/],
    ],
    [
      'an empty selector',
      policyWith(`${rest}\n  match: { namespaceSelector: {} }`),
      [/namespaceSelector: must not be empty/],
    ],
    [
      'a selector without values',
      policyWith(`${rest}\n  match: { objectSelector: { matchExpressions: [{ key: a, operator: In }] } }`),
      [/matchExpressions\[0\]: In needs values/],
    ],
    [
      'a selector with values it cannot use',
      policyWith(
        `${rest}\n  match: { objectSelector: { matchExpressions: [{ key: a, operator: Exists, values: [b] }] } }`,
      ),
      [/matchExpressions\[0\]\.values: Exists takes no values/],
    ],
    [
      'an operator that is none',
      policyWith(`${rest}\n  match: { objectSelector: { matchExpressions: [{ key: a, operator: Is }] } }`),
      [/operator: "Is" is not allowed; allowed are In, NotIn, Exists, DoesNotExist/],
    ],
    [
      'labels of objects in an exclusion',
      policyWith(`${rest}\n  exclude: [{ objectSelector: { matchLabels: { a: b } } }]`),
      [/exclude\[0\]\.objectSelector: unknown field/],
    ],
    [
      'a bad image glob',
      policyWith(`${rest}\n  match:\n    images:\n      - "registry.example.com/**"\n      - "nginx"`),
      [/^10:9: spec\.match\.images\[1\]: "nginx" matches no image: write the registry first/],
    ],
    [
      'a tag in an image glob',
      policyWith(`${rest}\n  match: { images: ["registry.example.com/a:*"] }`),
      [/leave the tag away/],
    ],
    [
      'a namespace glob that matches none',
      policyWith(`${rest}\n  match: { namespaces: ["Prod/*"] }`),
      [/spec\.match\.namespaces\[0\]: "Prod\/\*" matches no namespace/],
    ],
    [
      'a platform that is none',
      policyWith(`${rest}\n  platforms: [linux/amd64, arm]`),
      [/spec\.platforms\[1\]: a platform is written os\/architecture/],
    ],
    ['a word for platforms that is none', policyWith(`${rest}\n  platforms: some`), [/spec\.platforms: .*cluster/]],
    [
      'an instant without offset',
      policyWith(`${rest}\n  enforceFrom: 2027-01-01`),
      [/spec\.enforceFrom: "2027-01-01" is no instant/],
    ],
    [
      'a day that does not exist',
      policyWith(`${rest}\n  enforceFrom: 2027-02-30T00:00:00Z`),
      [/spec\.enforceFrom: .* is no instant/],
    ],
    [
      'detectors of a later version',
      policyWith(`${rest}\n  detectors: 99`),
      [/spec\.detectors: is 99, and the detectors of this version have revision 1/],
    ],
    [
      'an unknown cause',
      policyWith(`${rest}\n  undecided: { sleepy: deny }`),
      [/undecided\.sleepy: unknown field; allowed are unavailable/],
    ],
    [
      'the cause that is not configurable',
      policyWith(`${rest}\n  undecided: { internal: warn }`),
      [/undecided\.internal: unknown field/],
    ],
    [
      'retry where it means nothing',
      policyWith(`${rest}\n  undecided: { unavailable: retry }`),
      [/undecided\.unavailable: "retry" is not allowed; allowed are deny, warn, audit/],
    ],
    [
      'a pattern that is not linear',
      policyWith('  action: deny\n  checks: { labels: { required: { a: { regex: "(a)\\\\1" } } } }'),
      [/required\.a\.regex: .*not supported/],
    ],
  ];
  for (const [claim, text, expected] of rows) {
    test(claim, () => {
      const problems = problemsIn(text);
      assert.equal(problems.length, expected.length, problems.join('\n'));
      for (const [index, wanted] of expected.entries()) {
        if (typeof wanted === 'string') assert.equal(problems[index], wanted);
        else assert.match(problems[index] ?? '', wanted);
      }
    });
  }

  test('all of them are told at once, in the order of the file', () => {
    const problems = problemsIn(
      policyWith(
        [
          '  action: block',
          '  match: { images: [nginx], colour: red }',
          '  enforceFrom: soon',
          '  checks:',
          '    size: { maxCompressed: huge, maxLayers: 0, maxWastedPercent: 101 }',
          '    cats: {}',
        ].join('\n'),
      ),
    );
    assert.deepEqual(
      problems.map((problem) => /: (spec\S*):/.exec(problem)?.[1]),
      [
        'spec.action',
        'spec.match.images[0]',
        'spec.match.colour',
        'spec.enforceFrom',
        'spec.checks.size.maxCompressed',
        'spec.checks.size.maxLayers',
        'spec.checks.size.maxWastedPercent',
        'spec.checks.cats',
      ],
    );
  });

  test('a document without mistakes is read beside one with some', () => {
    const { policies, problems } = parsePolicies(
      `${policyWith(rest)}\n---\n${policyWith('  action: x', 'other')}`,
      'p.yaml',
    );
    assert.deepEqual(
      policies.map(({ name }) => name),
      ['test'],
    );
    assert.ok(problems.length > 0);
  });

  test('any text is read or has problems, and nothing is thrown', () => {
    const lines = fc.array(
      fc.constantFrom(
        'kind: ImageAdmissionPolicy',
        'spec:',
        '  action: deny',
        '  checks:',
        '    user: { nonRoot: true }',
        '    size: 3',
        '  match: 4',
        '- x',
        '? {a: b}',
        '&a [*a]',
        '\t',
        '%YAML 9',
        '---',
        ...Array.from('{}[]:|>"'),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(lines, (written) => {
        const text = written.join('\n');
        const { policies, problems } = parsePolicies(text, 'p.yaml');
        // None of these lines gives a name, so nothing of them is a policy.
        assert.deepEqual(policies, []);
        assert.ok(problems.length > 0 || written.every((line) => /^(?:---|\t|%YAML 9)$/.test(line)), text);
        for (const { line, column, message } of problems) {
          assert.ok(line >= 1 && column >= 1 && line <= written.length + 1 && message !== '', text);
        }
      }),
    );
  });
});

suite('what this version cannot judge yet', () => {
  test('expressions are named, once', () => {
    const problems = problemsIn(policyWith(`${rest}\n  expressions: [{ name: a }]`));
    assert.deepEqual(problems, ['7:3: spec.expressions: this version cannot judge expressions yet']);
  });
});

suite('what is read', () => {
  const one = (spec: string) => {
    const { policies, problems } = parsePolicies(policyWith(spec), 'p.yaml');
    assert.deepEqual(problems, []);
    const [policy] = policies;
    assert.ok(policy !== undefined);
    return policy;
  };

  test('defaults: everything matches, platforms of the cluster, causes take the action, what is being read is retried', () => {
    const policy = one(rest);
    assert.deepEqual(policy.match, {});
    assert.deepEqual(policy.exclude, []);
    assert.equal(policy.platforms, 'cluster');
    assert.deepEqual(policy.undecided, {
      unavailable: 'deny',
      unauthorized: 'deny',
      'not-found': 'deny',
      pending: 'retry',
      unsupported: 'deny',
      limit: 'deny',
      'not-an-image': 'deny',
      internal: 'deny',
    });
    assert.deepEqual(policy.at, { line: 3, column: 13 });
    assert.equal(policy.source, 'p.yaml');
  });

  test('no cause does more than the action', () => {
    const policy = one(
      '  action: warn\n  undecided: { unavailable: deny, limit: audit }\n  checks: { user: { nonRoot: true } }',
    );
    assert.deepEqual(new Set(Object.values(policy.undecided)), new Set(['warn', 'audit']));
    assert.equal(policy.undecided.unavailable, 'warn');
    assert.equal(policy.undecided.limit, 'audit');
    assert.equal(policy.undecided.pending, 'warn');
  });

  test('the whole example of the design loads once what needs layers is left out', () => {
    const policy = one(`
  description: What every production image must satisfy.
  match:
    namespaces: ["prod-*"]
    namespaceSelector: { matchLabels: { tier: production } }
    objectSelector: { matchLabels: { app: api } }
    images: ["registry.example.com/**", "docker.io/library/*"]
    uses: [container, init, sidecar, ephemeral, volume]
  exclude:
    - namespaces: ["prod-sandbox"]
  action: deny
  enforceFrom: 2027-01-01T00:00:00Z
  detectors: 1
  platforms: [linux/amd64]
  undecided:
    unavailable: deny
    unauthorized: deny
    not-found: deny
    pending: retry
    unsupported: deny
    limit: deny
    not-an-image: deny
  checks:
    size:        { maxCompressed: 250Mi, maxLayers: 40 }
    user:        { nonRoot: true, numeric: false, rules: { root-group: audit } }
    healthcheck: { required: true }
    secrets:     { in: [env, history, label, command] }
`);
    assert.equal(policy.enforceFromMs, Date.parse('2027-01-01T00:00:00Z'));
    assert.equal(policy.checks.length, 4);
    assert.ok(policy.selectsByObjectLabels);
  });

  test('the revision is of what is said, not of how', () => {
    const written = one('  action: deny\n  checks: { user: { nonRoot: true } }').revision;
    assert.match(written, /^sha256:/);
    assert.equal(one('  checks:\n    # why\n    user:\n      nonRoot: true\n  action: "deny"').revision, written);
    assert.notEqual(one('  action: warn\n  checks: { user: { nonRoot: true } }').revision, written);
  });
});

suite('sets', () => {
  test('a name stands once over all files, and the problem names the other place', () => {
    const files = ['a.yaml', 'b.yaml'].map((source) => parsePolicies(policyWith(rest), source));
    const { set, problems } = createPolicySet(files);
    assert.equal(set.policies.length, 1);
    assert.deepEqual(problems.map(formatProblem), [
      'b.yaml:3:13: metadata.name: there is already a policy test in a.yaml:3',
    ]);
  });

  test('problems of all files are together', () => {
    const files = ['a.yaml', 'b.yaml'].map((source) => parsePolicies('kind: x', source));
    assert.deepEqual(
      createPolicySet(files).problems.map(({ source }) => source),
      ['a.yaml', 'b.yaml'],
    );
  });
});
