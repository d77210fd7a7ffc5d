// Archives of docker save in all their forms: classic, with links, with compressed layers, and from the containerd store.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { Fault } from '../../src/base/fault.ts';
import { openTarget } from '../../src/files/target-source.ts';
import { entriesOf } from '../../src/layers/entry-list.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { defaultDocumentLimits } from '../../src/oci/limits.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import { anonymous } from '../inspection/image-source-suite.ts';
import { layerClaims } from '../inspection/layer-claims.ts';
import { type BuiltImage, image, index } from '../support/image.ts';
import { readLayers } from '../support/read-layers.ts';
import { file, hardlink, symlink, type TarEntry, tar } from '../support/tar.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { defaultTargetLimits } from './default-target-limits.ts';

type Context = Parameters<typeof temporaryDirectory>[0];
const signal = new AbortController().signal;
const app = image()
  .docker()
  .config({ User: '1000' })
  .layer([file('app', 'one')])
  .layer([file('app', 'two')])
  .build();
const [first, second] = app.layers;
const configBytes = app.config?.bytes ?? new Uint8Array();
const configName = `${digestOf(configBytes).slice(7)}.json`;
const plain = (layer: BuiltImage['layers'][number] | undefined): Uint8Array => gunzipSync(layer?.bytes ?? '');

/** The files of a classic docker save; `layers` are the paths and contents in place of the usual ones. */
function classic(changes: {
  readonly layers?: Readonly<Record<string, Uint8Array>>;
  readonly names?: readonly string[] | null;
  readonly config?: Uint8Array;
}): readonly TarEntry[] {
  const layers = changes.layers ?? { 'aa/layer.tar': plain(first), 'bb/layer.tar': plain(second) };
  const names = changes.names === undefined ? ['registry.example.com/app:1'] : changes.names;
  return [
    ...Object.entries(layers).map(([path, bytes]) => file(path, bytes)),
    file(configName, changes.config ?? configBytes),
    file('manifest.json', JSON.stringify([{ Config: configName, RepoTags: names, Layers: Object.keys(layers) }])),
  ];
}

async function open(t: Context, entries: readonly TarEntry[] | Uint8Array, name = '') {
  const path = join(await temporaryDirectory(t), 'image.tar');
  await writeFile(path, entries instanceof Uint8Array ? entries : tar(entries));
  const target = await openTarget('docker-archive', path + name, defaultTargetLimits, signal);
  t.after(() => target.close());
  return target;
}

async function manifestOf(target: Awaited<ReturnType<typeof open>>) {
  const { document, mediaType, digest } = await target.source.resolve(target.reference, anonymous(), async () => false);
  assert.equal(digestOf(document ?? ''), digest);
  const manifest = parseManifest(document ?? new Uint8Array(), { expectedMediaType: mediaType }, defaultDocumentLimits);
  assert.ok(manifest.kind === 'manifest');
  return manifest;
}

/** The paths in each layer, all of them read and proven. */
async function pathsByLayer({ source, reference }: Awaited<ReturnType<typeof open>>) {
  const layers = await readLayers(source, reference);
  return layers.map(({ entries }) => [...entriesOf(entries)].map(({ path }) => path));
}

layerClaims(
  'docker archives',
  async ({ tags }) => {
    const [built = assert.fail('nothing to serve')] = tags.values();
    const layers = built.layers.map(({ bytes }, index) => file(`${index}/layer.tar`, bytes));
    const manifest = [{ Config: 'config.json', RepoTags: [], Layers: layers.map(({ path }) => path) }];
    const directory = await mkdtemp(join(tmpdir(), 'tidewaiter-archive-'));
    const entries = [
      ...layers,
      file('config.json', built.config?.bytes ?? ''),
      file('manifest.json', JSON.stringify(manifest)),
    ];
    await writeFile(join(directory, 'image.tar'), tar(entries));
    const target = await openTarget('docker-archive', join(directory, 'image.tar'), defaultTargetLimits, signal);
    const close = async (): Promise<void> => {
      await target.close();
      await rm(directory, { recursive: true });
    };
    return { source: target.source, name: 'localhost/image', close };
  },
  false,
);

