// Breaks every architecture rule once with a tiny source, so that none of them is a rule that cannot fail.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules, type Shape } from './rules.ts';
import { blankCommentsAndStrings, sourceFile } from './source-text.ts';

const shape: Shape = {
  mayImport: {
    base: [],
    oci: ['base'],
    registry: ['base', 'oci'],
    scanning: ['base'],
    cli: ['base', 'oci', 'registry', 'scanning'],
    '.': ['cli'],
  },
  core: ['base', 'oci'],
  coreModules: ['node:crypto', 'node:stream'],
  packages: { yaml: ['core'], express: ['registry'], '@scope/thing': ['registry'] },
  timers: ['base/deadline.ts'],
  suppressions: ['oci/a.ts: suspicious/noExplicitAny'],
};

const opening = '// Says in one sentence what this file is for.\n';
const deadline = ['base/deadline.ts', `${opening}setTimeout(end, 5);\n`] as const;

interface Row {
  readonly claim: string;
  readonly rule: string;
  readonly good: Readonly<Record<string, string>>;
  readonly bad: Readonly<Record<string, string>>;
  readonly says: RegExp;
}

const rows: readonly Row[] = [
  {
    claim: 'an import the table does not have',
    rule: 'a folder imports only what the table allows',
    good: { 'oci/a.ts': "import { x } from '../base/x.ts';" },
    bad: { 'base/a.ts': "import { x } from '../oci/x.ts';" },
    says: /base may not import oci/,
  },
  {
    claim: 'a type import the table does not have',
    rule: 'a folder imports only what the table allows',
    good: { 'oci/a.ts': "import type { X } from '../base/x.ts';" },
    bad: { 'base/a.ts': "import type { X } from '../oci/x.ts';" },
    says: /base\/a\.ts:2 imports oci\/x\.ts/,
  },
  {
    claim: 'a dynamic import the table does not have',
    rule: 'a folder imports only what the table allows',
    good: { 'oci/a.ts': "await import('../base/x.ts');" },
    bad: { 'base/a.ts': "await import('../oci/x.ts');" },
    says: /may not import/,
  },
  {
    claim: 'a re-export the table does not have, over several lines',
    rule: 'a folder imports only what the table allows',
    good: { 'oci/a.ts': "export {\n  x,\n} from '../base/x.ts';" },
    bad: { 'base/a.ts': "export {\n  x,\n} from '../oci/x.ts';" },
    says: /may not import/,
  },
  {
    claim: 'a folder the table does not have',
    rule: 'a folder imports only what the table allows',
    good: { 'oci/a.ts': '' },
    bad: { 'extras/a.ts': '' },
    says: /does not have/,
  },
  {
    claim: 'two files that import each other, one of them only types',
    rule: 'imports go round in no circle',
    good: { 'oci/a.ts': "import { b } from './b.ts';", 'oci/b.ts': '' },
    bad: { 'oci/a.ts': "import { b } from './b.ts';", 'oci/b.ts': "import type { A } from './a.ts';" },
    says: /oci\/a\.ts -> oci\/b\.ts -> oci\/a\.ts/,
  },
  {
    claim: 'a circle over three files',
    rule: 'imports go round in no circle',
    good: { 'a.ts': "import './b.ts';", 'b.ts': "import './c.ts';", 'c.ts': '' },
    bad: { 'a.ts': "import './b.ts';", 'b.ts': "import './c.ts';", 'c.ts': "import './a.ts';" },
    says: /->/,
  },
  {
    claim: 'an adapter picked outside the wiring',
    rule: 'only the composition roots pick adapters',
    good: {
      'cli/wiring.ts': "import { r } from '../registry/r.ts';",
      'cli/check.ts': "import type { R } from '../registry/r.ts';",
    },
    bad: { 'cli/check.ts': "import { r } from '../registry/r.ts';" },
    says: /alone pick adapters/,
  },
  {
    claim: 'even types of scanning outside the wiring',
    rule: 'only the composition roots pick adapters',
    good: { 'cli/wiring.ts': "import type { S } from '../scanning/s.ts';" },
    bad: { 'cli/check.ts': "import type { S } from '../scanning/s.ts';" },
    says: /alone pick adapters/,
  },
  ...['node:fs', 'node:fs/promises', 'node:http', 'node:net', 'node:worker_threads', 'node:child_process'].map(
    (module) => ({
      claim: `${module} in the core`,
      rule: 'the core uses only pure modules of Node',
      good: { 'registry/a.ts': `import '${module}';`, 'oci/a.ts': "import { pipeline } from 'node:stream/promises';" },
      bad: { 'oci/a.ts': `import { x } from '${module}';` },
      says: /not in the core/,
    }),
  ),
  {
    claim: 'a package where it does not belong',
    rule: 'a package is imported only where it belongs',
    good: { 'registry/a.ts': "import { t } from '@scope/thing/deep';", 'oci/a.ts': "import { parse } from 'yaml';" },
    bad: { 'oci/a.ts': "import express from 'express';" },
    says: /belongs in registry/,
  },
  {
    claim: 'a package nobody listed',
    rule: 'a package is imported only where it belongs',
    good: {},
    bad: { 'oci/a.ts': "import 'left-pad';" },
    says: /no folder/,
  },
  ...['Date.now()', 'new Date()', 'performance.now()', 'Math.random()', 'randomUUID()', 'fetch(url)', 'eval(x)'].map(
    (code) => ({
      claim: `${code} in the core`,
      rule: 'the core has no clock, no randomness, no connections',
      good: {
        'registry/a.ts': code,
        'oci/a.ts': `const s = '${code}'; // ${code}\nnew Date(0); deps.fetch(url); prefetch(url); Date.parse(s);`,
      },
      bad: { 'oci/a.ts': code },
      says: /not in the core/,
    }),
  ),
  {
    claim: 'a timer in the core',
    rule: 'the core sets no timers but for deadlines',
    good: { 'registry/a.ts': 'setTimeout(f, 1);', [deadline[0]]: deadline[1] },
    bad: { 'oci/a.ts': 'AbortSignal.timeout(5);', [deadline[0]]: deadline[1] },
    says: /sets a timer/,
  },
  {
    claim: 'a file that is listed for timers and has none',
    rule: 'the core sets no timers but for deadlines',
    good: { [deadline[0]]: deadline[1] },
    bad: { [deadline[0]]: '' },
    says: /sets none/,
  },
  {
    claim: 'the environment read outside cli',
    rule: 'only cli reads the environment; only cli and the log touch the process',
    good: { 'cli/a.ts': 'process.env.HOME;', 'oci/a.ts': "'process.env'; subprocess.env; // process.env" },
    bad: { 'main.ts': 'process.env.HOME;' },
    says: /reads the environment/,
  },
  {
    claim: 'the environment read through brackets',
    rule: 'only cli reads the environment; only cli and the log touch the process',
    good: { 'cli/a.ts': "process['env'];" },
    bad: { 'main.ts': "process['env'];" },
    says: /reads the environment/,
  },
  {
    claim: 'the process touched in an adapter',
    rule: 'only cli reads the environment; only cli and the log touch the process',
    good: { 'telemetry/a.ts': 'process.stdout.write(line);' },
    bad: { 'registry/a.ts': 'process.stdout.write(line);' },
    says: /touches the process/,
  },
  {
    claim: 'an exit outside main.ts',
    rule: 'only main.ts ends the process',
    good: { 'main.ts': 'process.exitCode = await run();' },
    bad: { 'cli/a.ts': 'process.exit(2);' },
    says: /ends the process/,
  },
  {
    claim: 'an exit code set outside main.ts',
    rule: 'only main.ts ends the process',
    good: { 'main.ts': 'process.exit(2);' },
    bad: { 'cli/a.ts': 'process.exitCode = 1;' },
    says: /ends the process/,
  },
  {
    claim: 'a file of 301 lines',
    rule: 'a file has at most 300 lines',
    good: { 'oci/a.ts': 'x;\n'.repeat(299) },
    bad: { 'oci/a.ts': 'x;\n'.repeat(300) },
    says: /301 lines/,
  },
  {
    claim: 'a silenced linter',
    rule: 'the checkers are not silenced',
    good: { 'oci/a.ts': '// biome-ignore lint/suspicious/noExplicitAny: said why' },
    bad: { 'oci/b.ts': '// biome-ignore lint/suspicious/noExplicitAny: said why' },
    says: /noExplicitAny is silenced/,
  },
  ...['ignore', 'nocheck', 'expect-error'].map((word) => ({
    claim: `a compiler silenced with ts-${word}`,
    rule: 'the checkers are not silenced',
    good: {},
    bad: { 'oci/b.ts': `// @ts-${word}` },
    says: /silenced/,
  })),
  ...['utils', 'helpers', 'common', 'shared', 'types', 'misc', 'index'].map((name) => ({
    claim: `a file named ${name}`,
    rule: 'names are kebab-case words of the domain',
    good: { 'oci/image-reference.ts': '' },
    bad: { [`oci/${name}.ts`]: '' },
    says: /says nothing/,
  })),
  {
    claim: 'a folder named helpers',
    rule: 'names are kebab-case words of the domain',
    good: {},
    bad: { 'oci/helpers/a.ts': '' },
    says: /says nothing/,
  },
  {
    claim: 'a file in camel case',
    rule: 'names are kebab-case words of the domain',
    good: {},
    bad: { 'oci/imageReference.ts': '' },
    says: /kebab-case/,
  },
];

