// Folding the records of layers: what became of the files in which something was found, waste, whom USER means; and records as bytes.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type FoldOptions, foldContent } from '../../src/inspection/fold-content.ts';
import { inspectLayer } from '../../src/inspection/inspect-layer.ts';
import { KnownBases } from '../../src/inspection/known-bases.ts';
import { decodeLayer, encodeLayer, type LayerRecord, type LayerSecret } from '../../src/inspection/layer-record.ts';
import { userFrom } from '../../src/inspection/user.ts';
import { defaultLayerLimits } from '../../src/layers/layer-limits.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { image } from '../support/image.ts';
import { directory, file, type TarEntry, whiteout } from '../support/tar.ts';

const readAt = '2026-11-23T10:00:00.000Z';

async function recordsOf(layers: readonly (readonly TarEntry[])[]): Promise<readonly LayerRecord[]> {
  const built = layers.reduce((builder, entries) => builder.layer(entries), image()).build();
  return Promise.all(
    built.layers.map(({ mediaType, digest, diffId, bytes }) =>
      inspectLayer(
        (async function* () {
          yield bytes;
        })(),
        {
          descriptor: { mediaType, digest, size: bytes.length, urls: [] },
          diffId,
          limits: defaultLayerLimits,
          signal: new AbortController().signal,
          readAt,
        },
      ),
    ),
  );
}

/** As if the search had found something in the entry. */
function withSecret(record: LayerRecord | undefined, entry: number): LayerRecord {
  assert.ok(record);
  const secret: LayerSecret = {
    entry,
    detector: 'npm-token',
    title: 'npm token',
    certainty: 'certain',
    position: { kind: 'line', line: 1 },
  };
  return { ...record, secrets: [secret] };
}

const fold = (records: readonly LayerRecord[], user = '') =>
  foldContent(records, { user: userFrom(user), bases: { known: [] }, limits: defaultLayerLimits });

suite('what was found in a file', () => {
  const token = [directory('root'), file('root/.npmrc', 'content')];

  test('is in the final file system where no later layer hides it', async () => {
    const [first] = await recordsOf([token]);
    const { secrets } = fold([withSecret(first, 1)]);
    assert.equal(secrets.length, 1);
    assert.equal(secrets[0]?.path, '/root/.npmrc');
    assert.equal(secrets[0]?.layer, 0);
    assert.equal(secrets[0]?.hidden, undefined);
  });

  const hiders: readonly (readonly [claim: string, entry: TarEntry, how: string])[] = [
    ['is deleted by a whiteout', whiteout('root/.npmrc'), 'deleted'],
    ['is deleted with its directory', whiteout('root'), 'deleted'],
    ['is deleted by an opaque directory', file('root/.wh..wh..opq'), 'deleted'],
    ['is overwritten by another file', file('root/.npmrc', 'other'), 'overwritten'],
  ];
  for (const [claim, entry, how] of hiders) {
    test(claim, async () => {
      const [first, second] = await recordsOf([token, [entry]]);
      assert.ok(second);
      assert.deepEqual(fold([withSecret(first, 1), second]).secrets[0]?.hidden, { by: 1, how });
    });
  }

  test('has one fingerprint in every image with that layer, and another one in another layer', async () => {
    const [first, second] = await recordsOf([token, [file('other')]]);
    assert.ok(second);
    const alone = fold([withSecret(first, 1)]).secrets[0]?.fingerprint;
    assert.equal(fold([second, withSecret(first, 1)]).secrets[0]?.fingerprint, alone);
    const [elsewhere] = await recordsOf([[...token, file('more')]]);
    assert.notEqual(fold([withSecret(elsewhere, 1)]).secrets[0]?.fingerprint, alone);
  });
});

