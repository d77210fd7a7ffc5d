// Reading what layers tell: each layer once, shown to whom it may be shown; who waits gets an answer in time; what is kept answers the retry.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { Fault } from '../../src/base/fault.ts';
import { detectorRevision } from '../../src/inspection/detector-revision.ts';
import type { FactsStore } from '../../src/inspection/facts-store.ts';
import { type EncodedLayer, layerRecordSchema } from '../../src/inspection/layer-record.ts';
import { image } from '../support/image.ts';
import { file } from '../support/tar.ts';
import { ask, bench, code, factsOf, held, one, other } from './content-bench.ts';
import { mapStore } from './inspect-bench.ts';

suite('each layer once', () => {
  test('is read, folded, and kept with the facts of the image', async () => {
    const { content, store, opened } = bench([other]);
    const facts = factsOf(other);
    const read = await ask(content, facts);
    assert.equal(read.tree.wastedBytes, 2000);
    assert.equal(opened.length, 2);
    const kept = await store.get(other.digest);
    assert.ok(kept?.kind === 'facts' && kept.facts.kind === 'image');
    assert.deepEqual(kept.facts.content, read);
    assert.deepEqual([kept.facts.coverage.layers, kept.facts.coverage.read], [2, 2]);
  });

  test('for fifty who ask at once, of two images on one base', async () => {
    const { content, opened, work } = bench([one, other]);
    const facts = [factsOf(one), factsOf(other)];
    await Promise.all(Array.from({ length: 50 }, (_, index) => ask(content, facts[index % 2] ?? factsOf(one))));
    assert.equal(opened.length, 3);
    assert.equal(work.folds, 2);
  });

  test('also when one image has it twice', async () => {
    const twice = image()
      .layer([file('a', 'same')])
      .layer([file('a', 'same')])
      .build();
    const { content, opened } = bench([twice]);
    const { tree } = await ask(content, factsOf(twice));
    assert.equal(opened.length, 1);
    assert.equal(tree.layers.length, 2);
  });

  test('of an image without layers is none', async () => {
    const empty = image().build();
    const { content } = bench([empty]);
    assert.equal((await ask(content, factsOf(empty))).tree.bytes, 0);
  });
});

suite('who waits', () => {
  test('gets image/pending with the progress when the deadline passes; the reading goes on, and answers the retry', async () => {
    const gate = held();
    const { content, opened, store } = bench([one], { before: () => gate.until });
    const controller = new AbortController();
    const waiting = ask(content, factsOf(one), { signal: controller.signal });
    controller.abort();
    await assert.rejects(waiting, (thrown) => {
      assert.ok(thrown instanceof Fault && thrown.code === 'image/pending');
      assert.match(thrown.message, /0 of 2 layers, 0 bytes of \d+ bytes/);
      return true;
    });
    const retry = ask(content, factsOf(one));
    gate.release();
    await retry;
    assert.equal(opened.length, 2);
    assert.ok((await store.get(one.digest)) !== undefined);
  });

  test('goes before who does not, also when that one began', async () => {
    const gate = held();
    const { content, work } = bench([one], { before: () => gate.until });
    const background = ask(content, factsOf(one), { priority: 'background' });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(work.raised, []);
    const waiting = ask(content, factsOf(one));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(work.raised.toSorted(), one.layers.map(({ digest }) => digest).toSorted());
    gate.release();
    await Promise.all([background, waiting]);
  });

  test('goes before who does not, also when both ask in the same moment', async () => {
    const { content, work } = bench([one]);
    const both = [ask(content, factsOf(one), { priority: 'background' }), ask(content, factsOf(one))];
    await Promise.all(both);
    assert.deepEqual(work.raised.toSorted(), one.layers.map(({ digest }) => digest).toSorted());
  });

  test('is told to come again when the queue of images is full', async () => {
    const full = new Fault('limit', 'the queue is full', { limit: 'maxQueuedFolds' });
    let isFull = true;
    const { content } = bench([one], {
      beforeFold: async () => {
        if (isFull) throw full;
      },
    });
    await assert.rejects(ask(content, factsOf(one)), code('image/pending'));
    isFull = false;
    await ask(content, factsOf(one));
  });

  test('is told to come again when the queue is full', async () => {
    const full = new Fault('limit', 'the queue is full', { limit: 'maxQueuedLayers' });
    let isFull = true;
    const { content } = bench([one], {
      before: async () => {
        if (isFull) throw full;
      },
    });
    await assert.rejects(ask(content, factsOf(one)), code('image/pending'));
    isFull = false;
    await ask(content, factsOf(one));
  });
});

