// Token servers are believed only as far as their answers make sense.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import { defaultNetworkLimits as limits } from '../../src/registry/settings.ts';
import { parseTokenAnswer } from '../../src/registry/token-answer.ts';

const nowMs = Date.parse('2026-11-23T10:00:00Z');

function parse(answer: unknown) {
  return parseTokenAnswer(Buffer.from(JSON.stringify(answer)), nowMs, limits);
}

/** Seconds until it is renewed, with the skew added back. */
function lifetimeOf(answer: Readonly<Record<string, unknown>>): number {
  return (parse({ token: 't', ...answer }).renewAtMs + limits.tokenSkewMs - nowMs) / 1000;
}

test('token is used', () => assert.equal(parse({ token: 'a' }).value, 'a'));
test('access_token is used', () => assert.equal(parse({ access_token: 'a' }).value, 'a'));
test('access_token wins over token', () => assert.equal(parse({ token: 'a', access_token: 'b' }).value, 'b'));
test('an empty access_token does not win', () => assert.equal(parse({ token: 'a', access_token: '' }).value, 'a'));
test('a rotated refresh token is kept', () =>
  assert.equal(parse({ token: 'a', refresh_token: 'r' }).refreshToken, 'r'));

const lifetimes: readonly (readonly [claim: string, answer: Readonly<Record<string, unknown>>, seconds: number])[] = [
  ['is 60 s when none is told', {}, 60],
  ['is at least 60 s', { expires_in: 0 }, 60],
  ['is at least 60 s when it is negative', { expires_in: -100 }, 60],
  ['is what is told', { expires_in: 300 }, 300],
  ['is read from text', { expires_in: '300' }, 300],
  ['is at most a day', { expires_in: 1e12 }, 86_400],
  ['is 60 s when it is no number', { expires_in: 'soon' }, 60],
  ['counts from when it was issued', { expires_in: 300, issued_at: '2026-11-23T09:58:00Z' }, 180],
  ['counts from now when it was issued in the future', { expires_in: 300, issued_at: '2026-11-23T11:00:00Z' }, 300],
  ['counts from now when it is over already', { expires_in: 300, issued_at: '2026-11-23T09:00:00Z' }, 300],
  ['counts from now when the date is none', { expires_in: 300, issued_at: 'yesterday' }, 300],
];

suite('the life of a token', () => {
  for (const [claim, answer, seconds] of lifetimes) test(claim, () => assert.equal(lifetimeOf(answer), seconds));
});

const unusable: readonly (readonly [claim: string, text: string])[] = [
  ['without a token', '{}'],
  ['with a token that is no text', '{"token": 5}'],
  ['with a token that would break the header', JSON.stringify({ token: 'a\r\nX-Evil: 1' })],
  ['with a token that has a space', JSON.stringify({ token: 'a b' })],
  ['that is an array', '["token"]'],
  ['that is no JSON', 'token=a'],
  ['that is empty', ''],
];

suite('an answer is refused', () => {
  for (const [claim, text] of unusable) {
    test(claim, () => {
      assert.throws(
        () => parseTokenAnswer(Buffer.from(text), nowMs, limits),
        (thrown) => thrown instanceof Fault && thrown.code === 'registry/protocol',
      );
    });
  }

  test('that is no UTF-8', () => {
    assert.throws(() => parseTokenAnswer(Buffer.of(0x22, 0xff, 0x22), nowMs, limits), Fault);
  });
});

test('an inherited name is no token', () => {
  assert.throws(() => parse(JSON.parse('{"__proto__": {"token": "a"}}')), Fault);
});
