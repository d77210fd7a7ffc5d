import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createWindowFinder, defaultReach, type Window } from '../../src/secrets/candidate-windows.ts';
import type { PatternDetector } from '../../src/secrets/detector.ts';
import { detectors } from '../../src/secrets/detectors.ts';

const patternDetectors = detectors.filter((detector) => detector.by === 'pattern');
const findWindows = createWindowFinder(patternDetectors);

function detectorOf(keywords: readonly string[], before: number, after: number): PatternDetector {
  return {
    by: 'pattern',
    id: 'x',
    title: 'x',
    certainty: 'certain',
    keywords,
    pattern: /(?<secret>x)/dg,
    reach: { before, after },
    source: '',
    revoke: '',
  };
}

function windowsOf(
  keywords: readonly string[],
  [before, after]: readonly [number, number],
  text: string,
): readonly Window[] {
  const detector = detectorOf(keywords, before, after);
  return createWindowFinder([detector])(text).get(detector) ?? [];
}

/** Characters that patterns are run on. */
function workOn(text: string): number {
  return [...findWindows(text).values()].flat().reduce((sum, { start, end }) => sum + end - start, 0);
}

test('a window reaches round the keyword, inside the text', () => {
  assert.deepEqual(windowsOf(['key='], [2, 6], '..........key=..........'), [{ start: 8, end: 16 }]);
  assert.deepEqual(windowsOf(['key='], [2, 60], 'key=.'), [{ start: 0, end: 5 }]);
});

test('windows that touch become one, others stay apart', () => {
  const near = windowsOf(['key='], [2, 6], 'key=..key=');
  const far = windowsOf(['key='], [2, 6], `key=${'.'.repeat(20)}key=`);
  assert.deepEqual(near, [{ start: 0, end: 10 }]);
  assert.deepEqual(far, [
    { start: 0, end: 6 },
    { start: 22, end: 28 },
  ]);
});

test('positions are those of the text, also behind wide characters', () => {
  assert.deepEqual(windowsOf(['key='], [0, 4], 'ſ😀é key='), [{ start: 5, end: 9 }]);
});

test('a text without keywords is not looked at by any pattern', () => {
  assert.equal(findWindows('lorem ipsum dolor sit amet '.repeat(100)).size, 0);
});

test('no place is looked at twice by one detector, whatever the text', () => {
  const parts = fc.constantFrom(
    ...patternDetectors.flatMap(({ keywords }) => keywords.slice(0, 2)),
    ' ',
    '\n',
    'a'.repeat(300),
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 60 }), (pieces) => {
      const text = pieces.join('');
      for (const windows of findWindows(text).values()) {
        for (const [index, { start, end }] of windows.entries()) {
          assert.ok(start >= (windows[index - 1]?.end ?? 0) && end > start && end <= text.length);
        }
      }
    }),
  );
});

test('twice the text is twice the work, however dense the keywords', () => {
  for (const detector of patternDetectors) {
    const [keyword = ''] = detector.keywords;
    const once = keyword.repeat(500);
    const reach = detector.reach ?? defaultReach;
    const work = workOn(once);
    assert.ok(work <= patternDetectors.length * once.length, detector.id);
    assert.ok(workOn(once + once) <= 2 * work + patternDetectors.length * (reach.before + reach.after), detector.id);
  }
});
