// Size budgets: what passes at the limit, what fails beyond it, and what the advice is made from.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HistoryFact, RunnableImageFacts } from '../../src/inspection/image-facts.ts';
import { artifactFacts, imageFacts, layersOfSizes } from '../support/facts.ts';
import { ask, failed, problemsOf } from './ask.ts';

const MiB = 1024 * 1024;
const of = (bytes: number) => ({ facts: imageFacts({ compressedSize: bytes }) });
const layers = (...sizes: readonly number[]) => ({ facts: imageFacts({ layers: layersOfSizes(...sizes) }) });

type Row = readonly [claim: string, Parameters<typeof failed>, readonly string[]];

const rows: readonly Row[] = [
  ['an image of exactly its budget passes', ['size', { maxCompressed: '250Mi' }, of(250 * MiB)], []],
  ['one byte more fails', ['size', { maxCompressed: '250Mi' }, of(250 * MiB + 1)], ['size/compressed']],
  ['MB is a million bytes', ['size', { maxCompressed: '500MB' }, of(500_000_001)], ['size/compressed']],
  ['Mi is more than M', ['size', { maxCompressed: '500Mi' }, of(500_000_001)], []],
  ['a number is bytes', ['size', { maxCompressed: 1000 }, of(1001)], ['size/compressed']],
  ['a layer of exactly its limit passes', ['size', { maxLayerCompressed: '1Mi' }, layers(MiB, 10)], []],
  ['a layer one byte larger fails', ['size', { maxLayerCompressed: '1Mi' }, layers(MiB + 1, 10)], ['size/layer']],
  [
    'every layer that is too large is told',
    ['size', { maxLayerCompressed: '1Mi' }, layers(2 * MiB, 10, 3 * MiB)],
    ['size/layer', 'size/layer'],
  ],
  ['as many layers as allowed pass', ['size', { maxLayers: 3 }, layers(1, 2, 3)], []],
  ['one layer more fails', ['size', { maxLayers: 3 }, layers(1, 2, 3, 4)], ['size/layers']],
  ['what is not asked for is not judged', ['size', { maxLayers: 3 }, of(9e15)], []],
  [
    'an artifact has a size as well',
    ['size', { maxCompressed: 1000 }, { facts: artifactFacts({ compressedSize: 2000 }) }],
    ['size/compressed'],
  ],
];

for (const [claim, asked, expected] of rows) {
  test(claim, () => assert.deepEqual(failed(...asked), expected));
}

test('a layer that is listed twice is told once', () => {
  const [layer] = layersOfSizes(2 * MiB);
  assert.ok(layer !== undefined);
  const facts = imageFacts({ layers: [layer, { ...layer, index: 1 }] });
  assert.deepEqual(failed('size', { maxLayerCompressed: '1Mi' }, { facts }), ['size/layer']);
});

test('the message has the size and the budget', () => {
  const [finding] = ask('size', { maxCompressed: '250Mi' }, of(300 * MiB));
  assert.equal(finding?.message, 'the image is 300 MiB compressed, over its budget of 250 MiB');
});

test('sizes that round to the same text are told in bytes', () => {
  const [finding] = ask('size', { maxCompressed: '250Mi' }, of(250 * MiB + 1));
  assert.equal(finding?.message, 'the image is 262144001 bytes compressed, over its budget of 262144000 bytes');
});

const withInstruction = (instruction: string, changes: Partial<RunnableImageFacts> = {}) => {
  const history: readonly HistoryFact[] = [
    { index: 0, keyword: 'ADD', instruction: 'ADD rootfs.tar.xz /', emptyLayer: false, layer: 0 },
    { index: 1, keyword: 'RUN', instruction, emptyLayer: false, layer: 1 },
  ];
  const [base, top] = layersOfSizes(MiB, 9 * MiB);
  assert.ok(base !== undefined && top !== undefined);
  return imageFacts({
    layers: [
      { ...base, history: 0 },
      { ...top, history: 1 },
    ],
    history,
    coverage: { layers: 2, read: 0, history: 'aligned' },
    ...changes,
  });
};

const cures: readonly (readonly [claim: string, instruction: string, advice: RegExp])[] = [
  ['compilers belong into a build stage', 'RUN apt-get update && apt-get install -y build-essential', /build stage/],
  ['headers are compilers to an image', 'RUN apk add libpq-dev', /compilers or headers/],
  ['npm installs production dependencies only', 'RUN npm install', /npm ci --omit=dev/],
  ['pip installs into a virtualenv', 'RUN pip install -r requirements.txt', /virtualenv/],
  ['a compiled program is copied alone', 'RUN go build ./...', /COPY only the binary/],
  ['apt cleans up in the same RUN', 'RUN apt-get install -y curl', /--no-install-recommends/],
  ['chown copies files', 'RUN chown -R app /srv', /COPY --chown/],
  ['COPY . . asks for a .dockerignore', 'COPY . /app', /\.dockerignore/],
];

for (const [claim, instruction, advice] of cures) {
  test(`advice from the largest layer: ${claim}`, () => {
    const [finding] = ask('size', { maxCompressed: '5Mi' }, { facts: withInstruction(instruction) });
    assert.match(finding?.advice ?? '', advice);
    assert.match(finding?.advice ?? '', /^the largest layer is 2 of 2 \(9 MiB, `/);
  });
}

test('a large first layer that was added is the base image', () => {
  const [small, large] = layersOfSizes(100, 9 * MiB);
  assert.ok(small !== undefined && large !== undefined);
  const facts = withInstruction('RUN true', {
    layers: [
      { ...large, index: 0, history: 0 },
      { ...small, index: 1, history: 1 },
    ],
  });
  assert.match(ask('size', { maxCompressed: '5Mi' }, { facts })[0]?.advice ?? '', /most of it is the base image/);
});

test('no instruction is blamed when history and layers do not line up', () => {
  const facts = withInstruction('RUN npm install', { coverage: { layers: 2, read: 0, history: 'counts-differ' } });
  const [finding] = ask('size', { maxLayerCompressed: '5Mi' }, { facts });
  assert.ok(finding?.evidence.kind === 'layer');
  assert.equal(finding.evidence.instruction, undefined);
  assert.doesNotMatch(finding.advice, /npm install/);
});

test('control characters of an instruction do not reach the advice', () => {
  const [finding] = ask('size', { maxLayerCompressed: '5Mi' }, { facts: withInstruction('RUN x\u001b[31m\ny') });
  assert.doesNotMatch(finding?.advice ?? '', /[\u0000-\u001f]/);
  assert.match(finding?.advice ?? '', /RUN x\\u001b/);
});

test('a size of zero, nonsense and beyond what is safe is refused', () => {
  assert.match(problemsOf('size', { maxCompressed: '0' }).join(), /^maxCompressed: a size of 0/);
  assert.match(problemsOf('size', { maxCompressed: 'much' }).join(), /^maxCompressed: "much" is no size/);
  assert.match(
    problemsOf('size', { maxCompressed: '9007199254740993' }).join(),
    /^maxCompressed: .*larger than any size/,
  );
});
