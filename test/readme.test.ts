// The README and the pages in docs/ say what is so: links lead somewhere, commands exist, examples load.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { formatProblem } from '../src/base/document.ts';
import { parseQuantity } from '../src/base/quantity.ts';
import { allRules } from '../src/checks/checks.ts';
import { commandRuns } from '../src/cli/commands.ts';
import { runProgram } from '../src/cli/program.ts';
import { parseConfiguration } from '../src/files/configuration.ts';
import { parsePolicies } from '../src/policy/parse-policies.ts';
import { createMetrics } from '../src/telemetry/metrics.ts';
import { collectingTerminal } from './support/collecting-terminal.ts';

const pages = ['README.md', 'charts/tidewaiter/README.md', ...readdirSync('docs').map((name) => `docs/${name}`)];
const readme = readFileSync('README.md', 'utf8');

function blocksOf(page: string, language: string): readonly string[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, block]) => block ?? '',
  );
}

for (const page of pages) {
  test(`every link of ${page} leads to a file`, () => {
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(
      ([, link]) => link ?? '',
    );
    assert.deepEqual(
      links.filter((link) => !existsSync(join(dirname(page), link))),
      [],
    );
  });

  test(`every make command in ${page} exists`, () => {
    const makefile = readFileSync('Makefile', 'utf8');
    const targets = [...readFileSync(page, 'utf8').matchAll(/\bmake ([a-z0-9-]+)/g)].map(([, target]) => target ?? '');
    assert.deepEqual(
      targets.filter(
        (target) =>
          /^(?:demo|test|check|e2e|e2e-tools|bench|build|generate)$/.test(target) && !makefile.includes(`\n${target}:`),
      ),
      [],
    );
  });
}

test('the README gives the two commands', () => {
  assert.match(readme, /^make demo\b/m);
  assert.match(readme, /^make test\b/m);
});

for (const page of pages) {
  for (const block of blocksOf(page, 'yaml')) {
    if (/^kind: ImageAdmission/m.test(block)) {
      test(`the policy in ${page} loads`, () =>
        assert.deepEqual(parsePolicies(block, page).problems.map(formatProblem), []));
    }
    if (/^(?:kind: Configuration|registries:)/m.test(block)) {
      const whole = block.includes('kind: Configuration')
        ? block
        : `apiVersion: tidewaiter.dev/v1alpha1\nkind: Configuration\n${block}`;
      test(`the configuration in ${page} loads`, () => assert.doesNotThrow(() => parseConfiguration(whole, page)));
    }
  }
}

test('the mistake that the README shows is told as it says', () => {
  const shown = /^policies\/production\.yaml:(\d+):(\d+): (\S+): unknown field; allowed are size, user,/m.exec(readme);
  assert.ok(shown !== null);
  const [policy = ''] = blocksOf('README.md', 'yaml');
  const broken = policy.replace('healthcheck:', 'helthcheck:');
  const [problem] = parsePolicies(broken, 'policies/production.yaml').problems;
  assert.ok(problem !== undefined);
  assert.deepEqual([String(problem.line), String(problem.column), problem.path], [shown[1], shown[2], shown[3]]);
  assert.match(problem.message, /^unknown field; allowed are size, user,/);
});

test('the metrics that the pages name are there', async () => {
  const names = new Set(
    [...(await createMetrics({ process: false }).render()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name),
  );
  const named = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/\btidewaiter_[a-z_]+[a-z]\b/g)].map(([name]) => ({ page, name })),
  );
  assert.ok(named.length > 0);
  assert.deepEqual(
    named.filter(({ name }) => !names.has(name)),
    [],
  );
});

test('the rules that the pages name are there', () => {
  const known = new Set<string>(allRules.map(({ id }) => id));
  const groups = [...new Set([...known].map((id) => id.split('/')[0]))].join('|');
  const named = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(new RegExp(`(?<![\\w/.-])(?:${groups})/[a-z-]+[a-z](?![\\w/.])`, 'g'))].map(
      ([rule]) => ({ page, rule }),
    ),
  );
  assert.ok(named.length > 100);
  assert.deepEqual(
    named.filter(({ rule }) => !known.has(rule)),
    [],
  );
});

/** Rows of the table that `inspect` draws, in bytes. */
function equationsIn(block: string): readonly { readonly name: string; readonly bytes: number }[] {
  return [
    ...block.matchAll(/^(?: {2}made of)? +([+=]?) +([a-z][a-z ]*[a-z]) {2,}([\d.]+) (bytes|KiB|MiB|GiB) +[\d.]+ %/gm),
  ].map(([, , name = '', amount, unit = '']) => ({
    name,
    bytes: parseQuantity(`${amount}${unit.replace('bytes', '')}`),
  }));
}

test('the equations that the README shows add up, in the words of `inspect`', () => {
  const table = readFileSync('src/reports/composition-table.ts', 'utf8');
  const equations = blocksOf('README.md', '')
    .map(equationsIn)
    .filter(({ length }) => length > 0);
  assert.equal(equations.length, 2);
  for (const rows of equations) {
    for (const { name } of rows) assert.ok(table.includes(`'${name}'`), name);
    const [total, ...parts] = rows.toReversed();
    const sum = parts.reduce((all, { bytes }) => all + bytes, 0);
    // Each is rounded to a tenth of a mebibyte.
    assert.ok(total?.name === 'the image' && Math.abs(total.bytes - sum) < (parts.length * 2 ** 20) / 20, `${sum}`);
  }
});

const commandLines = pages.flatMap((page) =>
  blocksOf(page, '').flatMap((block) =>
    [...block.matchAll(/(?:^|[|&] )\.\/bin\/tidewaiter ([^|#\n]+)/gm)].map(([, words]) => ({
      page,
      words: (words ?? '').trim(),
    })),
  ),
);

for (const { page, words } of commandLines) {
  test(`\`tidewaiter ${words}\` in ${page} is understood`, async () => {
    const terminal = collectingTerminal();
    const understood: string[] = [];
    const note = (name: string) => async (): Promise<0> => {
      understood.push(name);
      return 0;
    };
    const runs = Object.fromEntries(Object.keys(commandRuns).map((name) => [name, note(name)]));
    const code = await runProgram(words.split(/\s+/), { ...commandRuns, ...runs }, terminal);
    assert.deepEqual([code, understood, terminal.complaints()], [0, [words.split(' ')[0]], '']);
  });
}
