// Layouts and archives that skopeo and umoci wrote, read back and compared with what skopeo says of them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { openTarget, type TargetKind } from '../../src/files/target-source.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { parseImageConfig } from '../../src/oci/image-config.ts';
import { defaultDocumentLimits } from '../../src/oci/limits.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import { anonymous } from '../inspection/image-source-suite.ts';
import { image } from '../support/image.ts';
import { skipWithout } from '../support/installed-tools.ts';
import { writeOciLayout } from '../support/oci-layout.ts';
import { readLayers } from '../support/read-layers.ts';
import { file } from '../support/tar.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { defaultTargetLimits } from './default-target-limits.ts';

const run = promisify(execFile);
const signal = new AbortController().signal;
const app = image()
  .config({ User: '1000', Env: ['PATH=/bin'] })
  .layer([file('etc/one', 'one')])
  .layer([file('etc/two', 'two'.repeat(2000))])
  .build();

type Context = Parameters<typeof temporaryDirectory>[0];

async function workplace(t: Context) {
  const directory = await temporaryDirectory(t);
  const layout = join(directory, 'layout');
  await mkdir(layout);
  await writeOciLayout(layout, { tags: new Map([['1', app]]) });
  return { directory, layout };
}

/** With every layer. */
async function read(t: Context, kind: TargetKind, written: string) {
  const target = await openTarget(kind, written, defaultTargetLimits, signal);
  t.after(() => target.close());
  const { document, mediaType, digest } = await target.source.resolve(target.reference, anonymous(), async () => false);
  const manifest = parseManifest(document ?? new Uint8Array(), { expectedMediaType: mediaType }, defaultDocumentLimits);
  assert.ok(manifest.kind === 'manifest');
  const config = await target.source.readConfig(target.reference, manifest.config, anonymous());
  await readLayers(target.source, target.reference);
  return { reference: target.reference, digest, manifest, config: parseImageConfig(config, defaultDocumentLimits) };
}

async function skopeo(...args: readonly string[]): Promise<string> {
  return (await run('skopeo', ['--insecure-policy', ...args])).stdout;
}

suite('written by skopeo', { skip: skipWithout('skopeo') }, () => {
  test('a layout has the digest and the layers that skopeo says', async (t) => {
    const { directory, layout } = await workplace(t);
    const copy = `${join(directory, 'copy')}:1`;
    await skopeo('copy', '-q', `oci:${layout}:1`, `oci:${copy}`);
    const told = JSON.parse(await skopeo('inspect', `oci:${copy}`));
    const found = await read(t, 'layout', copy);
    assert.equal(found.digest, told.Digest);
    assert.deepEqual(
      found.manifest.layers.map(({ digest }) => digest),
      told.Layers,
    );
  });

  test('an OCI archive has the digest of the layout that it came from', async (t) => {
    const { directory, layout } = await workplace(t);
    const archive = join(directory, 'app.tar');
    await skopeo('copy', '-q', `oci:${layout}:1`, `oci-archive:${archive}:1`);
    assert.equal((await read(t, 'oci-archive', archive)).digest, app.digest);
  });

  test('a docker archive has the config that skopeo reads, and its layers uncompressed', async (t) => {
    const { directory, layout } = await workplace(t);
    const archive = join(directory, 'app.tar');
    await skopeo('copy', '-q', `oci:${layout}:1`, `docker-archive:${archive}:registry.example.com/app:1`);
    const config = await skopeo('inspect', '--config', '--raw', `docker-archive:${archive}`);
    const found = await read(t, 'docker-archive', archive);
    assert.equal(found.manifest.config.digest, digestOf(config));
    assert.deepEqual(
      found.manifest.layers.map(({ digest }) => digest),
      app.layers.map(({ diffId }) => diffId),
    );
    assert.equal(found.config.user, '1000');
    assert.deepEqual([found.reference.host, found.reference.repository], ['registry.example.com', 'app']);
  });

  test('a docker archive of one image under two names is the same by either', async (t) => {
    const { directory, layout } = await workplace(t);
    const archive = join(directory, 'app.tar');
    const names = ['--additional-tag', 'registry.example.com/app:latest'];
    await skopeo('copy', '-q', ...names, `oci:${layout}:1`, `docker-archive:${archive}:registry.example.com/app:1`);
    const [one, latest] = [
      await read(t, 'docker-archive', archive),
      await read(t, 'docker-archive', `${archive}:latest`),
    ];
    assert.equal(one.digest, latest.digest);
  });
});

suite('written by umoci', { skip: skipWithout('umoci') }, () => {
  test('a layout of its own making is read, and a change of the config is seen', async (t) => {
    const layout = join(await temporaryDirectory(t), 'layout');
    await run('umoci', ['init', '--layout', layout]);
    await run('umoci', ['new', '--image', `${layout}:empty`]);
    await run('umoci', ['config', '--image', `${layout}:empty`, '--tag', '2.0', '--config.user', '10001:0']);
    await assert.rejects(read(t, 'layout', layout), /several images; name one of them: 2\.0|empty, 2\.0/);
    assert.equal((await read(t, 'layout', `${layout}:empty`)).config.user, '');
    assert.equal((await read(t, 'layout', `${layout}:2.0`)).config.user, '10001:0');
  });
});