suite('a layer that is known', () => {
  test('from an anonymous reading is shown to every repository', async () => {
    const { content, opened, heads } = bench([one, other]);
    await ask(content, factsOf(one), { repository: 'open' });
    await ask(content, factsOf(other), { repository: 'elsewhere' });
    assert.equal(opened.length, 3);
    assert.deepEqual(heads, []);
  });

  test('from a private reading is shown to another repository only when that one has it', async () => {
    const { content, opened, heads } = bench([one, other], { has: (repository) => repository !== 'thief' });
    await ask(content, factsOf(one), { repository: 'secret', grant: 'requester' });
    await assert.rejects(
      ask(content, factsOf(other), { repository: 'thief', grant: 'requester' }),
      code('registry/not-found'),
    );
    await ask(content, factsOf(other), { repository: 'friend', grant: 'requester' });
    assert.equal(opened.filter((line) => line.endsWith(` ${one.layers[0]?.digest}`)).length, 1);
    assert.equal(heads.length, 3, 'the base by thief and friend, and the layer that thief has read by friend');
    await assert.rejects(
      ask(content, factsOf(other), { repository: 'thief', grant: 'requester' }),
      code('registry/not-found'),
      'what a friend was shown opens nothing to others',
    );
  });

  test('from a private reading that is under way is shown to nobody who may not have it either', async () => {
    const gate = held();
    const { content, opened } = bench([one], { before: () => gate.until, has: (repository) => repository !== 'thief' });
    const owner = ask(content, factsOf(one), { repository: 'secret', grant: 'requester' });
    const others = ['thief', 'friend'].map((repository) =>
      ask(content, factsOf(one), { repository, grant: 'requester' }),
    );
    const refused = assert.rejects(others[0] ?? owner, code('registry/not-found'));
    gate.release();
    await refused;
    assert.deepEqual(await others[1], await owner);
    assert.equal(opened.length, 2);
  });

  test('from a private reading is shown to every repository once anyone may have it from one', async () => {
    const { content, opened, heads } = bench([one], { has: (repository) => repository !== 'thief' });
    await ask(content, factsOf(one), { repository: 'secret', grant: 'requester' });
    await ask(content, factsOf(one), { repository: 'open', grant: 'anonymous' });
    const asked = heads.length;
    await ask(content, factsOf(one), { repository: 'thief', grant: 'requester' });
    assert.deepEqual([heads.length, opened.length], [asked, 2]);
  });

  test('and that a config gives another diff id is of an image that contradicts itself', async () => {
    const { content } = bench([one]);
    const facts = factsOf(one);
    await ask(content, facts);
    const [first, second] = facts.layers;
    assert.ok(first?.diffId && second?.diffId);
    const lying = { ...facts, layers: [{ ...first, diffId: second.diffId }, second] };
    await assert.rejects(ask(content, lying, { repository: 'liar' }), code('integrity/diff-id'));
  });
});

suite('what was kept of a layer and cannot be used', () => {
  const shapes: readonly (readonly [claim: string, spoil: (layer: EncodedLayer) => Partial<EncodedLayer>])[] = [
    ['because it is damaged', ({ bytes }) => ({ bytes: bytes.subarray(1) })],
    ['because it is of another layer', () => ({ bytes: zstdCompressSync(JSON.stringify({ schema: 1, layer: {} })) })],
    ['because something else lies under its schema', () => ({ bytes: zstdCompressSync('{"schema":99}') })],
    ['though a newer revision wrote it', () => ({ bytes: Buffer.from('?'), detectors: detectorRevision + 1 })],
  ];
  for (const [claim, spoil] of shapes) {
    test(`${claim}: is told, read again alone, and replaced`, async () => {
      const first = bench([one]);
      const expected = await ask(first.content, factsOf(one));
      const [base] = one.layers;
      const kept = base && (await first.store.getLayer(base.digest));
      assert.ok(kept);
      const spoilt = { ...kept, layer: { ...kept.layer, ...spoil(kept.layer) } };
      const store = mapStore();
      await store.putLayer(spoilt);
      const { content, opened, unreadable } = bench([one, other], { store });
      assert.deepEqual(await ask(content, factsOf(one)), expected);
      assert.deepEqual(unreadable, [kept.layer.digest]);
      assert.equal(opened.length, 2);
      await ask(content, factsOf(other));
      assert.equal(opened.length, 3, 'the base is whole again');
      assert.equal(unreadable.length, 1);
    });
  }

  test('nor can what was read anew: is a bug, and nobody is told to wait', async () => {
    const { content, opened } = bench([one], { spoil: (layer) => ({ ...layer, bytes: Buffer.from('?') }) });
    await assert.rejects(ask(content, factsOf(one)), code('internal'));
    assert.equal(opened.length, 4);
  });

  test('because its schema is another: is read again', async () => {
    const first = bench([one]);
    await ask(first.content, factsOf(one));
    const store = mapStore();
    for (const { digest } of one.layers) {
      const kept = await first.store.getLayer(digest);
      assert.ok(kept);
      await store.putLayer({ ...kept, layer: { ...kept.layer, schema: layerRecordSchema - 1 } });
    }
    const { content, opened, unreadable } = bench([one], { store });
    await ask(content, factsOf(one));
    assert.deepEqual([opened.length, unreadable.length], [2, 0]);
  });
});