suite('classic archives of docker save', () => {
  test('have a manifest made of the config and of the layers as they lie there', async (t) => {
    const target = await open(t, classic({}));
    const manifest = await manifestOf(target);
    assert.equal(manifest.config.digest, app.config?.digest);
    assert.deepEqual(
      manifest.layers.map(({ mediaType, size, digest }) => ({ mediaType, size, digest })),
      [first, second].map((layer) => ({
        mediaType: 'application/vnd.docker.image.rootfs.diff.tar',
        size: plain(layer).length,
        digest: layer?.diffId,
      })),
    );
    const config = await target.source.readConfig(target.reference, manifest.config, anonymous());
    assert.deepEqual(Buffer.from(config), Buffer.from(configBytes));
  });

  for (const [claim, form] of [
    ['plain', (bytes: Uint8Array) => bytes],
    ['compressed with gzip', gzipSync],
    ['compressed with zstd', zstdCompressSync],
  ] as const) {
    test(`give their layers, whole archive ${claim}`, async (t) => {
      assert.deepEqual(await pathsByLayer(await open(t, form(tar(classic({}))))), [['app'], ['app']]);
    });

    test(`give compressed layers as they lie there, whole archive ${claim}`, async (t) => {
      const layers = { '1.tar.gz': first?.bytes ?? new Uint8Array(), '2.tar.zst': zstdCompressSync(plain(second)) };
      assert.deepEqual(await pathsByLayer(await open(t, form(tar(classic({ layers }))))), [['app'], ['app']]);
    });
  }

  test('give a layer that is a link to another', async (t) => {
    const twice = image()
      .docker()
      .layer([file('app', 'one')])
      .layer([file('app', 'one')])
      .build();
    for (const [link, target] of [
      [symlink, '../aa/layer.tar'],
      [hardlink, 'aa/layer.tar'],
    ] as const) {
      const entries = [
        file('aa/layer.tar', plain(twice.layers[0])),
        link('bb/layer.tar', target),
        file('c.json', twice.config?.bytes ?? ''),
        file('manifest.json', JSON.stringify([{ Config: 'c.json', Layers: ['aa/layer.tar', 'bb/layer.tar'] }])),
      ];
      assert.deepEqual(await pathsByLayer(await open(t, entries)), [['app'], ['app']]);
    }
  });

  test('with layers that are not what the config says are found out when they are read', async (t) => {
    const target = await open(t, classic({ layers: { 'aa/layer.tar': plain(second), 'bb/layer.tar': plain(first) } }));
    await assert.rejects(pathsByLayer(target), (thrown) => thrown instanceof Fault && /^integrity/.test(thrown.code));
  });

  test('give the same digest each time', async (t) => {
    const [one, other] = [await open(t, classic({})), await open(t, classic({}))];
    assert.equal(one.reference.digest, other.reference.digest);
  });

  test('are read just as well when the whole archive is compressed', async (t) => {
    const plainDigest = (await open(t, classic({}))).reference.digest;
    assert.equal((await open(t, gzipSync(tar(classic({}))))).reference.digest, plainDigest);
    assert.equal((await open(t, zstdCompressSync(tar(classic({}))))).reference.digest, plainDigest);
  });

  test('name compressed layers by their own digest, and say how they are compressed', async (t) => {
    const zstd = zstdCompressSync(plain(second));
    const layers = { '1.tar.gz': first?.bytes ?? new Uint8Array(), '2.tar.zst': zstd };
    for (const bytes of [tar(classic({ layers })), gzipSync(tar(classic({ layers })))]) {
      const manifest = await manifestOf(await open(t, bytes));
      assert.deepEqual(
        manifest.layers.map(({ mediaType, size, digest }) => ({ mediaType, size, digest })),
        [
          { mediaType: first?.mediaType, size: first?.bytes.length, digest: first?.digest },
          {
            mediaType: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
            size: zstd.length,
            digest: digestOf(zstd),
          },
        ],
      );
    }
  });

  test('may name one compressed layer twice', async (t) => {
    const bytes = first?.bytes ?? new Uint8Array();
    const entries = [
      file('1.tar.gz', bytes),
      file(configName, configBytes),
      file('manifest.json', JSON.stringify([{ Config: configName, Layers: ['1.tar.gz', '1.tar.gz'] }])),
    ];
    for (const archive of [tar(entries), gzipSync(tar(entries))]) {
      const manifest = await manifestOf(await open(t, archive));
      assert.deepEqual(
        manifest.layers.map(({ digest }) => digest),
        [first?.digest, first?.digest],
      );
    }
  });

  test('may hold one layer as a link to another, as old dockers write', async (t) => {
    const entries = classic({ layers: { 'aa/layer.tar': plain(first), 'bb/layer.tar': plain(first) } })
      .filter(({ path }) => path !== 'bb/layer.tar')
      .concat(symlink('bb/layer.tar', '../aa/layer.tar'));
    const manifest = await manifestOf(await open(t, entries));
    assert.deepEqual(
      manifest.layers.map(({ size }) => size),
      [plain(first).length, plain(first).length],
    );
  });

  test('give the image the name it was saved under', async (t) => {
    const { reference, namedBy } = await open(t, classic({}));
    assert.deepEqual(
      [reference.host, reference.repository, reference.tag, namedBy],
      ['registry.example.com', 'app', '1', 'image'],
    );
  });

  test('without a name are named by the file', async (t) => {
    const { reference, namedBy } = await open(t, classic({ names: null }));
    assert.deepEqual(
      [reference.host, reference.repository, reference.tag, namedBy],
      ['localhost', 'image', undefined, 'path'],
    );
  });

  const faults: readonly (readonly [string, readonly TarEntry[], string])[] = [
    ['no manifest.json', classic({}).filter(({ path }) => path !== 'manifest.json'), 'usage'],
    ['a missing config', classic({}).filter(({ path }) => path !== configName), 'image/malformed'],
    ['a missing layer', classic({}).filter(({ path }) => path !== 'aa/layer.tar'), 'image/malformed'],
    ['fewer layers than the config names', classic({ layers: { 'aa/layer.tar': plain(first) } }), 'image/malformed'],
    ['a manifest.json that is no list', [file('manifest.json', '{}')], 'image/malformed'],
    ['a manifest.json without an image', [file('manifest.json', '[]')], 'image/malformed'],
    ['an entry without a config', [file('manifest.json', '[{"Layers":[]}]')], 'image/malformed'],
    [
      'an entry that two readers read differently',
      [file('manifest.json', '[{"Config":"a","config":"b"}]')],
      'integrity/ambiguous',
    ],
    ['a config that is no JSON', classic({ config: Buffer.from('no') }), 'integrity/ambiguous'],
    [
      'more images than an index may have',
      [file('manifest.json', JSON.stringify(Array(129).fill({ Config: 'c' })))],
      'limit',
    ],
    [
      'more layers than an image may have',
      [file('manifest.json', JSON.stringify([{ Config: 'c', Layers: Array(501).fill('l') }]))],
      'limit',
    ],
    ['a manifest.json that is there twice', [...classic({}), file('manifest.json', '[]')], 'integrity/ambiguous'],
  ];
  for (const [claim, entries, code] of faults) {
    test(`are refused with ${claim}`, async (t) => {
      await assert.rejects(open(t, entries), (thrown) => thrown instanceof Fault && thrown.code === code);
    });
  }

  test('refuse a config of another size than announced', async (t) => {
    const target = await open(t, classic({}));
    const { config } = await manifestOf(target);
    await assert.rejects(
      target.source.readConfig(target.reference, { ...config, size: config.size + 1 }, anonymous()),
      (thrown) => thrown instanceof Fault && thrown.code === 'integrity/size',
    );
  });

  test('know no other digest than the chosen image', async (t) => {
    const target = await open(t, classic({}));
    const wrong = { ...target.reference, digest: digestOf('other') };
    for (const asked of [
      target.source.resolve(wrong, anonymous(), async () => false),
      target.source.readManifest(wrong, wrong, anonymous()),
      target.source.readConfig(wrong, { ...wrong, size: 1, mediaType: '', urls: [], annotations: {} }, anonymous()),
    ]) {
      await assert.rejects(asked, (thrown) => thrown instanceof Fault && thrown.code === 'registry/not-found');
    }
  });
});

