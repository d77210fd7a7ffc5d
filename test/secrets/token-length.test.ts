import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectors } from '../../src/secrets/detectors.ts';
import { minTokenLength, tokenBytes } from '../../src/secrets/token-length.ts';
import { shapeOf } from './pattern-shape.ts';

test('counts the fewest characters of a match', () => {
  const rows: readonly (readonly [RegExp, number])[] = [
    [/abc/, 3],
    [/ab?c*d+/, 2],
    [/a{2}b{3,}c{4,5}/, 9],
    [/(?:ab|c)d/, 2],
    [/(?<secret>(?<prefix>gh[po]_)[A-Za-z0-9]{36})/, 40],
    [/(?<![A-Z](?<!x))ab(?!c{9})/, 2],
    [/^\w{3}\.\d$/, 5],
    [/[a-f\d._-]{8}/, 8],
  ];
  for (const [pattern, length] of rows) assert.equal(minTokenLength(pattern), length, pattern.source);
});

test('says nothing of patterns that match other characters too', () => {
  for (const pattern of [/a b/, /a./, /[^x]{9}/, /a\s?b/, /"a"/, /(a)\1/, /a[b ]/, /é/])
    assert.equal(minTokenLength(pattern), undefined, pattern.source);
});

test('knows the characters of tokens', () => {
  assert.equal(tokenBytes['_'.charCodeAt(0)], 1);
  assert.equal(tokenBytes['"'.charCodeAt(0)], 0);
  assert.equal(tokenBytes[0xe9], 0);
});

test('no detector’s shortest match is longer than its longest', () => {
  let counted = 0;
  for (const detector of detectors) {
    const length = detector.by === 'pattern' ? minTokenLength(detector.pattern) : undefined;
    if (detector.by !== 'pattern' || length === undefined) continue;
    counted += 1;
    assert.ok(length <= shapeOf(detector.pattern.source).maxLength, detector.id);
  }
  assert.ok(counted > 100);
});
