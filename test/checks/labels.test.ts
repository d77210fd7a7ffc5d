// Labels: which must be there, what may stand in them, and values that try to make the comparison slow.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { imageFacts } from '../support/facts.ts';
import { ask, failed, problemsOf } from './ask.ts';

const source = 'org.opencontainers.image.source';

type Row = readonly [
  claim: string,
  labels: Readonly<Record<string, string>>,
  required: unknown,
  expected: readonly string[],
];

const rows: readonly Row[] = [
  ['a label that is there passes', { [source]: 'https://git.example.com/a' }, [source], []],
  ['one that is not is missing', {}, [source], ['labels/missing']],
  ['an empty one is missing', { [source]: '' }, [source], ['labels/missing']],
  ['every missing one is told', {}, ['a', 'b'], ['labels/missing', 'labels/missing']],
  ['a name that objects inherit is not there', {}, ['constructor', '__proto__'], ['labels/missing', 'labels/missing']],
  ['a pattern that is found passes', { v: 'v1.2.3' }, { v: { regex: String.raw`\d+\.\d+` } }, []],
  [
    'a pattern bound to the whole must be the whole',
    { v: 'v1.2' },
    { v: { regex: String.raw`^\d+\.\d+$` } },
    ['labels/invalid'],
  ],
  ['a pattern that is not found fails', { v: 'x' }, { v: { regex: '^y' } }, ['labels/invalid']],
  ['a missing label is missing, not invalid', {}, { v: { regex: '^y' } }, ['labels/missing']],
  ['a value of the list passes', { tier: 'web' }, { tier: { enum: ['web', 'batch'] } }, []],
  ['a value that is not in the list fails', { tier: 'Web' }, { tier: { enum: ['web', 'batch'] } }, ['labels/invalid']],
  ['4096 characters are compared', { v: 'y'.repeat(4096) }, { v: { regex: '^y+$' } }, []],
  ['a longer value is refused', { v: 'y'.repeat(4097) }, { v: { regex: '^y+$' } }, ['labels/invalid']],
  ['a longer value is fine where nothing is compared', { v: 'y'.repeat(5000) }, ['v'], []],
];

for (const [claim, labels, required, expected] of rows) {
  test(claim, () => assert.deepEqual(failed('labels', { required }, { facts: imageFacts({ labels }) }), expected));
}

test('an annotation of the manifest counts where there is no label', () => {
  const facts = imageFacts({ annotations: { [source]: 'https://git.example.com/a' } });
  assert.deepEqual(failed('labels', { required: [source] }, { facts }), []);
});

test('the label wins over the annotation', () => {
  const facts = imageFacts({ labels: { v: 'x' }, annotations: { v: 'y' } });
  assert.deepEqual(failed('labels', { required: { v: { enum: ['y'] } } }, { facts }), ['labels/invalid']);
});

test('the message shows the value, escaped, and what was wanted', () => {
  const facts = imageFacts({ labels: { tier: 'a\u001bb' } });
  const [finding] = ask('labels', { required: { tier: { enum: ['web', 'batch'] } } }, { facts });
  assert.equal(finding?.message, 'the label tier is "a\\u001bb", not one of web, batch');
});

suite('patterns in policies', () => {
  test('one that cannot be run in linear time is refused with its place', () => {
    const [problem = ''] = problemsOf('labels', { required: { v: { regex: String.raw`(a)\1` } } });
    assert.match(problem, /^required\.v\.regex: .*\\1 is not supported/);
  });
});