suite('the whole image', () => {
  test('wastes what a later layer removes', async () => {
    const records = await recordsOf([
      [file('cache', 'x'.repeat(1000)), file('program', 'y'.repeat(500))],
      [whiteout('cache')],
    ]);
    const { tree, plainBytes } = fold(records);
    assert.equal(tree.bytes, 1500);
    assert.equal(tree.wastedBytes, 1000);
    assert.deepEqual(
      tree.hidden.map(({ layer, by, bytes }) => ({ layer, by, bytes })),
      [{ layer: 0, by: 1, bytes: 1000 }],
    );
    assert.equal(
      plainBytes,
      records.reduce((sum, { layer }) => sum + layer.plainBytes, 0),
    );
  });

  test('says whom USER means', async () => {
    const records = await recordsOf([
      [file('etc/passwd', 'root:x:0:0::/:/bin/sh\napp:x:1000:1000::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\n')],
    ]);
    assert.deepEqual(fold(records, 'app').user, { kind: 'resolved', uid: 1000, gid: 1000 });
    assert.deepEqual(fold(records, 'toor').user, { kind: 'resolved', uid: 0, gid: 0 });
    assert.deepEqual(fold(records, '').user, { kind: 'resolved', uid: 0, gid: 0 });
    assert.deepEqual(fold(records, 'app:5').user, { kind: 'resolved', uid: 1000, gid: 5 });
    assert.deepEqual(fold(records, 'nobody').user, { kind: 'unresolved', what: 'user', reason: 'no-entry' });
  });

  test('may have no layers', () => {
    const { tree, searched, detectors } = fold([]);
    assert.equal(tree.bytes, 0);
    assert.equal(searched.files, 0);
    assert.ok(detectors > 0 && Number.isFinite(detectors));
  });
});

suite('a record as bytes', () => {
  test('comes back as it was', async () => {
    const [record] = await recordsOf([[file('etc/passwd', 'app:x:1:1::/:\n'), file('größe', 'x')]]);
    assert.ok(record);
    assert.deepEqual(decodeLayer(encodeLayer(record)), record);
  });

  test('is nothing when it is of another layer, of another schema, or cut', async () => {
    const [record, other] = await recordsOf([[file('a')], [file('b')]]);
    assert.ok(record && other);
    const encoded = encodeLayer(record);
    assert.equal(decodeLayer({ ...encoded, digest: other.layer.digest }), undefined);
    assert.equal(decodeLayer({ ...encoded, bytes: encoded.bytes.subarray(0, 20) }), undefined);
    assert.equal(decodeLayer(encodeLayer(JSON.parse(JSON.stringify({ ...record, schema: 99 })))), undefined);
  });
});

suite('known bases', () => {
  const base = image().layer([file('etc/os-release', 'ID=debian\n')]);
  const factsOf = (layers: readonly { readonly digest: Digest; readonly diffId: Digest }[], digest: Digest) => ({
    digest,
    layers: layers.map((layer, index) => ({ ...layer, index, mediaType: '', size: 1, kind: 'tar' as const })),
  });

  test('are found by the layers with which an image begins, and an image is never its own', async () => {
    const below = base.build();
    const above = base.layer([file('app')]).build();
    const bases = new KnownBases();
    bases.add('registry.example.com/base:1', factsOf(below.layers, below.digest));
    const records = await recordsOf([[file('etc/os-release', 'ID=debian\n')], [file('app')]]);
    const fold = (evidence: FoldOptions['bases'], layers = records) =>
      foldContent(layers, { user: userFrom(''), bases: evidence, limits: defaultLayerLimits }).composition.base;
    assert.deepEqual(fold(bases.evidenceFor({ digest: above.digest })), {
      layers: 1,
      by: 'known',
      name: 'registry.example.com/base:1',
    });
    const declared = { digest: above.digest, base: { digest: below.digest } };
    assert.equal(fold(bases.evidenceFor(declared)).by, 'declared');
    assert.equal(fold(bases.evidenceFor({ digest: below.digest }), records.slice(0, 1)).by, 'none');
  });
});
