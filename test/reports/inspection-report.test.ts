import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonInspection, textInspection } from '../../src/reports/inspection-report.ts';
import { artifactFacts, contentFacts, inspectionOf } from '../support/facts.ts';
import { assertGolden } from './golden.ts';
import { fullFacts, hostileText, sampleInspection } from './sample-subjects.ts';

const image = 'registry.example.com/shop/api:1.4';
const plain = { colour: false };

test('shows all that is known of an image', () => {
  assertGolden('inspect.txt', textInspection({ image, inspection: sampleInspection() }, plain));
});

test('gives the facts as they are kept', () => {
  assertGolden('inspect.json', jsonInspection({ image, inspection: sampleInspection() }));
});

test('shows an artifact', () => {
  const artifact = inspectionOf(artifactFacts({ annotations: { 'com.example.model': 'v1' } }));
  assert.ok(artifact.kind === 'read');
  assertGolden('inspect-artifact.txt', textInspection({ image, inspection: artifact }, plain));
});

for (const [claim, changes, line] of [
  ['that no user means root', { user: { kind: 'unset' } }, 'user          not set, so root'],
  ['that user 0 is root', { user: { kind: 'uid', raw: '0:0', uid: 0, gid: 0 } }, 'user          0:0 (root)'],
  [
    'that a user is out of range',
    { user: { kind: 'out-of-range', raw: '9999999999' } },
    'user          9999999999 (out of range)',
  ],
  ['that a user is malformed', { user: { kind: 'malformed', raw: '1:2:3' } }, 'user          1:2:3 (malformed)'],
  ['that there is no health check', { healthcheck: { kind: 'absent' } }, 'health check  none'],
  ['that the health check is switched off', { healthcheck: { kind: 'disabled' } }, 'health check  switched off (NONE)'],
  [
    'that the health check is empty',
    { healthcheck: { kind: 'empty' } },
    'health check  written, but it checks nothing',
  ],
  ['where no credential was found', { secrets: [] }, 'secrets       none found in manifest and config alone'],
  ['that no credential was found', { secrets: [], content: contentFacts() }, 'secrets       none found'],
] as const) {
  test(`says ${claim}`, () => {
    const text = textInspection({ image, inspection: sampleInspection(fullFacts(changes)) }, plain);
    assert.ok(text.split('\n').includes(`  ${line}`), text);
  });
}

test('prints nothing of a stranger that moves the cursor or forges a line', () => {
  const hostile = sampleInspection(
    fullFacts({
      env: [{ name: hostileText, value: hostileText }],
      labels: { [hostileText]: hostileText },
      annotations: { [hostileText]: hostileText },
      builder: hostileText,
      entrypoint: [hostileText],
      user: { kind: 'malformed', raw: hostileText },
      history: [{ index: 0, keyword: 'RUN', instruction: hostileText, emptyLayer: true }],
    }),
  );
  const shown = { image: hostileText, inspection: hostile };
  for (const report of [textInspection(shown, plain), jsonInspection(shown)]) {
    assert.ok(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(report));
    assert.ok(!/^ *ALLOW/m.test(report));
  }
});

test('uses colour when asked, and changes nothing else', () => {
  const shown = { image, inspection: sampleInspection() };
  const coloured = textInspection(shown, { colour: true });
  assert.notEqual(coloured, textInspection(shown, plain));
  assert.equal(coloured.replace(/\u001b\[\d+m/g, ''), textInspection(shown, plain));
});
