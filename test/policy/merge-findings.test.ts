// Merging: what one finding stands for, which fingerprint it has, and that nothing waives integrity.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeFindings } from '../../src/policy/merge-findings.ts';
import type { PolicyException } from '../../src/policy/policy.ts';
import type { RaisedFinding } from '../../src/policy/raised-finding.ts';

function raised(
  changes: Partial<RaisedFinding> = {},
  rule: RaisedFinding['statement']['rule'] = 'user/root',
): RaisedFinding {
  const evidence = { kind: 'command', field: 'User' } as const;
  return {
    policy: 'a',
    action: 'deny',
    statement: { rule, message: 'it is root', advice: 'set USER', evidence },
    fingerprint: 'one',
    digests: [],
    ...changes,
  };
}

const everything: PolicyException = {
  name: 'everything',
  source: '',
  at: { line: 1, column: 1 },
  policies: ['a'],
  rules: () => true,
  images: () => true,
  findings: () => true,
  reason: '',
  owner: '',
  expiresMs: Number.MAX_SAFE_INTEGER,
};

const context = { canonicalName: 'registry.example.com/a', exceptions: [], platforms: ['linux/amd64', 'linux/arm64'] };
const onBoth = [
  raised({ platform: 'linux/amd64', fingerprint: 'one' }),
  raised({ platform: 'linux/arm64', fingerprint: 'two' }),
];

test('an exception that would waive everything does not waive integrity', () => {
  const findings = mergeFindings([raised(), raised({}, 'integrity/digest')], { ...context, exceptions: [everything] });
  assert.deepEqual(
    findings.map(({ rule, waivedBy }) => [rule, waivedBy]),
    [
      ['integrity/digest', undefined],
      ['user/root', 'everything'],
    ],
  );
});

test('no exception fits a reference that cannot be read', () => {
  const { canonicalName: _, ...unread } = context;
  const [finding] = mergeFindings([raised()], { ...unread, exceptions: [everything] });
  assert.equal(finding?.waivedBy, undefined);
});

test('a defect of one platform has its own fingerprint, one of both a fingerprint over both', () => {
  const fingerprintOfAll = (findings: readonly RaisedFinding[]) =>
    mergeFindings(findings, context).map(({ fingerprint }) => fingerprint);
  const [first, ...others] = onBoth;
  assert.ok(first !== undefined);
  assert.deepEqual(fingerprintOfAll([first]), ['one']);
  const together = fingerprintOfAll([first, ...others]);
  assert.equal(together.length, 1);
  assert.ok(together[0] !== 'one' && together[0] !== 'two');
  assert.deepEqual(fingerprintOfAll([...others, first]), together);
});

test('the fingerprint that is printed for both platforms waives it on both, and the one of a platform only there', () => {
  const printed = mergeFindings(onBoth, context)[0]?.fingerprint ?? '';
  const waivedWith = (known: string) => {
    const exception = {
      ...everything,
      findings: ({ fingerprints }: { readonly fingerprints: readonly string[] }) => fingerprints.includes(known),
    };
    return mergeFindings(onBoth, { ...context, exceptions: [exception] }).map(({ waivedBy, platforms }) => [
      waivedBy,
      platforms,
    ]);
  };
  assert.deepEqual(waivedWith(printed), [['everything', undefined]]);
  assert.deepEqual(waivedWith('two'), [
    [undefined, ['linux/amd64']],
    ['everything', ['linux/arm64']],
  ]);
});

test('a finding that is waived for one of its policies stays for the other', () => {
  const findings = mergeFindings([raised(), raised({ policy: 'b', action: 'warn' })], {
    ...context,
    exceptions: [everything],
  });
  assert.deepEqual(
    findings.map(({ action, policies, waivedBy }) => [action, policies.map(({ name }) => name), waivedBy]),
    [
      ['warn', ['b'], undefined],
      ['deny', ['a'], 'everything'],
    ],
  );
});

test('it is told in the words of the policy that asks most', () => {
  const statement = { ...raised().statement, message: 'it is root, and b forbids that' };
  const [finding] = mergeFindings([raised({ action: 'warn' }), raised({ policy: 'b', statement })], context);
  assert.equal(finding?.message, 'it is root, and b forbids that');
  assert.equal(finding?.action, 'deny');
});

test('two credentials at one place are two findings', () => {
  const at = (detector: string) => {
    const evidence = { kind: 'env', name: 'URL', detector } as const;
    return raised({
      fingerprint: detector,
      statement: { rule: 'secrets/env', message: detector, advice: '', evidence },
    });
  };
  const findings = mergeFindings([at('url-password'), at('npm-token')], context);
  assert.deepEqual(
    findings.map(({ fingerprint }) => fingerprint),
    ['npm-token', 'url-password'],
  );
});

test('what is said in the same words of two platforms is one finding, whatever the exact numbers', () => {
  const of = (platform: string, value: string) => {
    const evidence = { kind: 'manifest', field: 'size', value } as const;
    const statement = { rule: 'size/compressed', message: 'it is 2 KiB', advice: value, evidence } as const;
    return raised({ platform, fingerprint: value, statement });
  };
  const both = [of('linux/amd64', '2048'), of('linux/arm64', '2049')];
  for (const order of [both, both.toReversed()]) {
    const findings = mergeFindings(order, context);
    assert.deepEqual(
      findings.map(({ evidence, platforms }) => [evidence, platforms]),
      [[{ kind: 'manifest', field: 'size', value: '2048' }, undefined]],
    );
  }
});
