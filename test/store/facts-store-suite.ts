// What every store of facts must do, whatever it keeps them in.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { detectorRevision } from '../../src/inspection/detector-revision.ts';
import type { FactsStore, StoredDocument } from '../../src/inspection/facts-store.ts';
import { factsSchema } from '../../src/inspection/image-facts.ts';
import type { EncodedLayer } from '../../src/inspection/layer-record.ts';
import type { StoredLayer } from '../../src/inspection/stored-layer.ts';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import { encodedLayer } from '../support/encoded-layer.ts';

/** Makes a new, empty store with room for a mebibyte of each kind; `now` is its clock. */
export type OpenStore = (t: TestContext, now: () => number) => Promise<FactsStore>;

/** A claim about every store, and what proves it. */
type Claims = Readonly<Record<string, (store: FactsStore, clock: { nowMs: number }) => Promise<void>>>;

/** Registers the tests. */
export function testFactsStore(name: string, open: OpenStore): void {
  for (const [claim, prove] of Object.entries({ ...aboutDocuments, ...aboutLayers, ...aboutClaims, ...aboutBoth })) {
    test(`${name} ${claim}`, async (t) => {
      const clock = { nowMs: Date.parse('2026-11-23T10:00:00Z') };
      const store = await open(t, () => clock.nowMs);
      try {
        await prove(store, clock);
      } finally {
        await store.close();
      }
    });
  }
}

const aboutDocuments: Claims = {
  'knows nothing of a digest that was never put': async (store) => {
    assert.equal(await store.get(digestOf('never')), undefined);
  },
  'gives facts back as they were put': async (store) => {
    const document = artifactFacts(digestOf('a'));
    await store.put(digestOf('a'), document);
    assert.deepEqual(await store.get(digestOf('a')), document);
  },
  'gives an index back with the bytes its descriptors embed': async (store) => {
    const document = indexOf([digestOf('child')], new Uint8Array([0, 1, 255]));
    await store.put(digestOf('index'), document);
    const found = await store.get(digestOf('index'));
    assert.ok(found?.kind === 'index');
    assert.deepEqual(found.index.manifests[0]?.data, new Uint8Array([0, 1, 255]));
    assert.equal(found.index.manifests[0]?.digest, digestOf('child'));
    assert.equal(found.index.annotations['toString'], undefined);
  },
  'has nothing else at hand than what it gives': async (store) => {
    assert.equal(store.atHand(digestOf('a')), undefined);
    await store.put(digestOf('a'), artifactFacts(digestOf('a')));
    assert.deepEqual(store.atHand(digestOf('a')) ?? artifactFacts(digestOf('a')), await store.get(digestOf('a')));
  },
  'keeps documents of different digests apart, whatever their algorithm': async (store) => {
    const digests = [digestOf('a'), digestOf('a', 'sha512'), digestOf('b')];
    for (const digest of digests) await store.put(digest, artifactFacts(digest));
    for (const digest of digests) assert.deepEqual(await store.get(digest), artifactFacts(digest));
  },
  'replaces what was put before under the same digest': async (store) => {
    await store.put(digestOf('a'), artifactFacts(digestOf('a')));
    const newer = artifactFacts(digestOf('a'), { annotations: { read: 'again' } });
    await store.put(digestOf('a'), newer);
    assert.deepEqual(await store.get(digestOf('a')), newer);
  },
  'keeps annotations whose names mean something to JavaScript': async (store) => {
    const annotations: Record<string, string> = Object.create(null);
    for (const key of ['__proto__', 'constructor', 'hasOwnProperty']) annotations[key] = 'data';
    await store.put(digestOf('a'), artifactFacts(digestOf('a'), { annotations }));
    const found = await store.get(digestOf('a'));
    assert.ok(found?.kind === 'facts');
    assert.deepEqual(Object.entries(found.facts.annotations), Object.entries(annotations));
    assert.equal(found.facts.annotations['toString'], undefined);
  },
  'survives many writers of one digest at once': async (store) => {
    const document = artifactFacts(digestOf('a'));
    await Promise.all(Array.from({ length: 20 }, () => store.put(digestOf('a'), document)));
    assert.deepEqual(await store.get(digestOf('a')), document);
  },
};

