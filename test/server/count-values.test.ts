// What is counted of a body before it is parsed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countValues } from '../../src/server/count-values.ts';

function valuesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return 1 + Object.values(value).reduce((sum: number, one) => sum + valuesOf(one), 0);
}

test('every value but one has a mark of its own', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      assert.ok(countValues(JSON.stringify(value), Number.POSITIVE_INFINITY) + 1 >= valuesOf(value));
    }),
  );
});

test('counting ends right above the maximum', () => {
  assert.equal(countValues('{},'.repeat(1_000), 10), 11);
  assert.equal(countValues('[[,', 10), 3);
});
