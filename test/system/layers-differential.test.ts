// What the command line says of an image's layers, against programs that know nothing of it: skopeo, gzip, sha256sum, GNU tar, umoci and find.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { createImageBuilder, type ImageBuilder } from '../support/built-images.ts';
import { skipWithout } from '../support/installed-tools.ts';
import { createCommandLine } from './support/command-line.ts';
import { inspectionOf, type ToldInspection } from './support/told.ts';

const run = promisify(execFile);

/** Every way in which one layer hides what another brought, and files that have several names. */
const containerfile = `FROM localhost/base
RUN mkdir -p /made/deep /kept && for n in 1 2 3 4 5; do head -c 300000 /dev/urandom > /made/deep/$n; done
RUN head -c 200000 /dev/urandom > /kept/a && ln /kept/a /kept/b && ln -s a /kept/c
RUN rm -rf /made/deep/1 /made/deep/2
RUN chmod 600 /made/deep/3 && head -c 100000 /dev/urandom > /made/deep/4
RUN rm /kept/a
RUN rm -rf /made && mkdir /made && head -c 50000 /dev/urandom > /made/new
RUN mv /made /elsewhere && truncate -s 1000000 /elsewhere/holes
`;

interface Layout {
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
  readonly diffIds: readonly string[];
}

/** The only image of an OCI layout. */
async function readLayout(directory: string): Promise<Layout> {
  const json = async (path: string) => JSON.parse(await readFile(join(directory, path), 'utf8'));
  const blob = (digest: string): string => `blobs/${digest.replace(':', '/')}`;
  const { manifests } = await json('index.json');
  const { config, layers } = await json(blob(manifests[0].digest));
  const { rootfs } = await json(blob(config.digest));
  return { layers, diffIds: rootfs.diff_ids };
}

async function output(command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run('bash', ['-o', 'pipefail', '-c', command, 'bash', ...args], { maxBuffer: 2 ** 28 });
  return stdout;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

describe('of an image that buildah built', { skip: skipWithout('buildah', 'skopeo', 'mmdebstrap', 'umoci') }, () => {
  let builder: ImageBuilder;
  let layout: string;
  let image: Layout;
  let facts: ToldInspection['platforms'][number]['facts'];
  let digest: string;

  before(async () => {
    builder = await createImageBuilder();
    const home = join(builder.directory, 'home');
    await mkdir(home);
    await builder.build('differential', containerfile, { format: 'oci', layers: 'layers' });
    layout = join(builder.directory, 'layout');
    await builder.copy('differential', `oci:${layout}:it`);
    image = await readLayout(layout);
    const inspection = inspectionOf(await createCommandLine(home)(['inspect', '-o', 'json', `oci:${layout}`]));
    digest = inspection.digest;
    facts = inspection.platforms[0]?.facts ?? assert.fail('no platform');
  });
  after(() => builder?.close());

  const contentOf = () => facts.content ?? assert.fail('the layers were not read');
  const blobs = () => image.layers.map((layer) => join(layout, 'blobs', layer.digest.replace(':', '/')));

  it('its digest is what skopeo says, and its layers have the digests that sha256sum computes', async () => {
    const { stdout } = await run('skopeo', ['inspect', '--raw', `oci:${layout}:it`]);
    assert.equal(digest, `sha256:${createHash('sha256').update(stdout).digest('hex')}`);
    const said = facts.layers.map((layer) => [layer.digest, layer.size]);
    const counted = await output(
      'for blob; do echo "$(sha256sum < "$blob" | cut -c1-64) $(stat -c %s "$blob")"; done',
      blobs(),
    );
    assert.deepEqual(
      said,
      linesOf(counted).map((line) => [`sha256:${line.slice(0, 64)}`, Number(line.slice(65))]),
    );
  });

  it('its diffIDs are the digests of what gzip makes of the layers', async () => {
    const computed = await output('for blob; do gzip -dc "$blob" | sha256sum | cut -c1-64; done', blobs());
    const expected = linesOf(computed).map((line) => `sha256:${line}`);
    assert.deepEqual(image.diffIds, expected);
    assert.deepEqual(
      facts.layers.map(({ diffId }) => diffId),
      expected,
    );
    const plain = Number(await output('for blob; do gzip -dc "$blob"; done | wc -c', blobs()));
    assert.equal(contentOf().plainBytes, plain);
  });

  it('its bytes are those of the files that GNU tar lists', async () => {
    const listed = await output('for blob; do tar -tvzf "$blob" --numeric-owner; done', blobs());
    const sizes = linesOf(listed).map((line) => (line.startsWith('-') ? Number(line.split(/\s+/)[2]) : 0));
    assert.equal(contentOf().tree.bytes, sum(sizes));
  });

  it('what is not wasted is what find counts where umoci unpacked it, each inode once', async () => {
    const bundle = join(builder.directory, 'bundle');
    await run('umoci', ['unpack', '--image', `${layout}:it`, bundle]);
    const found = await output('find "$1" -type f -printf "%i %s\\n" | sort -u', [join(bundle, 'rootfs')]);
    const needed = sum(linesOf(found).map((line) => Number(line.split(' ')[1])));
    const { bytes, wastedBytes } = contentOf().tree;
    assert.equal(bytes - wastedBytes, needed);
    assert.ok(wastedBytes > 1_500_000, `${wastedBytes}`);
  });
});