const aboutLayers: Claims = {
  'knows nothing of a layer that was never put': async (store) => {
    assert.equal(await store.getLayer(digestOf('never')), undefined);
  },
  'gives a layer back as it was put': async (store) => {
    const stored = storedLayer('a', { bytes: allBytes });
    await store.putLayer(stored);
    assertSameLayer(await store.getLayer(digestOf('a')), stored);
  },
  'keeps a layer and a document under one digest apart': async (store) => {
    await store.put(digestOf('a'), artifactFacts(digestOf('a')));
    assert.equal(await store.getLayer(digestOf('a')), undefined);
    await store.putLayer(storedLayer('a'));
    assert.deepEqual(await store.get(digestOf('a')), artifactFacts(digestOf('a')));
    assertSameLayer(await store.getLayer(digestOf('a')), storedLayer('a'));
  },
  'keeps layers of different algorithms apart': async (store) => {
    for (const algorithm of ['sha256', 'sha384', 'sha512']) {
      await store.putLayer(storedLayer('a', { digest: digestOf('a', algorithm), bytes: Buffer.from(algorithm) }));
    }
    for (const algorithm of ['sha256', 'sha384', 'sha512']) {
      const found = await store.getLayer(digestOf('a', algorithm));
      assert.equal(found && Buffer.from(found.layer.bytes).toString(), algorithm);
    }
  },
  'adds the proofs of a layer that is put again': async (store) => {
    await store.putLayer(storedLayer('a', {}, 'one.example.com'));
    await store.putLayer(storedLayer('a', {}, 'two.example.com'));
    const found = await store.getLayer(digestOf('a'));
    assert.deepEqual(
      found?.provenBy.map(({ registry }) => registry),
      ['one.example.com', 'two.example.com'],
    );
  },
  'does not let an older revision undo a newer one': async (store) => {
    await store.putLayer(storedLayer('a', { detectors: 2, bytes: Buffer.from('newer') }, 'one.example.com'));
    await store.putLayer(storedLayer('a', { detectors: 1, bytes: Buffer.from('older') }, 'two.example.com'));
    const found = await store.getLayer(digestOf('a'));
    assert.equal(found?.layer.detectors, 2);
    assert.equal(Buffer.from(found.layer.bytes).toString(), 'newer');
    assert.equal(found.provenBy.length, 2);
  },
  'adds all proofs of many who put one layer at once': async (store) => {
    const registries = Array.from({ length: 20 }, (_, index) => `${index}.example.com`);
    await Promise.all(registries.map((registry) => store.putLayer(storedLayer('a', {}, registry))));
    const found = await store.getLayer(digestOf('a'));
    assert.deepEqual(new Set(found?.provenBy.map(({ registry }) => registry)), new Set(registries));
  },
  'keeps the bytes as they were, whatever becomes of the memory they came in': async (store) => {
    const memory = Buffer.from('before and after');
    const stored = storedLayer('a', { bytes: memory.subarray(0, 6) });
    await store.putLayer(stored);
    memory.fill(0, 7);
    const found = await store.getLayer(digestOf('a'));
    assert.equal(found && Buffer.from(found.layer.bytes).toString(), 'before');
    assert.equal(found?.layer.bytes.buffer.byteLength, 6);
  },
  'forgets one layer, with all that proved it': async (store) => {
    await store.putLayer(storedLayer('a', { detectors: 2 }, 'one.example.com'));
    await store.putLayer(storedLayer('b'));
    await store.forgetLayer(digestOf('a'));
    assert.equal(await store.getLayer(digestOf('a')), undefined);
    assertSameLayer(await store.getLayer(digestOf('b')), storedLayer('b'));
    await store.putLayer(storedLayer('a', { detectors: 1 }, 'two.example.com'));
    assertSameLayer(await store.getLayer(digestOf('a')), storedLayer('a', { detectors: 1 }, 'two.example.com'));
  },
  'forgets a layer that it never knew, and no document': async (store) => {
    await store.put(digestOf('a'), artifactFacts(digestOf('a')));
    await store.forgetLayer(digestOf('a'));
    assert.deepEqual(await store.get(digestOf('a')), artifactFacts(digestOf('a')));
  },
  'does not keep a layer larger than all its room, and loses no other for it': async (store) => {
    await store.putLayer(storedLayer('small'));
    await store.putLayer(storedLayer('large', { bytes: new Uint8Array(2 * 1024 * 1024) }));
    assert.ok((await store.getLayer(digestOf('large'))) === undefined, 'the large layer is there');
    assertSameLayer(await store.getLayer(digestOf('small')), storedLayer('small'));
  },
};