suite('archives with several images', () => {
  const other = image().docker().config({ User: '7' }).build();
  const entries = [
    file('a.json', configBytes),
    file('b.json', other.config?.bytes ?? ''),
    file('aa/layer.tar', plain(first)),
    file('bb/layer.tar', plain(second)),
    file(
      'manifest.json',
      JSON.stringify([
        { Config: 'a.json', RepoTags: ['app:1', 'app:latest'], Layers: ['aa/layer.tar', 'bb/layer.tar'] },
        { Config: 'b.json', RepoTags: ['other:1'], Layers: [] },
      ]),
    ),
  ];

  test('are asked by name', async (t) => {
    const target = await open(t, entries, ':other:1');
    assert.equal((await manifestOf(target)).config.digest, other.config?.digest);
    assert.deepEqual([target.reference.repository, target.reference.tag], ['library/other', '1']);
  });

  test('are asked by a tag that only one has', async (t) => {
    assert.equal((await manifestOf(await open(t, entries, ':latest'))).config.digest, app.config?.digest);
  });

  test('are asked by what docker means by a name', async (t) => {
    for (const name of ['docker.io/library/other:1', 'index.docker.io/other:1']) {
      const target = await open(t, entries, `:${name}`);
      assert.equal((await manifestOf(target)).config.digest, other.config?.digest);
      assert.deepEqual([target.reference.repository, target.reference.tag], ['library/other', '1']);
    }
  });

  test('list their names when none is asked for, or one that is not there, or one that several have', async (t) => {
    await assert.rejects(open(t, entries), /app:1, other:1/);
    await assert.rejects(open(t, entries, ':1'), /app:1, other:1/);
    await assert.rejects(open(t, entries, ':absent'), /absent; it holds app:1, other:1/);
  });
});

