// Strict JSON: whatever two parsers could read differently is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../src/base/fault.ts';
import { foldKey, parseStrictJson } from '../../src/base/strict-json.ts';

const refused: readonly (readonly [claim: string, source: string | Uint8Array])[] = [
  ['a key that stands twice', '{"layers":[],"layers":[1]}'],
  ['a key that stands twice, once escaped', '{"user":"0","us\\u0065r":"1"}'],
  ['keys that differ only in case', '{"config":{"User":"1000","user":"0"}}'],
  ['the Kelvin sign for a k', '{"k":1,"\u212a":2}'],
  ['the long s for an s', '{"layers":1,"layer\u017f":2}'],
  ['a byte order mark', '\ufeff{}'],
  ['a byte order mark in bytes', Buffer.from('\ufeff{}')],
  ['another space than the four of JSON', '{}\u00a0'],
  ['invalid UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
  ['half of a surrogate pair', '"\\ud800"'],
  ['text after the document', '{} {}'],
  ['a trailing comma', '[1,]'],
  ['a comment', '{} // c'],
  ['a number beyond a double', '1e999'],
  ['a leading zero', '01'],
  ['NaN', 'NaN'],
  ['a control character in a string', '"a\nb"'],
  ['an empty document', ''],
  ['65 levels', '['.repeat(65) + ']'.repeat(65)],
  ['100,000 levels, without exhausting the stack', '['.repeat(100_000)],
];

for (const [claim, source] of refused) {
  test(`refuses ${claim}`, () => {
    assert.throws(
      () => parseStrictJson(source),
      (thrown) => thrown instanceof Fault && thrown.code === 'integrity/ambiguous',
    );
  });
}

test('accepts 64 levels', () => {
  assert.doesNotThrow(() => parseStrictJson('['.repeat(64) + ']'.repeat(64)));
});

test('values of all kinds are counted, and one more than the limit is not read', () => {
  const text = '{"a":[1,"b",null],"c":{"d":true}}';
  assert.doesNotThrow(() => parseStrictJson(text, { maxValues: 7 }));
  assert.throws(() => parseStrictJson(text, { maxValues: 6 }), { code: 'limit', limit: 'maxJsonValues' });
  assert.throws(() => parseStrictJson(`[${'{},'.repeat(65_535)}{}]`), { code: 'limit' });
});

test('takes keys that differ in case for two keys in a free-form map, and still refuses the same key twice there', () => {
  const freeForm = (path: readonly string[]): boolean => path.join('.') === 'config.Labels';
  assert.deepEqual(
    JSON.parse(JSON.stringify(parseStrictJson('{"config":{"Labels":{"a":"1","A":"2"}}}', { freeForm }))),
    {
      config: { Labels: { a: '1', A: '2' } },
    },
  );
  assert.throws(() => parseStrictJson('{"config":{"Labels":{"a":"1","a":"2"}}}', { freeForm }));
  assert.throws(() => parseStrictJson('{"Labels":{"a":"1","A":"2"}}', { freeForm }));
});

test('keeps __proto__ and constructor as plain keys', () => {
  const value = parseStrictJson('{"__proto__":{"polluted":true},"constructor":1}');
  assert.deepEqual(Object.keys(value ?? {}), ['__proto__', 'constructor']);
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('folds as Go does', () => {
  assert.equal(foldKey('LAYER\u017f'), 'layers');
});

test('reads every JSON value as JSON.parse does', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' }),
      fc.constantFrom('', ' \t\r\n'),
      (value, indent) => {
        const text = JSON.stringify(value, null, indent) + indent;
        let read: unknown;
        try {
          read = parseStrictJson(text, { freeForm: () => true });
        } catch (thrown) {
          // Only what is ambiguous may differ: JSON.stringify never writes a key twice.
          assert.fail(String(thrown));
        }
        assert.equal(JSON.stringify(read), JSON.stringify(JSON.parse(text)));
      },
    ),
  );
});

test('throws nothing but a Fault, whatever the text', () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'u', '0', '1', '-', 'e', '.', 't', 'n', ' '),
      }),
      (text) => {
        try {
          const value = parseStrictJson(text);
          assert.equal(JSON.stringify(value), JSON.stringify(JSON.parse(text)));
        } catch (thrown) {
          assert.ok(thrown instanceof Fault, String(thrown));
        }
      },
    ),
    { numRuns: 2000 },
  );
});
