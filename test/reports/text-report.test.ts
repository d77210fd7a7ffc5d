import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
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

suite('findings that are alike', () => {
  const [subject] = inFiles.verdict.uses;
  const [one] = subject?.findings ?? [];
  const evidence = one?.evidence;
  assert.ok(subject !== undefined && one !== undefined && evidence?.kind === 'file');
  const found = (paths: readonly string[]): string => {
    const findings = paths.map((path) => ({ ...one, message: `a key in ${path}`, evidence: { ...evidence, path } }));
    const verdict = { ...inFiles.verdict, uses: [{ ...subject, findings }] };
    return textReport(reportOf([{ ...inFiles, verdict }]), { colour: false });
  };
  const inCache = Array.from({ length: 20 }, (_, index) => `/root/go/pkg/mod/tls/${index}.pem`);

  test('are shown a few times and then counted', () => {
    const text = found(inCache);
    assert.equal(text.match(/a key in/g)?.length, 3);
    assert.match(
      text,
      /a key in \/root\/go\/pkg\/mod\/tls\/2\.pem\n(?: .*\n)+\n +and 17 more like it under \/root\/go, from layer 3\n/,
    );
  });

  test('leave those in other folders alone', () => {
    const text = found([...inCache, '/app/key.pem', '/srv/app/key.pem']);
    assert.match(text, /a key in \/app\/key\.pem/);
    assert.match(text, /a key in \/srv\/app\/key\.pem/);
    assert.match(text, /and 17 more like it/);
  });
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
