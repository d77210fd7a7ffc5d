// Instants: RFC 3339, and nothing that a lenient reader would take for another day.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import { parseInstant } from '../../src/policy/instant.ts';

const good: readonly (readonly [text: string, same: string])[] = [
  ['2027-01-01T00:00:00Z', '2027-01-01T00:00:00.000Z'],
  ['2027-01-01T02:00:00+02:00', '2027-01-01T00:00:00.000Z'],
  ['2026-12-31T23:30:00-00:30', '2027-01-01T00:00:00.000Z'],
  ['2028-02-29T00:00:00.5Z', '2028-02-29T00:00:00.500Z'],
];
for (const [text, same] of good) {
  test(`${text} is read`, () => assert.equal(new Date(parseInstant(text)).toISOString(), same));
}

const bad = [
  '',
  'soon',
  '2027-01-01',
  '2027-01-01T00:00:00',
  '2027-01-01 00:00:00Z',
  '2027-1-1T00:00:00Z',
  '2027-02-29T00:00:00Z',
  '2027-02-30T00:00:00Z',
  '2027-13-01T00:00:00Z',
  '2027-01-01T24:00:00Z',
  '2027-01-01T00:60:00Z',
  '2027-01-01T00:00:60Z',
  '2027-01-01T00:00:00+2:00',
  '2027-01-01T00:00:00z',
  '01 Jan 2027 00:00:00 GMT',
];
for (const text of bad) {
  test(`${JSON.stringify(text)} is refused`, () => {
    assert.throws(
      () => parseInstant(text),
      (thrown) => thrown instanceof Fault && thrown.code === 'document/invalid',
    );
  });
}
