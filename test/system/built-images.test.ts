// What the command line says of images that buildah really built, in each format and layering, wherever skopeo put them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { openTarget } from '../../src/files/target-source.ts';
import { entriesOf } from '../../src/layers/entry-list.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { defaultTargetLimits as targetLimits } from '../files/default-target-limits.ts';
import {
  type BuildOptions,
  carelessContainerfile,
  createImageBuilder,
  goodContainerfile,
  type ImageBuilder,
} from '../support/built-images.ts';
import { skipWithout } from '../support/installed-tools.ts';
import { readLayers } from '../support/read-layers.ts';
import { type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { testClient } from '../support/registry-client.ts';
import { type CommandLine, createCommandLine, type Ended } from './support/command-line.ts';
import { inspectionOf, reportOf, rulesOf, type ToldSubject } from './support/told.ts';

const run = promisify(execFile);

/** Assembled here, so that a scan of this repository finds nothing: no such token was ever issued. */
const tokenParts = ['Zx9', 'kQ2vT', '7mWb4', 'Rj8nLsP'];
const token = ['glpat', '-', ...tokenParts].join('');

/** As much of a manifest as is compared. */
interface RawManifest {
  readonly config: { readonly size: number };
  readonly layers: readonly { readonly size: number }[];
}

interface Variant extends Pick<BuildOptions, 'format' | 'layers'> {
  readonly application: 'good' | 'careless';
}

/** Layers of the good application, the base's one included. */
const bookedLayers = {
  layers: ['ADD', 'COPY', 'COPY'],
  single: ['ADD', undefined],
  squashed: [undefined],
} as const;

const layerCounts = { layers: 3, single: 2, squashed: 1 } as const;

const variants: readonly Variant[] = (['good', 'careless'] as const).flatMap((application) =>
  (['docker', 'oci'] as const).flatMap((format) =>
    (['layers', 'single', 'squashed'] as const).map((layers) => ({ application, format, layers })),
  ),
);

const nameOf = ({ application, format, layers }: Variant): string => `${application}-${format}-${layers}`;

describe('images that buildah built', {
  skip: skipWithout('buildah', 'skopeo', 'mmdebstrap', 'docker-registry'),
}, () => {
  let registry: RealRegistry;
  let builder: ImageBuilder;
  let tidewaiter: CommandLine;
  /** Of one `check` of them all, by name. */
  let subjects: ReadonlyMap<string, ToldSubject>;
  let checked: Ended;
  const imageOf = (variant: Variant): string => `${registry.host}/shop/${nameOf(variant)}:1`;

  before(async () => {
    [registry, builder] = await Promise.all([startRealRegistry(), createImageBuilder()]);
    const home = join(builder.directory, 'home');
    await mkdir(home);
    tidewaiter = createCommandLine(home);
    for (const variant of variants) {
      const isGood = variant.application === 'good';
      const buildArguments = isGood ? {} : { NPM_TOKEN: token };
      const containerfile = isGood ? goodContainerfile : carelessContainerfile;
      await builder.build(nameOf(variant), containerfile, { ...variant, buildArguments });
      await builder.copy(nameOf(variant), `docker://${imageOf(variant)}`, ['--dest-tls-verify=false']);
    }
    checked = await tidewaiter(['check', '-o', 'json', ...variants.map(imageOf)]);
    const told = reportOf(checked).subjects.map((subject) => [subject.image.split('/').at(-1) ?? '', subject] as const);
    subjects = new Map(told);
  });
  after(async () => {
    await registry?.close();
    await builder?.close();
  });

  for (const variant of variants) {
    const { application, format, layers } = variant;
    const subject = (): ToldSubject => {
      const found = subjects.get(`${nameOf(variant)}:1`);
      assert.ok(found !== undefined);
      return found;
    };

    it(`${application}, ${format} format, ${layers}: gets the verdict it deserves`, () => {
      // The OCI format has no place for a HEALTHCHECK, and buildah drops it.
      const health = application === 'good' && format === 'docker' ? [] : ['healthcheck/missing warn'];
      const others = application === 'good' ? [] : ['secrets/history deny', 'user/root deny'];
      assert.deepEqual(rulesOf(subject()), [...others, ...health]);
      assert.equal(subject().verdict, others.length > 0 ? 'deny' : health.length > 0 ? 'warn' : 'allow');
    });
  }

  for (const variant of variants.filter(({ application }) => application === 'good')) {
    const { format, layers } = variant;
    const layerCount = layerCounts[layers];
    it(`${format} format, ${layers}: has the digest, the size and the layers that the registry holds`, async () => {
      const source = ['--tls-verify=false', `docker://${imageOf(variant)}`];
      const { stdout } = await run('skopeo', ['inspect', '--raw', ...source]);
      const manifest: RawManifest = JSON.parse(stdout);
      const { digest, platforms } = inspectionOf(await tidewaiter(['inspect', '-o', 'json', imageOf(variant)]));
      const [{ facts } = assert.fail('no platform')] = platforms;
      assert.equal(digest, subjects.get(`${nameOf(variant)}:1`)?.digest);
      assert.equal(digest, `sha256:${createHash('sha256').update(stdout).digest('hex')}`);
      assert.equal(
        facts.compressedSize,
        [manifest.config, ...manifest.layers].reduce((sum, { size }) => sum + size, 0),
      );
      assert.deepEqual([facts.layers.length, manifest.layers.length], [layerCount, layerCount]);
      // Without a layer for each instruction buildah books all to the last one, which made nothing: then no layer may be blamed on it.
      const booked = facts.layers.map(({ history }) =>
        history === undefined ? undefined : facts.history[history]?.keyword,
      );
      assert.deepEqual(booked, bookedLayers[layers]);
    });
  }

  it('one run tells them all in their order, and exits with 1 because some are denied', () => {
    assert.equal(checked.code, 1);
    assert.deepEqual(
      reportOf(checked).subjects.map(({ target }) => target),
      variants.map(imageOf),
    );
  });

  it('where OCI dropped the HEALTHCHECK that was written, the advice says so', () => {
    const { findings = [] } = subjects.get('good-oci-layers:1') ?? {};
    assert.match(findings[0]?.advice ?? '', /OCI image format dropped.*--format docker/);
  });

  it('no part of the token is in anything that is printed', async () => {
    const images = variants.filter(({ application }) => application === 'careless').map(imageOf);
    const [image = ''] = images;
    const printed = await Promise.all([
      tidewaiter(['check', ...images]),
      tidewaiter(['inspect', image]),
      tidewaiter(['inspect', '-o', 'json', image]),
    ]);
    for (const { stdout, stderr } of [checked, ...printed]) {
      assert.notEqual(stdout, '');
      for (const part of tokenParts) assert.ok(!`${stdout}${stderr}`.includes(part), part);
    }
  });

  const places = [
    { target: 'oci', by: (path: string) => [`oci:${path}:shop`, `oci:${path}`] },
    { target: 'oci-archive', by: (path: string) => [`oci-archive:${path}.tar:shop`, `oci-archive:${path}.tar`] },
    {
      target: 'docker-archive',
      by: (path: string) => [
        `docker-archive:${path}.docker.tar:registry.example.com/shop:1`,
        `docker-archive:${path}.docker.tar`,
      ],
    },
  ] as const;

  for (const variant of variants) {
    it(`${nameOf(variant)}: its layers are streamed from the registry, each what its config says`, async () => {
      const client = testClient();
      const layers = await readLayers(client, parseReference(imageOf(variant)));
      client.close();
      const names = layers.flatMap(({ entries }) => [...entriesOf(entries)].map(({ path }) => path));
      // One layer for each RUN of the careless one, and nothing of what `rm` removed is gone from where it lies.
      const careless = { layers: 4, single: 2, squashed: 1 };
      assert.equal(layers.length, (variant.application === 'good' ? layerCounts : careless)[variant.layers]);
      const written = variant.application === 'good' ? 'usr/local/bin/app' : 'app/app';
      assert.ok(names.includes(written));
      assert.equal(names.includes('root/.npmrc'), variant.application === 'careless' && variant.layers === 'layers');
    });
  }

  for (const [kind, destination] of [
    ['layout', 'oci:'],
    ['oci-archive', 'oci-archive:'],
    ['docker-archive', 'docker-archive:'],
  ] as const) {
    it(`a copy in ${kind} form has the same layers as the registry`, async () => {
      const variant = { application: 'good', format: 'docker', layers: 'layers' } as const;
      const path = join(builder.directory, `streamed-${kind}`);
      await builder.copy(nameOf(variant), `${destination}${path}:registry.example.com/shop:1`);
      const client = testClient();
      const inRegistry = await readLayers(client, parseReference(imageOf(variant)));
      client.close();
      const { source, reference, close } = await openTarget(kind, path, targetLimits, new AbortController().signal);
      const onDisk = await readLayers(source, reference);
      await close();
      assert.deepEqual(
        onDisk.map(({ diffId, entries }) => ({ diffId, entries })),
        inRegistry.map(({ diffId, entries }) => ({ diffId, entries })),
      );
    });
  }

  for (const { target, by } of places) {
    it(`${target}: says of a copy on disk what it says of the registry's`, async () => {
      const name = 'careless-oci-layers';
      const [written = '', read = ''] = by(join(builder.directory, name));
      await builder.copy(name, written);
      const answer = await tidewaiter(['check', '-o', 'json', read]);
      const [subject = assert.fail('no subject')] = reportOf(answer).subjects;
      assert.deepEqual(rulesOf(subject), rulesOf(subjects.get(`${name}:1`) ?? assert.fail(name)));
      assert.equal(answer.code, 1);
    });
  }
});
