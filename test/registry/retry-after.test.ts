// Retry-After is understood in both its forms and ignored in any other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRetryAfter } from '../../src/registry/retry-after.ts';

const nowMs = Date.parse('2026-11-23T10:00:00Z');

const rows: readonly (readonly [claim: string, text: string | undefined, seconds: number | undefined])[] = [
  ['seconds count from now', '120', 120],
  ['zero seconds are now', '0', 0],
  ['spaces around are nothing', ' 5 ', 5],
  ['a date is that moment', 'Mon, 23 Nov 2026 10:02:00 GMT', 120],
  ['a date gone by is now', 'Mon, 23 Nov 2026 09:00:00 GMT', 0],
  ['an absent header says nothing', undefined, undefined],
  ['an empty one says nothing', '', undefined],
  ['a fraction is neither form', '1.5', undefined],
  ['a negative number is neither form', '-5', undefined],
  ['another form of date is neither', '2026-11-23T10:02:00Z', undefined],
  ['an impossible date says nothing', 'Mon, 99 Nov 2026 10:02:00 GMT', undefined],
  ['a number of a thousand digits is neither form', '9'.repeat(1000), undefined],
];

for (const [claim, text, seconds] of rows) {
  test(claim, () => {
    assert.equal(parseRetryAfter(text, nowMs), seconds === undefined ? undefined : nowMs + seconds * 1000);
  });
}
