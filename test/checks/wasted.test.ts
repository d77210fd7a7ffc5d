// What the layers tell of size: uncompressed bytes, and bytes that no one needs, with the two instructions that lost them.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ReadImageFacts } from '../../src/checks/check.ts';
import type { HistoryFact, LayerFact } from '../../src/inspection/image-facts.ts';
import { imageFacts, layersOfSizes, readFacts } from '../support/facts.ts';
import { ask, failed, wants } from './ask.ts';

const MB = 1_000_000;

type Tree = ReadImageFacts['content']['tree'];
type Hidden = Tree['hidden'][number];

function lost(changes: Partial<Hidden>): Hidden {
  return { layer: 1, by: 2, how: 'deleted', files: 3, bytes: 10 * MB, compressedBytes: 4 * MB, ...changes };
}

/** An image whose layers were made by these instructions, from the lowest. */
function built(tree: Partial<Tree>, instructions: readonly string[] = []): ReadImageFacts {
  const layers = layersOfSizes(30, 20, 10).map((layer, index): LayerFact => ({ ...layer, history: index }));
  const history = instructions.map(
    (instruction, index): HistoryFact => ({ index, keyword: 'RUN', instruction, emptyLayer: false, layer: index }),
  );
  const coverage = { layers: 3, read: 3, history: instructions.length === 0 ? 'absent' : 'aligned' } as const;
  const whole = { bytes: 100 * MB, neededBytes: 100 * MB, wastedBytes: 0, layers: [], hidden: [], ...tree };
  return { ...readFacts({ tree: whole }, { layers, history, coverage }), coverage };
}

suite('uncompressed', () => {
  test('an image of exactly its budget passes', () => {
    assert.deepEqual(failed('size', { maxUncompressed: '100MB' }, { facts: built({}) }), []);
  });

  test('one byte more fails, with the size and the budget', () => {
    const [finding, ...others] = ask('size', { maxUncompressed: '100MB' }, { facts: built({ bytes: 100 * MB + 1 }) });
    assert.deepEqual(others, []);
    assert.equal(finding?.rule, 'size/uncompressed');
    assert.match(finding?.message ?? '', /100000001 bytes uncompressed, over its budget of 100000000 bytes/);
  });
});

suite('wasted', () => {
  const of = (wastedBytes: number, maxWastedPercent: number, hidden: readonly Hidden[] = [lost({})]) =>
    ask('size', { maxWastedPercent }, { facts: built({ wastedBytes, hidden }) });

  test('exactly the percentage passes, and a byte more fails', () => {
    assert.deepEqual(of(10 * MB, 10), []);
    assert.deepEqual(
      of(10 * MB + 1, 10).map(({ rule }) => rule),
      ['size/wasted'],
    );
  });

  test('0 percent allows none', () => {
    assert.deepEqual(of(0, 0), []);
    assert.equal(of(1, 0).length, 1);
  });

  test('an image without files wastes nothing', () => {
    const facts = built({ bytes: 0, neededBytes: 0 });
    assert.deepEqual(failed('size', { maxWastedPercent: 0 }, { facts }), []);
  });

  test('what rounds to the limit is told more exactly', () => {
    assert.match(of(10 * MB + 1, 10)[0]?.message ?? '', /^10\.01 % of the image is waste/);
    assert.match(
      of(15 * MB, 10)[0]?.message ?? '',
      /^15 % of the image is waste \(14\.3 MiB of 95\.4 MiB uncompressed\), over the 10 % allowed/,
    );
  });

  test('the pair that lost most is named, whatever it lost it by', () => {
    const hidden = [
      lost({ layer: 0, by: 1, bytes: 12 * MB }),
      lost({ layer: 1, by: 2, bytes: 9 * MB }),
      lost({ layer: 1, by: 2, how: 'overwritten', bytes: 8 * MB }),
    ];
    const [finding] = of(29 * MB, 10, hidden);
    assert.match(finding?.message ?? '', /: layer 2 added 16\.2 MiB that layer 3 deleted$/);
  });

  const instructions = ['ADD rootfs.tar /', 'RUN curl -o big https://example.com/big', 'RUN rm big'];
  const rows: readonly (readonly [
    claim: string,
    Partial<Hidden>,
    readonly string[],
    message: RegExp,
    advice: RegExp,
  ])[] = [
    [
      'a RUN that another RUN cleans up after',
      {},
      instructions,
      /layer 2 \(`RUN curl .*`\) added .* that layer 3 \(`RUN rm big`\) deleted/,
      /delete in the RUN that makes the files/,
    ],
    [
      'a COPY that a RUN deletes',
      {},
      ['ADD rootfs.tar /', 'COPY . .', 'RUN rm -rf tests'],
      /`COPY \. \.`/,
      /\.dockerignore.*--mount=type=bind/,
    ],
    ['a chown', { how: 'rewritten' }, instructions, /wrote again unchanged/, /COPY --chown=/],
    ['files written twice', { how: 'overwritten' }, instructions, /overwrote/, /write the files once/],
    ['a layer that hides its own', { by: 1 }, instructions, /added 9\.5 MiB twice over$/, /./],
    ['layers without history', {}, [], /layer 2 added 9\.5 MiB that layer 3 deleted/, /build stage/],
  ];
  for (const [claim, hidden, made, message, advice] of rows) {
    test(`${claim}: message and cure`, () => {
      const facts = built({ wastedBytes: 20 * MB, hidden: [lost(hidden)] }, made);
      const [finding] = ask('size', { maxWastedPercent: 10 }, { facts });
      assert.match(finding?.message ?? '', message);
      assert.match(finding?.advice ?? '', advice);
    });
  }

  test('the evidence is the layer that brought the bytes, and the one that made them needless', () => {
    const facts = built({ wastedBytes: 20 * MB, hidden: [lost({})] }, instructions);
    const [finding] = ask('size', { maxWastedPercent: 10 }, { facts });
    assert.deepEqual(finding?.evidence, {
      kind: 'layer',
      index: 1,
      digest: facts.layers[1]?.digest,
      size: 20,
      instruction: instructions[1],
      hiddenBy: { layer: facts.layers[2]?.digest, index: 2, instruction: 'RUN rm big' },
    });
  });
});

test('layers are read only where something in them is asked for', () => {
  const facts = imageFacts();
  assert.equal(wants('size', { maxCompressed: 1, maxLayers: 1, maxLayerCompressed: 1 }, { facts }), false);
  assert.equal(wants('size', { maxUncompressed: 1 }, { facts }), true);
  assert.equal(wants('size', { maxWastedPercent: 0 }, { facts }), true);
});
