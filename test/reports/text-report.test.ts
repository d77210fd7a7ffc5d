import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textReport } from '../../src/reports/text-report.ts';
import { assertGolden } from './golden.ts';
import { hostile, inFiles, reportOf, subjects } from './sample-subjects.ts';

test('tells what is wrong, where, and how to fix it', () => {
  assertGolden('check.txt', textReport(reportOf(subjects), { colour: false }));
});

test('tells of files by the layers that brought and hid them', () => {
  assertGolden('check-files.txt', textReport(reportOf([inFiles]), { colour: false }));
});

test('says on the first line that the built-in policy judged', () => {
  const report = textReport(reportOf(subjects.slice(2, 3), { isBuiltInPolicy: true }), { colour: false });
  assertGolden('check-built-in.txt', report);
});

test('uses colour when asked, and changes nothing else', () => {
  const coloured = textReport(reportOf(subjects), { colour: true });
  assert.notEqual(coloured, textReport(reportOf(subjects), { colour: false }));
  assert.equal(coloured.replace(/\u001b\[\d+m/g, ''), textReport(reportOf(subjects), { colour: false }));
});

test('prints nothing of a stranger that moves the cursor or forges a line', () => {
  const report = textReport(reportOf([hostile]), { colour: false });
  assert.ok(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(report));
  assert.deepEqual(
    report.split('\n').filter((line) => /^ *ALLOW/.test(line)),
    [],
  );
});

test('says the digest once', () => {
  const [subject] = subjects.slice(2);
  assert.ok(subject !== undefined);
  const uses = subject.verdict.uses.map((use) => ({ ...use, image: `${use.image}@${use.digest}` }));
  const report = textReport(reportOf([{ ...subject, verdict: { ...subject.verdict, uses } }]), { colour: false });
  assert.equal(report.split('sha256:').length, 2);
});

test('says of how many images the files were not read', () => {
  assert.match(textReport(reportOf(subjects), { colour: false }), /the files in layers were not\n/);
  assert.match(
    textReport(reportOf([...subjects, inFiles]), { colour: false }),
    /the files in layers of 3 of 4 images were not\n/,
  );
  assert.doesNotMatch(textReport(reportOf([inFiles]), { colour: false }), /were not/);
});

test('says that there was nothing to judge', () => {
  assert.ok(textReport(reportOf([]), { colour: false }).endsWith('no images found\n'));
});
