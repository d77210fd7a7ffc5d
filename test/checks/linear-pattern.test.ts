// Patterns: they mean what JavaScript's mean, and no pattern and no text makes them slow.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../src/base/fault.ts';
import { compileLinearPattern } from '../../src/checks/linear-pattern.ts';

suite('meaning', () => {
  const rows: readonly (readonly [pattern: string, found: readonly string[], notFound: readonly string[]])[] = [
    ['', ['', 'x'], []],
    ['abc', ['abc', 'xabcx'], ['ab', 'acb']],
    ['^abc$', ['abc'], ['xabc', 'abcx', 'abc\n']],
    ['^$', [''], ['x']],
    ['a|b|', ['', 'a', 'x'], []],
    ['^(?:a|bc)+$', ['a', 'bca', 'abc'], ['', 'b', 'ac']],
    ['^a*b+c?$', ['b', 'aabbc'], ['a', 'abcc']],
    ['^a{2}$', ['aa'], ['a', 'aaa']],
    ['^a{2,}$', ['aa', 'aaaa'], ['a']],
    ['^a{1,3}$', ['a', 'aaa'], ['', 'aaaa']],
    ['^a{0}$', [''], ['a']],
    ['^a.c$', ['abc', 'a😀c'], ['a\nc', 'ac']],
    ['^[a-c_]+$', ['abc_'], ['d', '-']],
    ['^[^a-c]$', ['d', '\n', '😀'], ['a', 'dd']],
    ['^[]a]$', [']', 'a'], ['[']],
    ['^[a-]$', ['a', '-'], ['b']],
    [String.raw`^[\d.]+$`, ['1.2'], ['a']],
    [String.raw`^\d\D\w\W\s\S$`, ['1a_- x'], ['aa_- x']],
    [String.raw`^\$\(\\\.$`, ['$(\\.'], ['x']],
    [String.raw`^\t\n\r$`, ['\t\n\r'], ['tnr']],
    ['^x+?$', ['xx'], ['']],
    ['a$|^b', ['xa', 'bx'], ['ax', 'xb']],
  ];
  for (const [pattern, found, notFound] of rows) {
    test(`/${pattern}/`, () => {
      const compiled = compileLinearPattern(pattern);
      for (const text of found) assert.ok(compiled.found(text), `finds ${JSON.stringify(text)}`);
      for (const text of notFound) assert.ok(!compiled.found(text), `does not find ${JSON.stringify(text)}`);
    });
  }

  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', String.raw`\w`, '^', '$');
  const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
    part: fc.oneof(
      { maxDepth: 4 },
      atom,
      tie('pattern').map((inner) => `(?:${inner})`),
      fc
        .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{1,}'))
        .map(([inner, times]) => `(?:${inner})${times}`),
    ),
    pattern: fc.oneof(
      fc.array(tie('part'), { maxLength: 3 }).map((parts) => parts.join('')),
      fc.tuple(tie('part'), tie('part')).map((parts) => parts.join('|')),
    ),
  }));
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n'), maxLength: 8 });

  test('any pattern of these parts finds what JavaScript finds', () => {
    fc.assert(
      fc.property(pattern, text, (written, searched) => {
        assert.equal(compileLinearPattern(written).found(searched), new RegExp(written, 'u').test(searched));
      }),
      { numRuns: 2000 },
    );
  });
});

suite('limits', () => {
  test('a pattern that backtracking engines choke on is answered', () => {
    const evil = compileLinearPattern('^(?:a+)+$');
    assert.ok(!evil.found(`${'a'.repeat(4000)}b`));
    assert.ok(evil.found('a'.repeat(4000)));
  });

  test('a pattern never costs more than 2048 steps a character', () => {
    assert.ok(compileLinearPattern('^(?:a{1,20}b){1,20}$').instructions <= 2048);
    refused('(?:a{1,256}b{1,256}){1,256}', /too large/);
  });

  test('repetition of nothing ends', () => {
    assert.ok(compileLinearPattern('(?:(?:(?:){256}){256}){256}').found('x'));
    assert.ok(compileLinearPattern('(?:(?:)*)*$').found('x'));
  });

  const mistakes: readonly (readonly [claim: string, pattern: string, says: RegExp])[] = [
    ['a back reference', String.raw`(a)\1`, /\\1 is not supported/],
    ['a word boundary', String.raw`\bfoo`, /\\b is not supported/],
    ['look-ahead', '(?=a)', /only \(\?: is supported/],
    ['a named group', '(?<n>a)', /only \(\?: is supported/],
    ['a flag', '(?i)a', /only \(\?: is supported/],
    ['a group that is not closed', '(a', /not closed/],
    ['a group that is not opened', 'a)', /closes nothing/],
    ['a class that is not closed', '[a', /ends too early/],
    ['a range that goes backwards', '[z-a]', /ends before it begins/],
    ['a repetition of nothing', '*a', /repeats nothing/],
    ['a repetition of a repetition', 'a**', /repeated/],
    ['a repetition that goes backwards', 'a{3,1}', /ends before it begins/],
    ['a brace that is not one', 'a{x}', /literal brace/],
    ['more repetitions than allowed', 'a{257}', /more than 256/],
    ['a back slash at the end', 'a\\', /ends too early/],
    ['more than 512 characters', 'a'.repeat(513), /longer than 512/],
    ['groups nested beyond all need', `${'('.repeat(40)}a${')'.repeat(40)}`, /nested deeper/],
  ];
  for (const [claim, pattern, says] of mistakes) test(`${claim} is refused`, () => refused(pattern, says));

  test('any text is either a pattern or refused with a Fault', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (written) => {
        try {
          compileLinearPattern(written).found('some text');
        } catch (thrown) {
          assert.ok(thrown instanceof Fault && thrown.code === 'document/invalid');
        }
      }),
    );
  });
});

function refused(pattern: string, says: RegExp): void {
  assert.throws(
    () => compileLinearPattern(pattern),
    (thrown) => thrown instanceof Fault && thrown.code === 'document/invalid' && says.test(thrown.message),
  );
}
