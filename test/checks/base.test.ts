// Bases: what an image declares against what is allowed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunnableImageFacts } from '../../src/inspection/image-facts.ts';
import { imageFacts } from '../support/facts.ts';
import { ask, failed, problemsOf } from './ask.ts';

const digest = `sha256:${'0d'.repeat(32)}`;
const allowed = ['registry.example.com/base/**', 'docker.io/library/*', digest];
const notAllowed = 'base/not-allowed';
const unknown = 'base/unknown';

type Row = readonly [claim: string, base: RunnableImageFacts['base'], expected: readonly string[]];

const rows: readonly Row[] = [
  ['a base under an allowed glob passes', { name: 'registry.example.com/base/debian/slim:13' }, []],
  ['a base of Docker Hub passes in its short form', { name: 'node:22-slim' }, []],
  ['a base from elsewhere is not allowed', { name: 'registry.example.com/shop/api:1' }, [notAllowed]],
  ['a base from elsewhere passes by its digest', { name: 'registry.example.com/shop/api:1', digest }, []],
  ['a digest alone passes where it is listed', { digest }, []],
  ['another digest does not', { digest: `sha256:${'0e'.repeat(32)}` }, [notAllowed]],
  ['an image that declares none is unknown', undefined, [unknown]],
  ['an image that declares what is no reference is unknown', { name: 'a b' }, [unknown]],
];

for (const [claim, base, expected] of rows) {
  test(claim, () => {
    const facts = imageFacts(base === undefined ? {} : { base });
    assert.deepEqual(failed('base', { allowed }, { facts }), expected);
  });
}

test('globs and digests that are none are mistakes, each at its place', () => {
  const problems = problemsOf('base', { allowed: ['sha256:abc', 'docker.io/library/*', 'nginx'] });
  assert.deepEqual(
    problems.map((problem) => problem.split(':')[0]),
    ['allowed.0', 'allowed.2'],
  );
});

test('what an image declares is escaped', () => {
  const [finding] = ask('base', { allowed }, { facts: imageFacts({ base: { name: '\u001b[2J' } }) });
  assert.doesNotMatch(`${finding?.message}${JSON.stringify(finding?.evidence)}`, /[\u0000-\u001f]/);
});
