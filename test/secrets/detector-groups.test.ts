import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TextKind } from '../../src/secrets/detector.ts';
import { findSecrets } from '../../src/secrets/find-secrets.ts';
import { redact } from '../../src/secrets/redact.ts';
import { type DetectorGroup, detectorGroups } from './all-detector-cases.ts';

/** Where a text can stand in an image, and in a file. */
const places: readonly (readonly [
  place: string,
  kind: TextKind,
  name: string | undefined,
  before: string,
  after: string,
])[] = [
  ['a variable', 'env', 'SETTING', '', ''],
  ['a label', 'label', 'com.example.note', '', ''],
  ['a command', 'command', undefined, '', ''],
  ['a line of history', 'history', undefined, 'RUN /bin/sh -c make all; ', ' ; make clean # buildkit'],
  ['a file', 'file', 'src/main.txt', 'first line\n', '\nlast line\n'],
  ['a binary', 'file', 'bin/app', 'a\u0000\u0001', '\u0000\u0002b'],
];

function testDetectors({ detectors, cases }: DetectorGroup): void {
  test('each detector has a row, and each row a detector', () => {
    assert.deepEqual(Object.keys(cases).sort(), detectors.map(({ id }) => id).sort());
  });

  for (const [id, { finds, ignores }] of Object.entries(cases)) {
    describe(id, () => {
      test('has something to find and two things to leave alone', () => {
        assert.ok(finds.length >= 1 && Object.keys(ignores).length >= 2);
      });
      for (const [place, kind, name, before, after] of places) {
        test(`finds it in ${place}`, () => {
          for (const marked of finds)
            assertFound(id, `${before}${marked.includes('«') ? marked : `«${marked}»`}${after}`, kind, name);
        });
        test(`ignores what is none in ${place}`, () => {
          for (const [why, text] of Object.entries(ignores)) {
            const ids = findSecrets(before + text + after, kind, name).map((match) => match.detector);
            assert.ok(!ids.includes(id), `${why}: found in ${JSON.stringify(text)}`);
          }
        });
      }
    });
  }
}

function assertFound(id: string, marked: string, kind: TextKind, name: string | undefined): void {
  const [before = '', secret = '', after = ''] = marked.split(/[«»]/);
  const text = before + secret + after;
  const match = findSecrets(text, kind, name).find(({ detector }) => detector === id);
  assert.ok(match !== undefined, `not found in ${JSON.stringify(text)}`);
  assert.equal(text.slice(match.start, match.end), secret);
  assert.ok(!redact(text, kind, name).text.includes(secret), 'still there after redaction');
}

for (const [group, detectorGroup] of Object.entries(detectorGroups)) {
  describe(group, () => testDetectors(detectorGroup));
}
