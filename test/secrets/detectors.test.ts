import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultReach } from '../../src/secrets/candidate-windows.ts';
import { detectors } from '../../src/secrets/detectors.ts';
import { shapeOf } from './pattern-shape.ts';

const patternDetectors = detectors.filter((detector) => detector.by === 'pattern');

test('there are many kinds, each with an id of its own', () => {
  const ids = detectors.map(({ id }) => id);
  assert.ok(ids.length >= 200);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[a-z0-9]+(?:-[a-z0-9]+)*$/);
});

test('each says what it is, who documents it and how it is revoked', () => {
  for (const { id, title, source, revoke } of detectors) {
    assert.match(title, /^(?!an? )[A-Za-z0-9].{1,60}[^.]$/, id);
    assert.match(
      source,
      /^https:\/\/[a-z0-9.~-]+\.[a-z]{2,}\/?\S*$|^[A-Za-z][\w ]+(?:documentation|guides|wiki|Book): [A-Za-z ,]+$/,
      id,
    );
    assert.match(revoke, /^(?:at|in|with|by|where|on) /, id);
  }
});

test('a pattern gives the place of the secret, and has no state between texts', () => {
  for (const { id, pattern } of patternDetectors) {
    assert.match(pattern.flags, /^dgi?$/, id);
    assert.ok(pattern.source.includes('(?<secret>'), id);
  }
});

test('nothing in a pattern repeats without a bound', () => {
  for (const { id, pattern } of patternDetectors) assert.ok(Number.isFinite(shapeOf(pattern.source).maxLength), id);
  assert.equal(shapeOf('a{1,}').maxLength, Number.POSITIVE_INFINITY);
  assert.equal(shapeOf('(?:ab?)+').maxLength, Number.POSITIVE_INFINITY);
  assert.equal(shapeOf(String.raw`(?<x>[a\]]{2,5}|\d)(?!b)`).maxLength, 5);
});

test('the window round a keyword holds the longest match', () => {
  for (const { id, pattern, reach = defaultReach } of patternDetectors) {
    assert.ok(
      shapeOf(pattern.source).maxLength < reach.before + reach.after,
      `${id}: ${shapeOf(pattern.source).maxLength}`,
    );
  }
});

test('keywords are long enough to look for, and folded', () => {
  for (const { id, keywords } of patternDetectors) {
    assert.ok(keywords.length > 0, id);
    for (const keyword of keywords) assert.match(keyword, /^[\x20-\x7e]{4,}$/, id);
  }
});
