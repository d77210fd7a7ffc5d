// Leftovers: which of them count, what is one finding, and that the cure is that of their language.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { RawFinding, ReadImageFacts } from '../../src/checks/check.ts';
import type { Leftover } from '../../src/composition/composition.ts';
import type { HistoryFact, LayerFact } from '../../src/inspection/image-facts.ts';
import { composition, layersOfSizes, leftover, readFacts } from '../support/facts.ts';
import { ask, failed } from './ask.ts';

const all = ['compiler', 'package-manager', 'dev-dependencies', 'source', 'vcs', 'cache'] as const;

function holding(...leftovers: readonly Leftover[]): ReadImageFacts {
  const instructions = ['ADD rootfs.tar /', 'RUN apt-get install -y gcc', 'COPY . .'];
  const layers = layersOfSizes(10, 20, 30).map((layer, index): LayerFact => ({ ...layer, history: index }));
  const history = instructions.map(
    (instruction, index): HistoryFact => ({ index, keyword: 'RUN', instruction, emptyLayer: false, layer: index }),
  );
  const coverage = { layers: 3, read: 3, history: 'aligned' } as const;
  return { ...readFacts({ composition: composition({ leftovers }) }, { layers, history }), coverage };
}

function told(...leftovers: readonly Leftover[]): readonly RawFinding[] {
  return ask('leftovers', { forbid: all }, { facts: holding(...leftovers) });
}

suite('what counts', () => {
  for (const category of all) {
    const one = leftover({ category, name: 'x' });
    test(`${category} where it is forbidden, and only there`, () => {
      assert.deepEqual(failed('leftovers', { forbid: [category] }, { facts: holding(one) }), [`leftovers/${category}`]);
      const others = all.filter((other) => other !== category);
      assert.deepEqual(failed('leftovers', { forbid: others }, { facts: holding(one) }), []);
    });
  }

  test('of what the base brought, compilers alone unless the policy says otherwise', () => {
    const ofBase = all.map((category) => leftover({ category, name: category, inBase: true }));
    const facts = holding(...ofBase);
    assert.deepEqual(failed('leftovers', { forbid: all }, { facts }), ['leftovers/compiler']);
    assert.deepEqual(failed('leftovers', { forbid: all, inBase: [] }, { facts }), []);
    assert.deepEqual(failed('leftovers', { forbid: all, inBase: ['cache'] }, { facts }), ['leftovers/cache']);
  });

  test('an image without leftovers passes', () => assert.deepEqual(told(), []));
});

suite('what is one finding', () => {
  const gcc = leftover({ category: 'compiler', name: 'gcc-12', bytes: 60_000_000 });
  const rows: readonly (readonly [claim: string, other: Leftover, count: number])[] = [
    ['what one instruction brought together', leftover({ category: 'compiler', name: 'make' }), 1],
    ['what another instruction brought is another', leftover({ category: 'compiler', name: 'make', layers: [2] }), 2],
    ['what has another cure is another', leftover({ category: 'compiler', name: 'go', ecosystem: 'go' }), 2],
    ['what is hidden is another', leftover({ category: 'compiler', name: 'make', isHidden: true }), 2],
    ['what is of another kind is another', leftover({ category: 'cache', name: 'apt lists' }), 2],
  ];
  for (const [claim, other, count] of rows) {
    test(claim, () => assert.equal(told(gcc, other).length, count));
  }

  test('very many are folded, and none is dropped', () => {
    const facts = readFacts({
      composition: composition({
        leftovers: Array.from({ length: 50 }, (_, layer) =>
          leftover({ category: 'cache', name: 'npm', layers: [layer] }),
        ),
      }),
    });
    const findings = ask('leftovers', { forbid: ['cache'] }, { facts });
    assert.equal(findings.length, 21);
    assert.match(findings.at(-1)?.message ?? '', /^30 more/);
  });
});

