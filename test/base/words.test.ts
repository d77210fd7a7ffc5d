// Quantities, durations and globs: what people write, and what it means.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../src/base/duration.ts';
import { Fault } from '../../src/base/fault.ts';
import { compileGlob } from '../../src/base/glob.ts';
import { formatAgainst, formatBytes, parseQuantity } from '../../src/base/quantity.ts';

const isInvalid = (thrown: unknown): boolean => thrown instanceof Fault && thrown.code === 'document/invalid';

const quantities: readonly (readonly [written: string | number, bytes: number])[] = [
  ['500MB', 500_000_000],
  ['500M', 500_000_000],
  ['500Mi', 524_288_000],
  ['250 MiB', 262_144_000],
  ['1.5Gi', 1_610_612_736],
  ['0', 0],
  [4096, 4096],
  ['1k', 1000],
];
for (const [written, bytes] of quantities) {
  test(`${written} is ${bytes} bytes`, () => assert.equal(parseQuantity(written), bytes));
}

for (const written of ['', '-1', '1e9', '10 apples', 'Mi', '99999999Ti', '1.2.3M', '0x10', ' 1', '1mi']) {
  test(`refuses ${JSON.stringify(written)} as a size`, () => assert.throws(() => parseQuantity(written), isInvalid));
}

test('shows bytes with the unit that fits', () => {
  assert.deepEqual([0, 1023, 1024, 262_144_000, 1_610_612_736].map(formatBytes), [
    '0 bytes',
    '1023 bytes',
    '1 KiB',
    '250 MiB',
    '1.5 GiB',
  ]);
});

test('never shows a size over its limit as equal to it', () => {
  assert.deepEqual(formatAgainst(262_144_001, 262_144_000), { size: '262144001 bytes', limit: '262144000 bytes' });
  assert.deepEqual(formatAgainst(524_288_000, 262_144_000), { size: '500 MiB', limit: '250 MiB' });
});

const durations: readonly (readonly [written: string, ms: number])[] = [
  ['10s', 10_000],
  ['1m30s', 90_000],
  ['750ms', 750],
  ['1.5h', 5_400_000],
  ['90d', 7_776_000_000],
  ['0', 0],
];
for (const [written, ms] of durations) {
  test(`${written} is ${ms} ms`, () => assert.equal(parseDuration(written), ms));
}
for (const written of ['', '10', 's', '-1s', '1 s', '1y', '1s1', '1..5s']) {
  test(`refuses ${JSON.stringify(written)} as a duration`, () =>
    assert.throws(() => parseDuration(written), isInvalid));
}
test('a formatted duration reads back as itself', () => {
  fc.assert(fc.property(fc.nat(2 ** 31), (ms) => assert.equal(parseDuration(formatDuration(ms)), ms)));
});

const globs: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
  ['registry.example.com/**', 'registry.example.com/shop/api', true],
  ['registry.example.com/**', 'registry.example.com', true],
  ['registry.example.com/**', 'registry.example.com.evil/shop', false],
  ['registry.example.com/*', 'registry.example.com/shop/api', false],
  ['docker.io/library/*', 'docker.io/library/nginx', true],
  ['**', 'a/b/c', true],
  ['**/api', 'registry.example.com/shop/api', true],
  ['a/**/z', 'a/z', true],
  ['a/**/z', 'a/b/c/z', true],
  ['a/**/z', 'a/b/c', false],
  ['prod-*', 'prod-eu', true],
  ['prod-*', 'preprod-eu', false],
  ['*prod*', 'x-prod-y', true],
  ['a.c', 'abc', false],
];
for (const [pattern, text, matches] of globs) {
  test(`${pattern} ${matches ? 'matches' : 'does not match'} ${text}`, () =>
    assert.equal(compileGlob(pattern)(text), matches));
}
for (const pattern of ['', 'a//b', 'a b', 'a/**b', '[ab]', 'a?', `${'a'.repeat(513)}`]) {
  test(`refuses ${JSON.stringify(pattern.slice(0, 20))} as a glob`, () =>
    assert.throws(() => compileGlob(pattern), isInvalid));
}
test('a glob without stars matches itself alone', () => {
  const name = fc.stringMatching(/^[a-z0-9./-]{1,20}$/).filter((text) => !text.split('/').includes(''));
  fc.assert(fc.property(name, name, (pattern, text) => assert.equal(compileGlob(pattern)(text), pattern === text)));
});
test('a glob agrees with the regular expression that says the same', () => {
  const segment = fc.stringMatching(/^[ab*]{1,4}$/).map((text) => text.replaceAll('**', '*').replaceAll('**', '*'));
  const pattern = fc.array(fc.oneof(segment, fc.constant('**')), { minLength: 1, maxLength: 4 });
  const text = fc.array(fc.stringMatching(/^[ab]{1,3}$/), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(pattern, text, (globSegments, textSegments) => {
      const source = globSegments
        .map((part) => (part === '**' ? '(?:[^/]+/)*' : `${part.replaceAll('*', '[^/]*')}/`))
        .join('');
      const expected = new RegExp(`^${source}$`).test(`${textSegments.join('/')}/`);
      assert.equal(compileGlob(globSegments.join('/'))(textSegments.join('/')), expected);
    }),
  );
});
