// What `inspect` shows of an image whose layers were read: the equation, waste, files with credentials, and what was not looked at.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import type { ContentFacts } from '../../src/inspection/content-facts.ts';
import type { RunnableImageFacts } from '../../src/inspection/image-facts.ts';
import { jsonInspection, textInspection } from '../../src/reports/inspection-report.ts';
import { nothingSearched } from '../../src/secrets/search-coverage.ts';
import { sampleContents } from '../policy/sample-contents.ts';
import { contentFacts, fileSecret, inspectionOf } from '../support/facts.ts';
import { assertGolden } from './golden.ts';
import { fullFacts, hostileText } from './sample-subjects.ts';

const image = 'registry.example.com/shop/api:1.3';
const singleStage = recorded('node-single-stage');

function recorded(name: string): RunnableImageFacts {
  return JSON.parse(readFileSync(new URL(`../../policies/facts/${name}.json`, import.meta.url), 'utf8'));
}

function shown(facts: RunnableImageFacts) {
  const inspection = inspectionOf(facts);
  assert.ok(inspection.kind === 'read');
  return { image, inspection };
}

function textOf(facts: RunnableImageFacts, columns?: number): string {
  return textInspection(shown(facts), { colour: false, ...(columns === undefined ? {} : { columns }) });
}

function withContent(content: Partial<ContentFacts>, facts = fullFacts()): RunnableImageFacts {
  return { ...facts, content: contentFacts(content) };
}

test('shows what an image that was built in one stage is made of', () => {
  assertGolden('inspect-layers.txt', textOf(singleStage));
});

test('spells out the stages of the language whose packages a later layer removed', () => {
  const { content } = singleStage;
  assert.ok(content !== undefined);
  const leftovers = content.composition.leftovers
    .filter(({ category, ecosystem }) => category !== 'cache' || ecosystem !== 'node')
    .map((one) => (one.ecosystem === 'node' ? { ...one, isHidden: true } : one));
  const text = textOf(withContent({ composition: { ...content.composition, leftovers } }, singleStage));
  assert.match(text, /a later layer removes it.*FROM node AS build\n/s);
  assert.doesNotMatch(text, /make -C/);
});

test('says what to do about waste that is nothing left over', () => {
  const { content } = singleStage;
  assert.ok(content !== undefined);
  const categories = content.composition.categories.map((one) =>
    one.category === 'application'
      ? { ...one, layers: one.layers.map((part) => ({ ...part, bytes: 2 ** 22, hiddenBytes: 2 ** 21 })) }
      : one,
  );
  const text = textOf(withContent({ composition: { ...content.composition, categories } }, singleStage));
  assert.match(text, /- 2 MiB \(what a later layer deletes or writes again, see wasted\): finish files in the RUN/);
});

test('gives all of it as JSON, with what a multi-stage build would save', () => {
  const [platform] = JSON.parse(jsonInspection(shown(singleStage))).platforms;
  assert.deepEqual(platform.facts, JSON.parse(JSON.stringify(singleStage)));
  assert.equal(platform.savings.bytes, 1_204_001_000);
  assert.ok(platform.savings.advice.length > 3);
});