const aboutClaims: Claims = {
  'gives the right to one piece of work to one of those who ask': async (store) => {
    const claims = await Promise.all(Array.from({ length: 10 }, () => store.claim('work', 1_000)));
    assert.equal(claims.filter((claim) => claim !== undefined).length, 1);
  },
  'keeps pieces of work apart': async (store) => {
    for (const key of ['work', 'work ', 'other', "o'clock", 'größer', '']) {
      assert.ok(await store.claim(key, 1_000), key);
    }
  },
  'gives the right again once it was released': async (store) => {
    const claim = await store.claim('work', 1_000);
    await claim?.release();
    assert.ok(await store.claim('work', 1_000));
  },
  'gives the right again once it has expired, and not before': async (store, clock) => {
    await store.claim('work', 1_000);
    clock.nowMs += 999;
    assert.equal(await store.claim('work', 1_000), undefined);
    clock.nowMs += 1;
    assert.ok(await store.claim('work', 1_000));
  },
  'does not let a claim that expired release the one that followed': async (store, clock) => {
    const first = await store.claim('work', 1_000);
    clock.nowMs += 1_000;
    await store.claim('work', 1_000);
    await first?.release();
    assert.equal(await store.claim('work', 1_000), undefined);
  },
  'makes a claim last as long again when it is renewed': async (store, clock) => {
    const claim = await store.claim('work', 1_000);
    for (let time = 0; time < 5; time += 1) {
      clock.nowMs += 999;
      await claim?.renew(1_000);
      assert.equal(await store.claim('work', 1_000), undefined);
    }
    clock.nowMs += 1_000;
    assert.ok(await store.claim('work', 1_000));
  },
  'gives a claim that was renewed back at once': async (store) => {
    const claim = await store.claim('work', 1_000);
    await claim?.renew(60_000);
    await claim?.release();
    assert.ok(await store.claim('work', 1_000));
  },
  'renews no claim that somebody else has by now, or that was released': async (store, clock) => {
    const first = await store.claim('work', 1_000);
    clock.nowMs += 1_000;
    const second = await store.claim('work', 1_000);
    await first?.renew(60_000);
    clock.nowMs += 1_000;
    const third = await store.claim('work', 1_000);
    assert.ok(second && third);
    await third.release();
    await third.renew(60_000);
    assert.ok(await store.claim('work', 1_000));
  },
  'takes a second release for nothing': async (store) => {
    const first = await store.claim('work', 1_000);
    await first?.release();
    await store.claim('work', 1_000);
    await first?.release();
    assert.equal(await store.claim('work', 1_000), undefined);
  },
};

const aboutBoth: Claims = {
  'keeps text of every script, and halves of characters': async (store) => {
    const note = '\u0000\u001f"\\ größe 版本 🐳 \ud83d \u2028';
    const document = artifactFacts(digestOf('a'), { annotations: { [note]: note } });
    await store.put(digestOf('a'), document);
    assert.deepEqual(await store.get(digestOf('a')), document);
  },
  'does not keep a document larger than all its room, and loses no other for it': async (store) => {
    await store.put(digestOf('small'), artifactFacts(digestOf('small')));
    const note = randomBytes(2 * 1024 * 1024).toString('base64');
    await store.put(digestOf('large'), artifactFacts(digestOf('large'), { annotations: { note } }));
    assert.ok((await store.get(digestOf('large'))) === undefined, 'the large document is there');
    assert.deepEqual(await store.get(digestOf('small')), artifactFacts(digestOf('small')));
  },
  'knows nothing once it is closed, and takes whatever is asked of it': async (store) => {
    const claim = await store.claim('work', 1_000);
    await store.put(digestOf('a'), artifactFacts(digestOf('a')));
    await store.putLayer(storedLayer('a'));
    await store.close();
    await store.put(digestOf('b'), artifactFacts(digestOf('b')));
    await store.putLayer(storedLayer('b'));
    await store.forgetLayer(digestOf('b'));
    for (const name of ['a', 'b']) {
      assert.equal(await store.get(digestOf(name)), undefined);
      assert.equal(await store.getLayer(digestOf(name)), undefined);
    }
    await claim?.renew(1_000);
    await claim?.release();
    await store.close();
  },
};

const allBytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);

export function storedLayer(
  name: string,
  changes: Partial<EncodedLayer> = {},
  registry = 'registry.example.com',
): StoredLayer {
  return { layer: encodedLayer(name, changes), provenBy: [{ registry, anonymous: false }] };
}

/** A store may give the bytes as a view of another kind. */
function assertSameLayer(found: StoredLayer | undefined, expected: StoredLayer): void {
  const comparable = ({ layer, provenBy }: StoredLayer) => ({
    ...layer,
    bytes: Buffer.from(layer.bytes).toString('hex'),
    provenBy,
  });
  assert.deepEqual(found && comparable(found), comparable(expected));
}

/** As maps are when they are read: without a prototype. */
function plainMap(map: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.assign(Object.create(null), map);
}

/** The smallest facts there are, about a made-up artifact. */
export function artifactFacts(
  digest: Digest,
  changes: { readonly annotations?: Readonly<Record<string, string>> } = {},
): StoredDocument {
  return {
    kind: 'facts',
    facts: {
      kind: 'artifact',
      schema: factsSchema,
      detectors: detectorRevision,
      readAt: '2026-11-23T10:00:00Z',
      digest,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      annotations: plainMap(changes.annotations ?? {}),
      compressedSize: 2,
      layers: [],
      artifactType: 'application/vnd.example',
    },
  };
}

function indexOf(children: readonly Digest[], data: Uint8Array): StoredDocument {
  return {
    kind: 'index',
    index: {
      kind: 'index',
      mediaType: 'application/vnd.oci.image.index.v1+json',
      annotations: plainMap({}),
      manifests: children.map((digest) => ({
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest,
        size: data.length,
        urls: [],
        annotations: plainMap({}),
        data,
      })),
    },
  };
}
