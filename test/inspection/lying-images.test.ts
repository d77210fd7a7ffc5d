// Images that share a layer and do not agree on it: whoever lies is told so, and nobody else suffers.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import type { LayerFact, RunnableImageFacts } from '../../src/inspection/image-facts.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { image } from '../support/image.ts';
import { file } from '../support/tar.ts';
import { ask, bench, code, factsOf, held, one, settled } from './content-bench.ts';

const honest = factsOf(one);

/** The same image, saying something else of its first layer. */
function lying(change: Partial<LayerFact>): RunnableImageFacts {
  const layers = honest.layers.map((layer, index) => (index === 0 ? { ...layer, ...change } : layer));
  return { ...honest, digest: digestOf(JSON.stringify(change)), layers };
}

const size = honest.layers[0]?.size ?? 0;
const lies = [
  ['another diff id', lying({ diffId: digestOf('something else') }), 'integrity/diff-id'],
  ['too small a size', lying({ size: size - 1 }), 'integrity/size'],
  ['too large a size', lying({ size: size + 1 }), 'integrity/size'],
] as const;

for (const [what, liar, fault] of lies) {
  suite(`an image that gives a layer ${what}`, () => {
    test('contradicts itself', async () => {
      await assert.rejects(ask(bench([one]).content, liar), code(fault));
    });

    test('contradicts itself also when the layer is known', async () => {
      const { content } = bench([one]);
      await ask(content, honest);
      await assert.rejects(ask(content, liar, { repository: 'liar' }), code(fault));
      await assert.rejects(ask(content, liar, { repository: 'liar', grant: 'requester' }), code(fault));
    });

    for (const order of ['first', 'second'] as const) {
      test(`does no harm to an honest one when it asks ${order}`, async () => {
        const gate = held();
        const { content, clock } = bench([one], { until: gate.until });
        const asking = [honest, liar].map((facts) => () => ask(content, facts, { repository: facts.digest.slice(-9) }));
        const [first, second] = order === 'first' ? asking.toReversed() : asking;
        const answers = Promise.allSettled([first?.(), second?.()]);
        await settled();
        gate.release();
        const [early, late] = await clock.passUntil(answers);
        const [good, bad] = order === 'first' ? [late, early] : [early, late];
        assert.equal(good.status, 'fulfilled');
        assert.ok(bad.status === 'rejected' && code(fault)(bad.reason));
        await ask(content, honest);
      });
    }
  });
}

suite('an image that names one layer twice', () => {
  const twice = (change: Partial<LayerFact>): RunnableImageFacts => {
    const [first] = honest.layers;
    assert.ok(first);
    const layers = [
      { ...first, ...change },
      { ...first, index: 1 },
    ];
    return { ...honest, layers };
  };

  test('and says the same of it both times has its content twice', async () => {
    const { content, opened } = bench([one]);
    const { tree, plainBytes } = await ask(content, twice({}));
    assert.deepEqual([opened.length, tree.layers.length], [1, 2]);
    assert.equal(plainBytes % 2, 0);
  });

  const contradictions = [
    ['two diff ids', twice({ diffId: digestOf('something else') }), 'integrity/diff-id'],
    ['two sizes', twice({ size: size + 1 }), 'integrity/size'],
  ] as const;
  for (const [what, facts, fault] of contradictions) {
    test(`and gives it ${what} contradicts itself, whichever comes first`, async () => {
      for (const layers of [facts.layers, facts.layers.toReversed()]) {
        const { content, clock } = bench([one]);
        await clock.passUntil(assert.rejects(ask(content, { ...facts, layers }), code(fault)));
      }
    });
  }

  test('and gives it two kinds is read in the one that can be, and refused for the other', async () => {
    await assert.rejects(ask(bench([one]).content, twice({ kind: 'foreign' })), code('image/unsupported'));
  });
});

suite('an image in a repository that does not have its layer', () => {
  test('does no harm to one that has it and asks meanwhile', async () => {
    const gate = held();
    const { content, opened } = bench([one], {
      before: () => gate.until,
      refuse: (repository) =>
        repository === 'app' ? undefined : new Fault('registry/not-found', 'there is no such blob'),
    });
    const wrong = assert.rejects(ask(content, honest, { repository: 'thief' }), code('registry/not-found'));
    await settled();
    const right = ask(content, honest);
    gate.release();
    await Promise.all([wrong, right]);
    assert.deepEqual(
      opened.map((line) => line.split(' ')[0]),
      ['thief', 'thief', 'app', 'app'],
    );
  });
});

suite('an image of odd layers', () => {
  test('has as many as there may be, all of them empty', async () => {
    let built = image();
    for (let count = 0; count < 127; count += 1) built = built.layer([]);
    const { content, opened } = bench([built.build()]);
    const { tree } = await ask(content, factsOf(built.build()));
    assert.deepEqual([opened.length, tree.layers.length, tree.bytes], [1, 127, 0]);
  });

  test('has blobs of no bytes at all', async () => {
    const nothing = Buffer.alloc(0);
    const built = image().rawLayer({ bytes: nothing }).rawLayer({ bytes: nothing }).build();
    assert.equal((await ask(bench([built]).content, factsOf(built))).tree.bytes, 0);
  });

  const types = [
    ['of a type that is not to be distributed', 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', {}],
    ['of the foreign type', 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', {}],
    ['that lies elsewhere', undefined, { urls: ['https://elsewhere.example.com/layer'] }],
    ['that is encrypted', 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted', {}],
    ['of a type that nobody knows', 'application/vnd.example.layer', {}],
  ] as const;
  for (const [claim, mediaType, extra] of types) {
    test(`has one ${claim}: it is not read, and not downloaded`, async () => {
      const layer = { bytes: Buffer.from('x'), extra, ...(mediaType === undefined ? {} : { mediaType }) };
      const built = image()
        .layer([file('a')])
        .rawLayer(layer)
        .build();
      const { content, opened } = bench([built]);
      await assert.rejects(ask(content, factsOf(built)), (thrown) => {
        assert.ok(thrown instanceof Fault && thrown.code === 'image/unsupported');
        assert.match(thrown.message, /^layer 2 of 2: /);
        return true;
      });
      assert.ok(!opened.some((line) => line.endsWith(` ${built.layers[1]?.digest}`)));
    });
  }
});
