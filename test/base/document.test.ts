// YAML documents: every mistake at once, each with its place and what is allowed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  createValidator,
  faultFromProblems,
  formatFieldPath,
  formatProblem,
  parseFieldPath,
  readYamlDocuments,
} from '../../src/base/document.ts';
import { printable, shorten } from '../../src/base/printable.ts';

const validate = createValidator({
  type: 'object',
  additionalProperties: false,
  required: ['kind'],
  properties: {
    kind: { enum: ['Policy', 'Exception'] },
    uses: { type: 'array', minItems: 1, items: { enum: ['init', 'container'] } },
    limits: { type: 'object', additionalProperties: false, properties: { layers: { type: 'integer' } } },
  },
});

function problemsOf(text: string): readonly string[] {
  const { documents, problems } = readYamlDocuments(text, 'p.yaml');
  return [...problems, ...documents.flatMap((document) => validate(document))].map(formatProblem);
}

test('tells every mistake of every document, with file, line, column, path and what is allowed', () => {
  const text = `kind: Polcy
uses: [init, sidecra]
limits:
  layers: many
  layer: 3
---
uses: []
`;
  assert.deepEqual(problemsOf(text), [
    'p.yaml:1:1: kind: "Polcy" is not allowed; allowed are Policy, Exception',
    'p.yaml:2:14: uses[1]: "sidecra" is not allowed; allowed are init, container',
    'p.yaml:4:3: limits.layers: must be an integer, not "many"',
    'p.yaml:5:3: limits.layer: unknown field; allowed are layers',
    'p.yaml:7:1: the field kind is required',
    'p.yaml:7:1: uses: must not be an empty list',
  ]);
});

const broken: readonly (readonly [claim: string, text: string, place: string])[] = [
  ['a key that stands twice', 'kind: Policy\nkind: Policy\n', 'p.yaml:2:1'],
  ['two keys that become one property', '1: Policy\n"1": Policy\n', 'p.yaml:2:1'],
  ['a key that stands twice deep inside', 'kind: Policy\nuses: [{ a: 1, b: { c: 1, c: 2 } }]\n', 'p.yaml:2:27'],
  ['a tab for indentation', 'kind: Policy\nlimits:\n\tlayers: 1\n', 'p.yaml:3:1'],
  ['a list that is not closed', 'kind: Policy\nuses: [init\n', 'p.yaml:3:1'],
  ['a merge key that names no map', 'kind: Policy\nlimits: { <<: 1 }\n', 'p.yaml:1:1'],
  ['an unknown tag', 'kind: !!python/object Policy\n', 'p.yaml:1:7'],
];
for (const [claim, text, place] of broken) {
  test(`refuses ${claim} and says where`, () => {
    const problems = problemsOf(text);
    assert.ok(
      problems.some((problem) => problem.startsWith(`${place}:`)),
      problems.join('\n'),
    );
  });
}

test('refuses aliases that unfold without end', () => {
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\nd: [${'*c,'.repeat(9)}]\n`;
  assert.match(problemsOf(bomb).join('\n'), /cannot be read/);
});

test('what is no text is told once, and where', () => {
  const bytes = Buffer.from('kind: Policy\nabc\u0000\u0001{{[[\t\t:::\u0000');
  assert.deepEqual(problemsOf(bytes.toString('utf8')), [
    'p.yaml:2:4: is not text in UTF-8: it holds the control character U+0000',
  ]);
  const utf16 = problemsOf(Buffer.from('\ufeffkind: Policy\n', 'utf16le').toString('utf8'));
  assert.equal(utf16.length, 1);
  assert.match(utf16[0] ?? '', /^p\.yaml:1:\d: is not text in UTF-8/);
  assert.deepEqual(problemsOf('\ufeffkind: Policy # größer, 世界 😀 \u0085\r\n'), []);
});

const nested: readonly (readonly [claim: string, text: (depth: number) => string])[] = [
  ['lists in brackets', (depth) => '['.repeat(depth) + ']'.repeat(depth)],
  ['lists that are never closed', (depth) => '['.repeat(depth)],
  ['maps in braces', (depth) => `${'{a: '.repeat(depth)}1${'}'.repeat(depth)}`],
  ['indented maps', (depth) => Array.from({ length: depth }, (_, at) => `${' '.repeat(at)}a:\n`).join('')],
  ['keys that are lists', (depth) => `${'{? ['.repeat(depth / 2)}${']}'.repeat(depth / 2)}`],
];
for (const [claim, text] of nested) {
  test(`${claim} are told once where they are nested too deeply, however deep`, () => {
    for (const depth of [258, 700, 900, 10_000]) {
      const problems = problemsOf(text(depth));
      assert.equal(problems.length, 1, problems.slice(0, 3).join('\n'));
      assert.match(problems[0] ?? '', /: is nested deeper than 256 levels \(maxDocumentDepth\)$/);
    }
  });
}

test('nesting up to the limit is read', () => {
  const { documents, problems } = readYamlDocuments('['.repeat(256) + ']'.repeat(256), 'p.yaml');
  assert.deepEqual([documents.length, problems], [1, []]);
});

test('of very many mistakes the first are told, and how many more there are', () => {
  const problems = problemsOf('}\n'.repeat(1_000));
  assert.ok(problems.length <= 51, String(problems.length));
  assert.match(problems.at(-1) ?? '', /: and \d+ more problems from here on$/);
});

test('empty documents and comments are no documents', () => {
  assert.deepEqual(readYamlDocuments('---\n# nothing\n---\n', 'p.yaml'), { documents: [], problems: [] });
  assert.deepEqual(readYamlDocuments('', 'p.yaml'), { documents: [], problems: [] });
});

test('a fault made of problems holds them all', () => {
  const [first] = readYamlDocuments('a: 1\n', 'x.yaml').documents;
  assert.ok(first);
  const fault = faultFromProblems([first.problem(['a'], 'one'), first.problem(['b', 'c/d', 0], 'two')]);
  assert.equal(fault.code, 'document/invalid');
  assert.equal(fault.message, 'x.yaml:1:1: a: one\nx.yaml:1:1: b["c/d"][0]: two');
});

test('printable text has no character that moves, hides or breaks, and is bounded', () => {
  assert.equal(printable('a\nb\u001b[31m\u202ec\u0000\ud800'), 'a\\u000ab\\u001b[31m\\u202ec\\u0000\\ud800');
  assert.equal(printable('x'.repeat(500)).length, 200);
  assert.equal(printable('\n'.repeat(500)).length, 200);
  assert.equal(shorten('ab😀cd', 4), 'ab…');
  assert.equal(printable('Grüße, 世界 😀'), 'Grüße, 世界 😀');
});

test('a field path that was formatted reads back as itself', () => {
  const step = fc.oneof(fc.string(), fc.nat(1000), fc.constantFrom('spec', 'a.b/c', '"', '[0]', ''));
  fc.assert(fc.property(fc.array(step), (path) => assert.deepEqual(parseFieldPath(formatFieldPath(path)), path)));
});
