import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonReport } from '../../src/reports/json-report.ts';
import { assertGolden } from './golden.ts';
import { hostile, hostileText, inFiles, reportOf, subjects } from './sample-subjects.ts';

test('has the documented fields in the documented order', () => {
  assertGolden('check.json', jsonReport(reportOf(subjects)));
});

test('has the documented fields of files', () => {
  const [subject] = JSON.parse(jsonReport(reportOf([inFiles]))).subjects;
  assert.deepEqual(
    subject.findings.map(({ evidence }: { readonly evidence: object }) => evidence),
    inFiles.verdict.uses[0]?.findings.map(({ evidence }) => evidence),
  );
});

test('gives readers the text of strangers back, and a terminal only its escapes', () => {
  const report = jsonReport(reportOf([hostile]));
  assert.ok(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(report));
  const [subject] = JSON.parse(report).subjects;
  assert.equal(subject.image, hostileText);
  assert.equal(subject.findings[0].evidence.instruction, hostileText);
});

for (const [claim, kept, verdict] of [
  ['is a deny when one use is denied', subjects, 'deny'],
  ['is a warning when the worst is one', subjects.slice(1, 4), 'warn'],
  ['is allowed when all are', subjects.slice(2, 3), 'allow'],
  ['is allowed when nothing was asked', [], 'allow'],
  ['is allowed when no policy speaks of it', subjects.slice(3, 4), 'allow'],
] as const) {
  test(`the verdict of a run ${claim}`, () => {
    assert.equal(JSON.parse(jsonReport(reportOf(kept))).verdict, verdict);
  });
}

test('counts each subject once', () => {
  const { summary } = JSON.parse(jsonReport(reportOf(subjects)));
  assert.deepEqual(summary, { subjects: 5, deny: 2, warn: 1, unjudged: 1 });
});