suite('on terminals of any width', () => {
  for (const columns of [40, 60, 80, 100, 140, 300]) {
    test(`${columns} columns hold the table`, () => {
      const lines = textOf(singleStage, columns).split('\n');
      const table = lines.slice(
        lines.findIndex((line) => line.includes('made of')),
        lines.findIndex((line) => line.trim().startsWith('a multi-stage')),
      );
      assert.ok(table.length >= 9);
      for (const line of table) assert.ok(line.length <= Math.max(columns, 60), `${line.length}: ${line}`);
    });
  }

  test('colour changes nothing else', () => {
    const coloured = textInspection(shown(singleStage), { colour: true, columns: 140 });
    assert.notEqual(coloured, textOf(singleStage, 140));
    assert.equal(coloured.replace(/\u001b\[\d+m/g, ''), textOf(singleStage, 140));
  });
});

suite('the equation', () => {
  const rows = (facts: RunnableImageFacts) =>
    [...textOf(facts).matchAll(/^ +(?:made of +)?[+=]? ?([a-z ]+?) +([\d.]+ (?:bytes|KiB|MiB|GiB)) +([\d.]+) %/gm)].map(
      ([, name, size, percent]) => ({ name, size, percent: Number(percent) }),
    );

  test('has a summand for each category that has bytes, and the sum', () => {
    const names = rows(singleStage).map(({ name }) => name);
    assert.deepEqual(names, [
      'base image',
      'runtime and packages',
      'application',
      'build tools',
      'dev dependencies',
      'source',
      'package caches',
      'version control',
      'the image',
    ]);
  });

  test('shares add up to the whole, but for rounding', () => {
    const percents = rows(singleStage).map(({ percent }) => percent);
    const sum = percents.slice(0, -1).reduce((total, one) => total + one, 0);
    assert.equal(percents.at(-1), 100);
    assert.ok(Math.abs(sum - 100) < 0.5, String(sum));
  });

  test('marks what stays, what goes, and what is hidden', () => {
    const lines = textOf(recorded('python-single-stage')).split('\n');
    const line = (name: string) => lines.find((text) => text.includes(name)) ?? '';
    assert.match(line('base image'), /█/);
    assert.match(line('build tools'), /▒/);
    const hidden = sampleContents['python-single-stage'];
    assert.ok(hidden !== undefined);
    const categories = hidden.composition.categories.map((share) => ({ ...share, hiddenBytes: share.bytes }));
    const allHidden = withContent({ composition: { ...hidden.composition, categories } });
    assert.match(textOf(allHidden), /base image .*░/);
    assert.match(textOf(allHidden), /░ hidden by a later layer/);
  });

  test('an image with nothing left over is told so', () => {
    assert.match(textOf(recorded('go-service')), /nothing in it that a multi-stage build would leave out/);
  });

  test('what is hardly anything is not worth another Dockerfile', () => {
    const { composition } = contentFacts();
    const [share] = singleStage.content?.composition.categories.filter(({ category }) => category === 'source') ?? [];
    assert.ok(share !== undefined);
    const ofSource = (bytes: number): string =>
      textOf(withContent({ composition: { ...composition, categories: [{ ...share, bytes }] } }));
    const line = /a multi-stage build would leave out 236 bytes of it: not worth the while/;
    assert.match(ofSource(236), line);
    assert.doesNotMatch(ofSource(236), /leaves out \d/);
    for (const bytes of [2 ** 20, composition.bytes / 100]) {
      assert.match(ofSource(bytes), /a multi-stage build leaves out .* and ships/);
    }
  });

  test('an image without files has none', () => {
    const empty = { ...contentFacts().composition, bytes: 0 };
    assert.doesNotMatch(textOf(withContent({ composition: empty })), /made of/);
  });
});

suite('the other lines', () => {
  const rows: readonly (readonly [claim: string, content: Partial<ContentFacts>, line: RegExp])[] = [
    [
      'whom a user given by name is',
      { user: { kind: 'resolved', uid: 7, gid: 8 } },
      /user +app:app \(7:8 in the image\)/,
    ],
    ['that it is root', { user: { kind: 'resolved', uid: 0, gid: 0 } }, /app:app \(0:0 in the image, root\)/],
    [
      'that its group is not known',
      { user: { kind: 'uid-only', uid: 7, reason: 'unread' } },
      /7 in the image; its group is unread/,
    ],
    [
      'that nobody knows',
      { user: { kind: 'unresolved', what: 'user', reason: 'no-entry' } },
      /its user is not known: no-entry/,
    ],
    ['that nothing is wasted', {}, /wasted +nothing/],
    [
      'a file with a credential',
      { secrets: [fileSecret({ within: ['a.jar', 'b.env'], hidden: { by: 2, how: 'overwritten' } })] },
      /npm access token npm_… in \/root\/\.npmrc » a\.jar » b\.env, line 1, from layer 2 .*; overwritten by layer 3/s,
    ],
    [
      'a byte where there are no lines',
      { secrets: [fileSecret({ position: { kind: 'offset', offset: 9 } })] },
      /\.npmrc, byte 9/,
    ],
    [
      'how many more',
      { secrets: Array.from({ length: 30 }, (_, index) => fileSecret({ path: `/srv/${index}/key.pem` })) },
      /\/srv\/9\/key\.pem, line 1, .* and 20 more/,
    ],
    [
      'of too many in one folder the first',
      {
        secrets: [
          ...Array.from({ length: 30 }, (_, index) => fileSecret({ path: `/app/node_modules/${index}.pem` })),
          fileSecret({ path: '/app/.env' }),
        ],
      },
      /\/app\/node_modules\/0\.pem, line 1, from layer 2 \(\S+ \S+ \S+ \S+\); and 29 more like it under \/app\/node_modules npm access token npm_… in \/app\/\.env/,
    ],
    [
      'what was not opened, and why',
      { searched: { ...nothingSearched, nestedUnread: 3, unreadBecause: { encrypted: 1, 'too-deep': 2 } } },
      /3 nested archives not opened: 1 encrypted, 2 too-deep/,
    ],
    ['what was left out', { searched: { ...nothingSearched, secretsLeftOut: 4 } }, /4 more credentials in files/],
    [
      'what was not understood',
      {
        composition: {
          ...contentFacts().composition,
          unread: [{ layer: 0, path: 'app/package-lock.json', reason: 'too-large' }],
        },
      },
      /not understood: \/app\/package-lock\.json \(too-large\)/,
    ],
  ];
  for (const [claim, content, line] of rows) {
    test(`say ${claim}`, () => assert.match(textOf(withContent(content)).replace(/\n {10,}/g, ' '), line));
  }

  test('say why the layers are not read', () => {
    const facts = fullFacts();
    const inspection = inspectionOf(facts);
    assert.ok(inspection.kind === 'read');
    const contentFault = new Fault('image/unsupported', 'layer 2 is encrypted');
    const platforms = inspection.platforms.map((one) => ({
      ...one,
      outcome: { kind: 'facts', facts, contentFault } as const,
    }));
    const unread = { image, inspection: { ...inspection, platforms } };
    assert.match(textInspection(unread, { colour: false }), /unread +layer 2 is encrypted/);
    assert.deepEqual(JSON.parse(jsonInspection(unread)).platforms[0].contentFault, {
      code: 'image/unsupported',
      message: 'layer 2 is encrypted',
    });
  });

  test('print nothing of a stranger that moves the cursor or forges a line', () => {
    const { composition } = contentFacts();
    const leftovers = [
      { ...(sampleContents['go-single-stage']?.composition.leftovers[0] ?? []), name: hostileText },
    ].flatMap((one) => ('bytes' in one ? one : []));
    const categories = sampleContents['go-single-stage']?.composition.categories ?? [];
    const facts = withContent({
      secrets: [fileSecret({ path: hostileText, within: [hostileText] })],
      composition: {
        ...composition,
        categories,
        leftovers,
        unread: [{ layer: 0, path: hostileText, reason: 'unreadable' }],
      },
      filesystem: { ...contentFacts().filesystem, setuid: { count: 1, paths: [{ path: hostileText, layer: 0 }] } },
    });
    const text = textOf(facts);
    assert.equal(leftovers.length, 1);
    assert.ok(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(text));
    assert.ok(!/^ *ALLOW/m.test(text));
  });
});
