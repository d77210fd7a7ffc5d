// Layers of images that buildah built, read and stacked: the same files as umoci unpacks, the digests that the config has.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { entriesOf } from '../../src/layers/entry-list.ts';
import type { LayerFacts } from '../../src/layers/layer-facts.ts';
import { defaultLayerLimits } from '../../src/layers/layer-limits.ts';
import { readLayer } from '../../src/layers/read-layer.ts';
import { resolveUser } from '../../src/layers/resolve-user.ts';
import { StackedTree } from '../../src/layers/stacked-tree.ts';
import { summariseTree } from '../../src/layers/tree-summary.ts';
import { digestOf, parseDigest } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-type.ts';
import { createImageBuilder, type ImageBuilder } from '../support/built-images.ts';
import { skipWithout } from '../support/installed-tools.ts';

const run = promisify(execFile);

/** One instruction a layer, and in them all that makes stacking hard. */
const containerfile = `FROM localhost/base
RUN echo 'app:x:1234:1234::/:/bin/sh' >> /etc/passwd && echo 'crew:x:1300:' >> /etc/group
RUN mkdir -p /opt/build/deep/er && for i in 1 2 3 4 5 6 7 8 9; do head -c 100000 /dev/zero > /opt/build/deep/er/$i; done && echo kept > /opt/kept
RUN rm -rf /opt/build
RUN mkdir -p /data/a /data/b && echo 1 > /data/a/1 && echo 2 > /data/a/2 && ln /data/a/1 /data/b/link && ln -s ../a/2 /data/b/soft
RUN rm -rf /data/a && mkdir /data/a && echo 3 > /data/a/3
RUN chmod 4755 /opt/kept && chown 1234:1300 /opt/kept
RUN mv /data/b /data/moved && ln -s moved /data/b && echo through > /data/b/through
RUN rm /opt/kept && mkdir /opt/kept && echo x > /opt/kept/x
RUN rm -rf /opt/kept && echo y > /opt/kept && mkfifo /opt/pipe
RUN echo 'größe' > '/opt/größe und so' && head -c 3000000 /dev/zero > /opt/zeros && echo > /opt/\u65e5\u672c
USER app:crew
`;

interface Layout {
  readonly directory: string;
  readonly layers: readonly LayerFacts[];
}

async function json(path: string): Promise<{ readonly [key: string]: unknown }> {
  return JSON.parse(await readFile(path, 'utf8'));
}

function record(value: unknown): { readonly [key: string]: unknown } {
  assert.ok(typeof value === 'object' && value !== null);
  return Object.fromEntries(Object.entries(value));
}

function list(value: unknown): readonly unknown[] {
  assert.ok(Array.isArray(value));
  return value;
}

/** Reads every layer of an OCI layout, each against its descriptor and its diffID. */
async function readLayout(directory: string): Promise<Layout> {
  const blob = (digest: unknown) => join(directory, 'blobs', String(digest).replace(':', '/'));
  const [entry] = list((await json(join(directory, 'index.json')))['manifests']);
  const manifest = await json(blob(record(entry)['digest']));
  const config = await json(blob(record(manifest['config'])['digest']));
  const diffIds = list(record(config['rootfs'])['diff_ids']);
  const layers: LayerFacts[] = [];
  for (const [index, descriptor] of list(manifest['layers']).map(record).entries()) {
    const facts = await readLayer(createReadStream(blob(descriptor['digest'])), {
      descriptor: {
        mediaType: String(descriptor['mediaType']),
        digest: parseDigest(String(descriptor['digest'])),
        size: Number(descriptor['size']),
        urls: [],
      },
      diffId: parseDigest(String(diffIds[index])),
      limits: defaultLayerLimits,
      signal: new AbortController().signal,
    });
    layers.push(facts);
  }
  return { directory, layers };
}

function stack(layers: readonly LayerFacts[]): StackedTree {
  const tree = new StackedTree(defaultLayerLimits);
  for (const { entries } of layers) tree.apply(entries);
  return tree;
}

/** Path to type, size and link target; hard links by the first path of their content. */
function treeListing(tree: StackedTree): readonly string[] {
  const firsts = new Map<unknown, string>();
  const all = [...tree.walk()].sort((a, b) => compare(a.path, b.path));
  return all.map(({ path, node }) => {
    if (node.kind === 'directory') return `${path} directory`;
    const first = firsts.get(node.content) ?? path;
    firsts.set(node.content, first);
    const what = node.type === 'symlink' ? `symlink ${node.target}` : `${node.type} ${node.content.size}`;
    return `${path} ${what} of ${first}`;
  });
}