suite('what is said', () => {
  test('the largest by name, how large all are, and where they come from', () => {
    const tools = [5, 60, 30, 20, 10].map((bytes, index) =>
      leftover({ category: 'compiler', name: `tool${index}`, version: '1', bytes: bytes * 2 ** 20 }),
    );
    assert.equal(
      told(...tools)[0]?.message,
      'build tools: tool1 1 (60 MiB), tool2 1 (30 MiB), tool3 1 (20 MiB), tool4 1 (10 MiB) and 1 more, 125 MiB, from layer 2 (`RUN apt-get install -y gcc`)',
    );
  });

  test('of many that are one: how many', () => {
    const dev = { category: 'dev-dependencies', ecosystem: 'node' } as const;
    const modules = leftover({ ...dev, name: 'abbrev and 299 more', members: 300, bytes: 2 ** 20 });
    assert.match(
      told(modules)[0]?.message ?? '',
      /^development dependencies: abbrev and 299 more, 1 MiB, from layer 2/,
    );
    const [jest, tap] = [
      leftover({ ...dev, name: 'jest', bytes: 2048 }),
      leftover({ ...dev, name: 'tap', bytes: 1024 }),
    ];
    assert.match(
      told(modules, jest, tap)[0]?.message ?? '',
      /^development dependencies: jest \(2 KiB\), tap \(1 KiB\) and 300 more, 1 MiB, from layer 2/,
    );
  });

  test('of what a later layer hides: that it is downloaded all the same', () => {
    const [finding] = told(leftover({ category: 'cache', name: 'apt lists', isHidden: true }));
    assert.match(finding?.message ?? '', /hidden by a later layer and still downloaded with layer 2/);
    assert.ok(finding?.evidence.kind === 'file' && finding.evidence.state === 'deleted');
  });

  test('of what the base brings: that a slim variant does not', () => {
    const [finding] = told(leftover({ category: 'compiler', name: 'gcc', inBase: true, layers: [0] }));
    assert.match(finding?.message ?? '', /from layer 1 \(`ADD rootfs.tar \/`\) of the base image$/);
    assert.match(finding?.advice ?? '', /base/);
  });

  test('names that strangers chose are escaped', () => {
    const hostile = leftover({ category: 'vcs', name: '\u001b[2J', paths: ['\u202egit'] });
    const [finding] = told(hostile);
    assert.ok(finding?.evidence.kind === 'file');
    assert.doesNotMatch(`${finding.message}${finding.evidence.path}`, /[\u0000-\u001f\u202e]/);
  });

  test('the evidence counts, and names further files', () => {
    const facts = holding(
      leftover({ category: 'vcs', name: '.git', paths: ['app/.git/HEAD', 'app/.git/config'], layers: [2], bytes: 7 }),
    );
    assert.deepEqual(ask('leftovers', { forbid: ['vcs'] }, { facts })[0]?.evidence, {
      kind: 'file',
      path: '/app/.git/HEAD',
      state: 'present',
      addedBy: { layer: facts.layers[2]?.digest, index: 2, instruction: 'COPY . .' },
      count: 1,
      bytes: 7,
      others: ['/app/.git/config'],
    });
  });

  const cures: readonly (readonly [Leftover['category'], Leftover['ecosystem'], RegExp])[] = [
    ['compiler', 'go', /static binary in a build stage/],
    ['compiler', 'java', /JRE/],
    ['dev-dependencies', 'node', /`npm ci --omit=dev`/],
    ['cache', 'alpine', /`RUN apk add --no-cache/],
    ['package-manager', 'python', /virtual environment/],
    ['vcs', 'any', /out of the build context/],
    ['compiler', 'any', /compile in a build stage/],
  ];
  for (const [category, ecosystem, advice] of cures) {
    test(`the cure for ${category} of ${ecosystem}`, () => {
      assert.match(told(leftover({ category, ecosystem, name: 'x' }))[0]?.advice ?? '', advice);
    });
  }
});
