// What every store of facts must do, whatever it keeps them in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectorRevision } from '../../src/inspection/detector-revision.ts';
import type { FactsStore, StoredDocument } from '../../src/inspection/facts-store.ts';
import { factsSchema } from '../../src/inspection/image-facts.ts';
import { type Digest, digestOf } from '../../src/oci/digest.ts';

export interface StoreUnderTest {
  readonly store: FactsStore;
  readonly close?: () => Promise<void>;
}

/** Registers the tests. `open` makes a new, empty store with room for a mebibyte. */
export function testFactsStore(name: string, open: () => Promise<StoreUnderTest>): void {
  const claims: Readonly<Record<string, (store: FactsStore) => Promise<void>>> = {
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
    },
    'survives many writers of one digest at once': async (store) => {
      const document = artifactFacts(digestOf('a'));
      await Promise.all(Array.from({ length: 20 }, () => store.put(digestOf('a'), document)));
      assert.deepEqual(await store.get(digestOf('a')), document);
    },
  };
  for (const [claim, prove] of Object.entries(claims)) {
    test(`${name} ${claim}`, async () => {
      const { store, close } = await open();
      try {
        await prove(store);
      } finally {
        await close?.();
      }
    });
  }
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
      annotations: changes.annotations ?? {},
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
      annotations: {},
      manifests: children.map((digest) => ({
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest,
        size: data.length,
        urls: [],
        annotations: {},
        data,
      })),
    },
  };
}
