// Which uses a policy is about: every part of a block, what is unknown, and selectors as Kubernetes reads them.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type MatchQuestion, policyMatches } from '../../src/policy/match-block.ts';
import { policyDocument, policySetOf } from './decide-text.ts';

const known: MatchQuestion = {
  use: 'container',
  canonicalName: 'registry.example.com/shop/api',
  namespace: 'prod-shop',
  namespaceLabels: { tier: 'production', empty: '' },
  podLabels: [{ app: 'api' }],
};

function matches(spec: Readonly<Record<string, unknown>>, question: MatchQuestion): boolean {
  const { policies } = policySetOf([
    policyDocument('test', { action: 'deny', checks: { user: { nonRoot: true } }, ...spec }),
  ]);
  const [policy] = policies;
  assert.ok(policy !== undefined);
  return policyMatches(policy, question);
}

type Block = Readonly<Record<string, unknown>>;

const blocks: readonly (readonly [claim: string, block: Block, holds: boolean])[] = [
  ['a namespace by glob', { namespaces: ['prod-*'] }, true],
  ['any namespace of a list', { namespaces: ['dev', 'prod-shop'] }, true],
  ['another namespace', { namespaces: ['prod'] }, false],
  ['labels of the namespace', { namespaceSelector: { matchLabels: { tier: 'production' } } }, true],
  ['other labels of the namespace', { namespaceSelector: { matchLabels: { tier: 'test' } } }, false],
  ['an image by glob', { images: ['registry.example.com/**'] }, true],
  ['another image', { images: ['registry.example.com/*'] }, false],
  ['a kind of use', { uses: ['container', 'init'] }, true],
  ['another kind of use', { uses: ['volume'] }, false],
  ['all parts that hold', { namespaces: ['prod-*'], images: ['registry.example.com/**'] }, true],
  ['parts of which one does not hold', { namespaces: ['prod-*'], images: ['docker.io'] }, false],
];

suite('blocks', () => {
  for (const [claim, block, holds] of blocks) {
    test(`match: ${claim} ${holds ? 'holds' : 'does not hold'}`, () =>
      assert.equal(matches({ match: block }, known), holds));
    test(`exclude: ${claim} ${holds ? 'holds' : 'does not hold'}`, () =>
      assert.equal(matches({ exclude: [block] }, known), !holds));
  }

  test('any one block excludes', () => {
    assert.equal(matches({ exclude: [{ namespaces: ['dev'] }, { uses: ['container'] }] }, known), false);
  });

  test('without match and exclude everything matches', () => {
    assert.equal(matches({}, { use: 'volume' }), true);
  });

  test('labels of the object match in their old or new state', () => {
    const spec = { match: { objectSelector: { matchLabels: { app: 'api' } } } };
    assert.equal(matches(spec, { ...known, podLabels: [{ app: 'web' }, { app: 'api' }] }), true);
    assert.equal(matches(spec, { ...known, podLabels: [{ app: 'web' }] }), false);
  });
});

suite('what is unknown', () => {
  const unknown: MatchQuestion = { use: 'container' };
  const parts: readonly (readonly [part: string, block: Block])[] = [
    ['the namespace', { namespaces: ['prod-*'] }],
    ['its labels', { namespaceSelector: { matchLabels: { tier: 'production' } } }],
    ['the image', { images: ['registry.example.com/**'] }],
  ];
  for (const [part, block] of parts) {
    test(`${part} holds in match`, () => assert.equal(matches({ match: block }, unknown), true));
    test(`${part} excludes nothing`, () => assert.equal(matches({ exclude: [block] }, unknown), true));
  }

  test('labels of an object that is not there hold in match', () => {
    assert.equal(matches({ match: { objectSelector: { matchLabels: { app: 'x' } } } }, unknown), true);
  });

  test('an unknown part takes nothing away from one that is known not to hold', () => {
    assert.equal(matches({ match: { namespaces: ['prod-*'], uses: ['volume'] } }, unknown), false);
  });

  test('an unknown part keeps a block from excluding, whatever the others say', () => {
    assert.equal(matches({ exclude: [{ namespaces: ['prod-*'], uses: ['container'] }] }, unknown), true);
  });
});

suite('selectors', () => {
  type Row = readonly [claim: string, expression: Block, holds: boolean];
  const rows: readonly Row[] = [
    ['In with the value', { key: 'tier', operator: 'In', values: ['test', 'production'] }, true],
    ['In without the value', { key: 'tier', operator: 'In', values: ['test'] }, false],
    ['In of a label that is not there', { key: 'other', operator: 'In', values: ['test'] }, false],
    ['NotIn without the value', { key: 'tier', operator: 'NotIn', values: ['test'] }, true],
    ['NotIn with the value', { key: 'tier', operator: 'NotIn', values: ['production'] }, false],
    ['NotIn of a label that is not there', { key: 'other', operator: 'NotIn', values: ['test'] }, true],
    ['Exists of a label that is there, even empty', { key: 'empty', operator: 'Exists' }, true],
    ['Exists of one that is not', { key: 'other', operator: 'Exists' }, false],
    ['Exists of a name that objects inherit', { key: 'constructor', operator: 'Exists' }, false],
    ['DoesNotExist of one that is not there', { key: 'other', operator: 'DoesNotExist' }, true],
    ['DoesNotExist of one that is', { key: 'tier', operator: 'DoesNotExist' }, false],
  ];
  for (const [claim, expression, holds] of rows) {
    test(`${claim} ${holds ? 'holds' : 'does not hold'}`, () => {
      assert.equal(matches({ match: { namespaceSelector: { matchExpressions: [expression] } } }, known), holds);
    });
  }

  test('all labels and expressions must hold', () => {
    const both = (value: string) => ({
      matchLabels: { tier: 'production' },
      matchExpressions: [{ key: 'tier', operator: 'In', values: [value] }],
    });
    assert.equal(matches({ match: { namespaceSelector: both('production') } }, known), true);
    assert.equal(matches({ match: { namespaceSelector: both('test') } }, known), false);
  });
});