async function diskListing(root: string, path = '', inodes = new Map<number, string>()): Promise<string[]> {
  const found: string[] = [];
  for (const name of (await readdir(join(root, path))).sort(compare)) {
    const at = path === '' ? name : `${path}/${name}`;
    const status = await lstat(join(root, at));
    if (status.isDirectory()) {
      found.push(`${at} directory`, ...(await diskListing(root, at, inodes)));
      continue;
    }
    const first = inodes.get(status.ino) ?? at;
    inodes.set(status.ino, first);
    const special = status.isFIFO() ? 'fifo 0' : status.isCharacterDevice() ? 'char 0' : `file ${status.size}`;
    const what = status.isSymbolicLink() ? `symlink ${await readlink(join(root, at))}` : special;
    found.push(`${at} ${what} of ${first}`);
  }
  return found;
}

function compare(one: string, other: string): number {
  const [a, b] = [one.replaceAll('/', '\0'), other.replaceAll('/', '\0')];
  return a < b ? -1 : Number(a > b);
}

function inPieces(plain: Buffer, compress: (piece: Buffer) => Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < plain.length; at += 400_000) pieces.push(compress(plain.subarray(at, at + 400_000)));
  return Buffer.concat(pieces);
}

/** A frame that decoders pass over, as zstd:chunked has them. */
const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);

const recompressions: readonly (readonly [form: string, recompress: (plain: Buffer) => Buffer])[] = [
  ['plain tar', (plain) => plain],
  ['gzip of many members, as eStargz is', (plain) => inPieces(plain, (piece) => gzipSync(piece, { level: 1 }))],
  ['zstd', (plain) => zstdCompressSync(plain)],
  [
    'zstd of many frames with others between them, as zstd:chunked is',
    (plain) => inPieces(plain, (piece) => Buffer.concat([zstdCompressSync(piece), skippable])),
  ],
];

const tools = ['buildah', 'skopeo', 'mmdebstrap', 'umoci'];

suite('images that buildah built', { skip: skipWithout(...tools) }, () => {
  let builder: ImageBuilder;
  let whole: Layout;

  before(async () => {
    builder = await createImageBuilder();
    await builder.build('stack', containerfile, { format: 'oci', layers: 'layers' });
    const directory = join(builder.directory, 'layout');
    await builder.copy('stack', `oci:${directory}:it`);
    whole = await readLayout(directory);
  });
  after(() => builder?.close());

  test('have the files that umoci unpacks', async () => {
    assert.equal(whole.layers.length, 11);
    const bundle = join(builder.directory, 'bundle');
    await run('umoci', ['unpack', '--image', `${whole.directory}:it`, bundle]);
    assert.deepEqual(treeListing(stack(whole.layers)), await diskListing(join(bundle, 'rootfs')));
  });

  test('say what was deleted, by which layer, and what the final file system needs', () => {
    const tree = stack(whole.layers);
    const { hidden, wastedBytes } = summariseTree(tree, whole.layers);
    const build = hidden.filter(({ layer }) => layer === 2);
    assert.deepEqual(
      build.map(({ by, how, files, bytes }) => ({ by, how, files, bytes })),
      [
        { by: 3, how: 'deleted', files: 9, bytes: 900_000 },
        { by: 6, how: 'rewritten', files: 1, bytes: 5 },
      ],
    );
    assert.ok(wastedBytes > 900_000 && wastedBytes < 1_000_000, `${wastedBytes}`);
  });

  test('resolve their user', () => {
    const documents = whole.layers.map((one) => one.documents);
    const tree = stack(whole.layers);
    assert.deepEqual(resolveUser({ user: 'app', group: 'crew' }, tree, documents), {
      kind: 'resolved',
      uid: 1234,
      gid: 1300,
    });
    assert.deepEqual(resolveUser({ user: 'daemon' }, tree, documents), { kind: 'resolved', uid: 1, gid: 1 });
  });

  for (const [form, recompress] of recompressions) {
    test(`give the same facts as ${form}`, async () => {
      for (const facts of whole.layers) {
        const plain = gunzipSync(await readFile(join(whole.directory, 'blobs', facts.digest.replace(':', '/'))));
        const blob = recompress(plain);
        const digest = digestOf(blob);
        const again = await readLayer(Readable.from([blob]), {
          descriptor: { mediaType: mediaTypes.ociLayerGzip, digest, size: blob.length, urls: [] },
          diffId: facts.diffId,
          limits: defaultLayerLimits,
          signal: new AbortController().signal,
        });
        const { compression, compressedBytes } = again;
        assert.deepEqual(again, { ...facts, digest, compression, compressedBytes });
      }
    });
  }

  test('list the entries that GNU tar lists', async () => {
    for (const { digest, entries } of whole.layers) {
      const blob = join(whole.directory, 'blobs', digest.replace(':', '/'));
      const { stdout } = await run('tar', ['--quoting-style=literal', '-tzf', blob], {
        maxBuffer: 2 ** 28,
        env: { ...process.env, LC_ALL: 'C.UTF-8' },
      });
      const listed = stdout
        .split('\n')
        .flatMap((line) => (line === '' ? [] : [line.replace(/\/$/, '').replace(/^\.\/?/, '')]));
      assert.deepEqual(
        [...entriesOf(entries)].map(({ path }) => path),
        listed,
      );
    }
  });
});
