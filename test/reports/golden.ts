// Golden files: what a report is expected to say, beside the tests. A missing one fails; only UPDATE_GOLDEN=1 outside of CI writes one.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

const mayWrite = process.env['UPDATE_GOLDEN'] === '1' && process.env['CI'] === undefined;

export function assertGolden(name: string, actual: string): void {
  const file = new URL(`./golden/${name}`, import.meta.url);
  if (mayWrite) writeFileSync(file, actual);
  assert.equal(actual, readFileSync(file, 'utf8'));
}
