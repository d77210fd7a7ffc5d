import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { keywordScanModuleText } from '../../scripts/keyword-scan-build.ts';
import { detectors } from '../../src/secrets/detectors.ts';
import { KeywordScan } from '../../src/secrets/keyword-scan.ts';
import { createKeywordTable } from '../../src/secrets/keyword-table.ts';

const bufferBytes = 4096;

interface Range {
  readonly from?: number;
  readonly known?: number;
}

function hits(scan: KeywordScan, texts: readonly string[], text: string, range: Range = {}): readonly string[] {
  const bytes = Buffer.from(text, 'latin1');
  scan.buffer.fill('#').set(bytes);
  const found = new Set<string>();
  scan.scan({ from: 0, known: bytes.length, ...range, to: bytes.length }, (position, keyword) => {
    found.add(`${position}:${texts[keyword]}`);
  });
  return [...found].sort();
}

/** By the plain loop that texts are searched with. */
function expectedHits(texts: readonly string[], text: string): readonly string[] {
  const expected: string[] = [];
  createKeywordTable(texts).scan(Buffer.from(text, 'latin1'), (position, keyword) => {
    expected.push(`${position}:${texts[keyword]}`);
  });
  return expected.sort();
}

function find(texts: readonly string[], text: string, minRun = 0, range: Range = {}): readonly string[] {
  return hits(
    new KeywordScan(
      texts.map((own) => ({ text: own, minRun })),
      bufferBytes,
    ),
    texts,
    text,
    range,
  );
}

test('the module is what its source compiles to', async () => {
  const kept = await readFile(new URL('../../src/secrets/keyword-scan-module.ts', import.meta.url), 'utf8');
  assert.equal(kept, await keywordScanModuleText());
});

test('finds keywords at both ends, overlapping, and as parts of each other', () => {
  assert.deepEqual(find(['abcd', 'abcdef', 'cdef'], 'abcdef-abcd'), ['0:abcd', '0:abcdef', '2:cdef', '7:abcd']);
  assert.deepEqual(find(['aaaa'], 'aaaaaa'), ['0:aaaa', '1:aaaa', '2:aaaa']);
});

test('does not find what goes on behind the end, or stands in the memory of earlier bytes', () => {
  const scan = new KeywordScan([{ text: 'abcdef', minRun: 0 }], bufferBytes);
  assert.deepEqual(hits(scan, ['abcdef'], 'xxabcdef'), ['2:abcdef']);
  scan.buffer.set(Buffer.from('xxabc'));
  const found: number[] = [];
  scan.scan({ from: 0, known: 5, to: 5 }, (position) => found.push(position));
  assert.deepEqual(found, []);
});

test('finds those that begin in the range, also where they end behind it', () => {
  const text = 'abcd.abcd.abcd';
  assert.deepEqual(find(['abcd'], text, 0, { from: 1 }), ['10:abcd', '5:abcd']);
  assert.deepEqual(find(['abcd'], text, 0, { known: 6 }), ['0:abcd', '5:abcd']);
  assert.deepEqual(find(['abcd'], text, 0, { from: 5, known: 6 }), ['5:abcd']);
});

test('wants as many characters of a token in a row as asked', () => {
  assert.deepEqual(find(['abcd'], '"xx_abcd-yz1" ', 11), ['4:abcd']);
  assert.deepEqual(find(['abcd'], '"xx_abcd-yz1" ', 12), []);
  assert.deepEqual(find(['abcd'], 'x abcd', 12), ['2:abcd'], 'more of it may come');
});

test('finds more than there is room for at once', () => {
  const lengths = Array.from({ length: 29 }, (_, index) => index + 4);
  const texts = [...'abcd'].flatMap((_, from) => lengths.map((length) => 'abcd'.repeat(10).slice(from, from + length)));
  const text = 'abcd'.repeat(1000);
  assert.deepEqual(find(texts, text), expectedHits(texts, text));
});

test('refuses keywords that it could not find', () => {
  for (const text of ['abc', 'tokén', 'x'.repeat(33)]) assert.throws(() => find([text], ''), RangeError);
});

test('counts line feeds', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('\n', 'a', '\r'), maxLength: 100 }), (text) => {
      const scan = new KeywordScan([], bufferBytes);
      scan.buffer.fill('\n').set(Buffer.from(text));
      assert.equal(scan.countLines(text.length), text.split('\n').length - 1);
    }),
  );
});

test('finds what the table of keywords finds, in any text', () => {
  const texts = [
    ...new Set(
      detectors.flatMap((own) => (own.by === 'pattern' ? own.keywords.map((word) => word.toLowerCase()) : [])),
    ),
  ];
  const scan = new KeywordScan(
    texts.map((text) => ({ text, minRun: 0 })),
    bufferBytes,
  );
  const word = fc.constantFrom(...texts);
  const piece = fc.oneof(
    word,
    word.map((text) => text.slice(1)),
    fc.string({ unit: 'binary-ascii', maxLength: 9 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const text = pieces.join('');
      assert.deepEqual(hits(scan, texts, text), expectedHits(texts, text));
    }),
  );
});