suite('what an older revision of the detectors found', () => {
  test('decides for who waits, and is read again for who does not', async () => {
    const store = mapStore();
    const { content, opened } = bench([one], { store });
    await ask(content, factsOf(one));
    assert.equal(opened.length, 2);
    const old: FactsStore = {
      ...store,
      getLayer: async (digest) => {
        const kept = await store.getLayer(digest);
        return kept && { ...kept, layer: { ...kept.layer, detectors: 0 } };
      },
    };
    const later = bench([one], { store: old });
    await ask(later.content, factsOf(one));
    assert.deepEqual(later.opened, []);
    await ask(later.content, factsOf(one), { priority: 'background' });
    assert.equal(later.opened.length, 2);
  });
});

suite('trouble', () => {
  test('that lies in the layer is remembered, and the layer not downloaded again', async () => {
    const broken = image()
      .rawLayer({ bytes: Buffer.from('no archive at all, in no way '.repeat(40)) })
      .build();
    const { content, opened } = bench([broken]);
    for (let time = 0; time < 3; time += 1) {
      await assert.rejects(ask(content, factsOf(broken)), (thrown) => thrown instanceof Fault);
    }
    assert.equal(opened.length, 1);
  });

  test('that lies in the image is remembered, and the image not folded again, whoever asks', async () => {
    const { content, work } = bench([one], {
      beforeFold: () => Promise.reject(new Fault('limit', 'too many entries', { limit: 'maxImageEntries' })),
    });
    for (const repository of ['a', 'a', 'b']) {
      await assert.rejects(ask(content, factsOf(one), { repository }), code('limit'));
    }
    assert.equal(work.folds, 1);
  });

  test('that lies in an image is not told to who may not have its layers', async () => {
    const { content } = bench([one], {
      has: () => false,
      beforeFold: () => Promise.reject(new Fault('limit', 'too many entries', { limit: 'maxImageEntries' })),
    });
    await assert.rejects(ask(content, factsOf(one), { repository: 'secret', grant: 'requester' }), code('limit'));
    await assert.rejects(
      ask(content, factsOf(one), { repository: 'thief', grant: 'requester' }),
      code('registry/not-found'),
    );
  });

  test('names the layer, and keeps what it is', async () => {
    const retryAtMs = 1_800_000_000_000;
    const busy = new Fault('registry/rate-limited', 'slow down', { retryAtMs });
    const { content } = bench([one], { refuse: (_, digest) => (digest === one.layers[1]?.digest ? busy : undefined) });
    await assert.rejects(ask(content, factsOf(one)), (thrown) => {
      assert.ok(thrown instanceof Fault);
      const { code, message, limit } = thrown;
      assert.deepEqual(
        { code, message, limit, retryAtMs: thrown.retryAtMs, cause: thrown.cause },
        { code: busy.code, message: 'layer 2 of 2: slow down', limit: undefined, retryAtMs, cause: busy },
      );
      return true;
    });
  });

  test('that lies in the network is not', async () => {
    let isDown = true;
    const down = new Fault('registry/unreachable', 'the registry is down');
    const { content } = bench([one], { refuse: () => (isDown ? down : undefined) });
    await assert.rejects(ask(content, factsOf(one)), code('registry/unreachable'));
    isDown = false;
    await ask(content, factsOf(one));
  });

  test('that is of a kind which is not read costs no download', async () => {
    const odd = image()
      .rawLayer({ bytes: Buffer.from('x'), mediaType: 'application/vnd.oci.image.layer.v1.tar+encrypted' })
      .build();
    const { content, opened } = bench([odd]);
    await assert.rejects(ask(content, factsOf(odd)), code('image/unsupported'));
    assert.deepEqual(opened, []);
  });

  test("with somebody's credentials costs all others one more reading, and not one each", async () => {
    const gate = held();
    let refusals = 2;
    const { content, work, opened } = bench([one], {
      before: () => gate.until,
      refuse: () => {
        refusals -= 1;
        return refusals < 0 ? undefined : new Fault('registry/unauthorized', 'wrong password');
      },
    });
    const wrong = assert.rejects(ask(content, factsOf(one), { credential: 'wrong' }), code('registry/unauthorized'));
    const right = Array.from({ length: 20 }, () => ask(content, factsOf(one), { credential: 'right' }));
    gate.release();
    await Promise.all([wrong, ...right]);
    assert.deepEqual([opened.length, work.folds], [4, 1]);
  });

  test("with somebody's credentials is that one's alone", async () => {
    const gate = held();
    let refusals = 2;
    const { content } = bench([one], {
      before: () => gate.until,
      refuse: () => {
        refusals -= 1;
        return refusals < 0 ? undefined : new Fault('registry/unauthorized', 'wrong password');
      },
    });
    const wrong = ask(content, factsOf(one), { grant: 'requester', credential: 'wrong' });
    const right = ask(content, factsOf(one), { grant: 'requester', credential: 'right' });
    gate.release();
    await assert.rejects(wrong, code('registry/unauthorized'));
    await right;
  });
});