for (const row of rows) {
  test(`refuses ${row.claim}`, () => {
    const rule = rules[row.rule];
    assert.ok(rule, `there is no rule "${row.rule}"`);
    assert.deepEqual(rule(sources(row.good), timersOf(row.good)), []);
    const violations = rule(sources(row.bad), timersOf(row.bad));
    assert.equal(violations.length > 0, true, 'nothing was found');
    assert.match(violations.join('\n'), row.says);
  });
}

for (const [claim, text] of [
  ['code without a sentence', "import { x } from './x.ts';\n"],
  ['a sentence without an end', '// The words of references\nconst a = 1;\n'],
  ['a block comment', '/** Parses references of images. */\n'],
  ['two words', '// Parses.\n'],
] as const) {
  test(`refuses a file that begins with ${claim}`, () => {
    const rule = rules['a file begins with a sentence that says what it is for'];
    assert.ok(rule);
    assert.deepEqual(rule([sourceFile('oci/a.ts', opening), sourceFile('main.ts', `#!/x\n${opening}`)], shape), []);
    assert.equal(rule([sourceFile('oci/a.ts', text)], shape).length, 1);
  });
}

test('every rule is broken by some row', () => {
  const broken = new Set([...rows.map((row) => row.rule), 'a file begins with a sentence that says what it is for']);
  assert.deepEqual(
    Object.keys(rules).filter((rule) => !broken.has(rule)),
    [],
  );
});

