// What is alike, told a few times and then counted; and paths, shortened where they say least.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { spreadAlike, tellAlike, topFolder } from '../../src/base/alike.ts';
import { printablePath } from '../../src/base/printable.ts';

/** Words are alike when they begin with the same letter; those that begin with a digit are like nothing else. */
const firstLetter = (word: string): string | undefined => (/^\d/.test(word) ? undefined : word.slice(0, 1));

function told(words: string, shown: number): string {
  return tellAlike(words.split(' '), firstLetter, shown)
    .map(({ one, more }) => (more.length === 0 ? one : `${one}+${more.join('+')}`))
    .join(' ');
}

suite('telling', () => {
  const rows: readonly (readonly [claim: string, words: string, told: string])[] = [
    ['few are told one by one', 'a1 b1 a2', 'a1 b1 a2'],
    ['one more than are told is told as well', 'a1 a2 a3', 'a1 a2 a3'],
    ['the others stand with the last that is told', 'a1 a2 b1 a3 a4 b2', 'a1 a2+a3+a4 b1 b2'],
    ['each kind has its own', 'a1 b1 a2 b2 a3 b3 a4 b4', 'a1 b1 a2+a3+a4 b2+b3+b4'],
    ['what is like nothing else is never counted', '1 2 3 4 5', '1 2 3 4 5'],
  ];
  for (const [claim, words, expected] of rows) test(claim, () => assert.equal(told(words, 2), expected));

  test('everything is told or counted once, whatever there is', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[ab1]$/)), fc.integer({ min: 1, max: 4 }), (letters, shown) => {
        const words = letters.map((letter, index) => `${letter}${index}`);
        const all = tellAlike(words, firstLetter, shown).flatMap(({ one, more }) => [one, ...more]);
        assert.deepEqual(all.toSorted(), words.toSorted());
      }),
    );
  });
});

test('spreading puts the first of every kind before the second of any', () => {
  const words = ['a1', 'a2', 'a3', 'b1', 'c1', 'c2'];
  assert.deepEqual(
    spreadAlike(words, (word) => word.slice(0, 1)),
    ['a1', 'b1', 'c1', 'a2', 'c2', 'a3'],
  );
});

suite('the top folder', () => {
  for (const [path, folder] of [
    ['/root/go/pkg/mod/example.com/tls@v1/key.pem', '/root/go'],
    ['/app/node_modules/tls/key.pem', '/app/node_modules'],
    ['/app/key.pem', '/app'],
    ['/key.pem', '/'],
  ] as const) {
    test(`of ${path} is ${folder}`, () => assert.equal(topFolder(path), folder));
  }
});

suite('paths', () => {
  const digest = '0123456789abcdef'.repeat(8);
  const rows: readonly (readonly [claim: string, path: string, shown: string])[] = [
    ['short ones stay', '/app/node_modules/tls/key.pem', '/app/node_modules/tls/key.pem'],
    [
      'of a name that is a digest both ends stay',
      `/root/.npm/_cacache/content-v2/sha512/01/23/${digest}`,
      '/root/.npm/_cacache/content-v2/sha512/01/23/0123456789ab…456789abcdef',
    ],
    [
      'of a long one the first folders and the name stay',
      `/app/${'node_modules/package/'.repeat(10)}key.pem`,
      '/app/node_modules/package/node_modules/package/node_modules/…s/package/node_modules/package/node_modules/package/key.pem',
    ],
    ['control characters are escaped', '/\u001b[2J', '/\\u001b[2J'],
  ];
  for (const [claim, path, shown] of rows) test(claim, () => assert.equal(printablePath(path), shown));

  test('never exceed their length, nor hold what moves the cursor', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), fc.integer({ min: 20, max: 200 }), (path, length) => {
        const shown = printablePath(path, length);
        assert.ok(shown.length <= length);
        assert.doesNotMatch(shown, /[\u0000-\u001f\u007f-\u009f\u202e]/);
      }),
    );
  });
});
