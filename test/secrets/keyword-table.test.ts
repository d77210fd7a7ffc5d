import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createKeywordTable } from '../../src/secrets/keyword-table.ts';

function hits(keywords: readonly string[], text: string): readonly string[] {
  const found: string[] = [];
  createKeywordTable(keywords).scan(Buffer.from(text, 'latin1'), (position, keyword) => {
    found.push(`${position}:${keywords[keyword]}`);
  });
  return found;
}

test('finds keywords at both ends, overlapping, and as parts of each other', () => {
  assert.deepEqual(hits(['abcd', 'abcdef', 'cdef'], 'abcdef-abcd'), ['0:abcd', '0:abcdef', '2:cdef', '7:abcd']);
});

test('folds letters', () => {
  assert.deepEqual(hits(['GhP_'], 'ghp_ GHP_ gHp_'), ['0:GhP_', '5:GhP_', '10:GhP_']);
});

test('finds nothing in what is shorter than a keyword', () => {
  assert.deepEqual(hits(['abcd'], 'abc'), []);
  assert.deepEqual(hits(['abcdef'], 'xabcde'), []);
});

test('refuses keywords that it could not find', () => {
  assert.throws(() => createKeywordTable(['abc']), RangeError);
  assert.throws(() => createKeywordTable(['tokén']), RangeError);
});

test('finds what looking for each keyword finds', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'B', 'c', '1'), minLength: 4, maxLength: 7 });
  const text = fc.string({ unit: fc.constantFrom('A', 'b', 'C', 'c', '1', '\u00ff', '\0'), maxLength: 200 });
  fc.assert(
    fc.property(
      fc.uniqueArray(letters, { minLength: 1, maxLength: 8, selector: (word) => word.toLowerCase() }),
      text,
      (keywords, searched) => {
        const expected = keywords.flatMap((keyword) =>
          Array.from({ length: searched.length }, (_, position) => position)
            .filter((position) => searched.toLowerCase().startsWith(keyword.toLowerCase(), position))
            .map((position) => `${position}:${keyword}`),
        );
        assert.deepEqual([...hits(keywords, searched)].sort(), expected.sort());
      },
    ),
  );
});