test('tells code from comments, strings, templates and regular expressions', () => {
  const code = blankCommentsAndStrings(
    [
      'a; // b',
      '/* c',
      'c */ d;',
      '\'e\' + "f\\"f"',
      ['`g$', '{h + `i$', '{j}`}k`'].join(''),
      'x = /l[/]\\/"m/; n / o / p;',
    ].join('\n'),
  );
  assert.deepEqual(code.match(/[a-p]/g), ['a', 'd', 'h', 'j', 'n', 'o', 'p']);
});

test('keeps every offset', () => {
  const text = ['const a = `x$', "{'y'}`; // z\nimport { b } from './b.ts';\n"].join('');
  assert.equal(blankCommentsAndStrings(text).length, text.length);
  assert.deepEqual(sourceFile('a.ts', text).imports, [{ specifier: './b.ts', typeOnly: false, line: 2 }]);
});

test('an import that is only written in a string or a comment is none', () => {
  const text = "const a = \"import { b } from './b.ts'\"; // import c from './c.ts'\n/* import('./d.ts') */";
  assert.deepEqual(sourceFile('a.ts', text).imports, []);
});

function sources(files: Readonly<Record<string, string>>) {
  return Object.entries(files).map(([path, text]) => sourceFile(path, `${opening}${text}`));
}

/** The deadline file is demanded only by the rows that are about it. */
function timersOf(files: Readonly<Record<string, string>>): Shape {
  return deadline[0] in files ? shape : { ...shape, timers: [] };
}
