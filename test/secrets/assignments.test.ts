import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAssignments } from '../../src/secrets/assignments.ts';
import type { TextKind } from '../../src/secrets/detector.ts';

function read(text: string, kind: TextKind): readonly string[] {
  return findAssignments(text, kind, (name) => name).map(
    ({ wanted, start, end }) => `${wanted}:${text.slice(start, end)}`,
  );
}

const rows: readonly (readonly [claim: string, kind: TextKind, text: string, expected: readonly string[]])[] = [
  ['a word ends at a blank', 'label', 'aa=1 bb=2', ['aa:1', 'bb:2']],
  ['quotes hold a value together', 'label', `aa="1 2" bb='3 4'`, ['aa:1 2', 'bb:3 4']],
  ['a quote that is not closed holds the rest', 'label', 'aa="1 2', ['aa:1 2']],
  ['shell and query parts end a word', 'label', 'aa=1;bb=2&cc=3|dd=4', ['aa:1', 'bb:2', 'cc:3', 'dd:4']],
  ['options', 'label', '--aa=1 -Dbb.cc=2 --dd 3 --ee --ff', ['aa:1', 'Dbb.cc:2', 'dd:3']],
  ['fields of JSON', 'label', '{"aa": "1", \'bb\':\'2\', \\"cc\\":\\"3\\"}', ['aa:1', 'bb:2', 'cc:3']],
  ['lines of YAML', 'label', 'aa: 1\n  bb: 2\nx cc: 3', ['aa:1', 'bb:2']],
  ['an ENV of BuildKit, whose values are not quoted', 'history', 'ENV aa=1 2 bb=3', ['aa:1 2', 'bb:3', 'aa:1', 'bb:3']],
  ['an ENV of the legacy builder', 'history', '/bin/sh -c #(nop)  ENV aa=1 2', ['aa:1 2', 'aa:1']],
  ['build arguments, up to the shell', 'history', '|1 aa=1 2 /bin/sh -c make', ['aa:1 2', 'aa:1']],
  ['build arguments of BuildKit', 'history', 'RUN |1 aa=1 2 /bin/ash -eo pipefail -c make', ['aa:1 2', 'aa:1']],
  ['nothing in a place that has no instructions', 'label', 'ENV aa=1 2', ['aa:1']],
];

for (const [claim, kind, text, expected] of rows) {
  test(`reads ${claim}`, () => assert.deepEqual(read(text, kind), expected));
}

test('looks inside a value that is not wanted, and not inside one that is', () => {
  const text = 'outer=inner=x';
  const wanting = (wanted: string) =>
    findAssignments(text, 'label', (name) => (name === wanted ? name : undefined)).map(({ start, end }) =>
      text.slice(start, end),
    );
  assert.deepEqual(wanting('outer'), ['inner=x']);
  assert.deepEqual(
    findAssignments('JAVA_OPTS="-Dinner=x -Da=b"', 'label', (name) => (name === 'Dinner' ? 1 : undefined)).length,
    1,
  );
});

/** Characters of values that are looked at. */
function workOn(text: string): number {
  let work = 0;
  findAssignments(text, 'history', (_, head) => {
    work += 1 + head.length;
    return undefined;
  });
  return work;
}

test('twice the text is twice the work, however dense the names and long the values', () => {
  for (const piece of ['pw=', 'aa="', '"aa":"', '--pass ', 'aa=$(', 'ENV aa=', ' aa=', 'a', '=', '\naa: ']) {
    const once = piece.repeat(2_000);
    assert.ok(workOn(once) <= once.length * 257, piece);
    assert.ok(workOn(once + once) <= 2 * workOn(once) + 256 ** 2, piece);
  }
});

test('a value that is wanted is looked at once, however many names are in it', () => {
  let asked = 0;
  findAssignments('pw='.repeat(2_000), 'label', () => ++asked);
  assert.equal(asked, 1);
});