suite('archives from the containerd store', () => {
  const oci = image()
    .config({ User: '7' })
    .layer([file('app', 'one')])
    .build();
  const absent = image().platform('linux/arm64').build();
  const whole = index([absent, oci]);
  const blob = (digest: string, bytes: Uint8Array): TarEntry => file(`blobs/${digest.replace(':', '/')}`, bytes);
  const entries = [
    file('oci-layout', '{"imageLayoutVersion":"1.0.0"}'),
    file(
      'index.json',
      JSON.stringify({
        schemaVersion: 2,
        manifests: [{ ...whole.descriptor, annotations: { 'io.containerd.image.name': 'registry.example.com/app:1' } }],
      }),
    ),
    blob(whole.digest, whole.bytes),
    blob(oci.digest, oci.bytes),
    ...[...oci.blobs].map(([digest, bytes]) => blob(digest, bytes)),
    file(
      'manifest.json',
      JSON.stringify([
        {
          Config: `blobs/${oci.config?.digest.replace(':', '/')}`,
          RepoTags: ['registry.example.com/app:1'],
          Layers: oci.layers.map(({ digest }) => `blobs/${digest.replace(':', '/')}`),
        },
      ]),
    ),
  ];

  test('give the image its real manifest, and leave out platforms that were never pulled', async (t) => {
    const target = await open(t, entries);
    assert.equal(target.reference.digest, oci.digest);
    assert.equal((await manifestOf(target)).layers[0]?.digest, oci.layers[0]?.digest);
  });

  test('give their layers', async (t) => {
    assert.deepEqual(await pathsByLayer(await open(t, entries)), [['app']]);
  });

  test('are refused where the real manifest is another than its digest says', async (t) => {
    const broken = entries.map((entry) =>
      entry.path.endsWith(oci.digest.slice(7)) ? blob(oci.digest, Buffer.from(`${oci.bytes} `)) : entry,
    );
    await assert.rejects(open(t, broken), (thrown) => thrown instanceof Fault && thrown.code === 'integrity/digest');
  });

  test('name the right prefix when it is a layout and nothing else', async (t) => {
    await assert.rejects(
      open(
        t,
        entries.filter(({ path }) => path !== 'manifest.json'),
      ),
      /write oci-archive:/,
    );
  });
});
