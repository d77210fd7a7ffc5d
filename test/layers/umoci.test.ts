// The stacked tree against layers that are really unpacked, by umoci: made ones, and those of images that buildah built.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { Fault } from '../../src/base/fault.ts';
import { defaultLayerLimits } from '../../src/layers/layer-limits.ts';
import { StackedTree } from '../../src/layers/stacked-tree.ts';
import { image } from '../support/image.ts';
import { skipWithout } from '../support/installed-tools.ts';
import { entryList } from '../support/layer-entries.ts';
import { writeOciLayout } from '../support/oci-layout.ts';
import { directory, file, hardlink, symlink, type TarEntry, whiteout } from '../support/tar.ts';

const run = promisify(execFile);

type Layers = readonly (readonly TarEntry[])[];

/** Path to what is there: `directory`, `link TARGET` or `file` with an inode's first path and the content. */
type Listing = Readonly<Record<string, string>>;

async function unpacked(layers: Layers): Promise<Listing | 'refused'> {
  const place = await mkdtemp(join(tmpdir(), 'tidewaiter-umoci-'));
  try {
    const built = layers.reduce((builder, one) => builder.layer(one), image()).build();
    const layout = join(place, 'layout');
    await mkdir(layout);
    await writeOciLayout(layout, { tags: new Map([['it', built]]) });
    const bundle = join(place, 'bundle');
    try {
      await run('umoci', ['unpack', '--image', `${layout}:it`, bundle]);
    } catch {
      return 'refused';
    }
    return sorted(await listed(join(bundle, 'rootfs'), '', new Map()));
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

async function listed(root: string, path: string, inodes: Map<number, string>): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for (const name of (await readdir(join(root, path))).sort()) {
    const at = path === '' ? name : `${path}/${name}`;
    const status = await lstat(join(root, at));
    if (status.isDirectory()) found.push([at, 'directory'], ...(await listed(root, at, inodes)));
    else {
      const first = inodes.get(status.ino) ?? at;
      inodes.set(status.ino, first);
      const what = status.isSymbolicLink()
        ? `link ${await readlink(join(root, at))}`
        : `file ${await readFile(join(root, at), 'utf8')}`;
      found.push([at, `${what} of ${first}`]);
    }
  }
  return found;
}

/** The same of the stacked tree, with the contents of the entries it names. */
function stacked(layers: Layers): Listing | 'refused' {
  const tree = new StackedTree(defaultLayerLimits);
  try {
    for (const one of layers) tree.apply(entryList(one));
  } catch (thrown) {
    assert.ok(thrown instanceof Fault, String(thrown));
    return 'refused';
  }
  const firsts = new Map<unknown, string>();
  const found: [string, string][] = [];
  for (const { path, node } of [...tree.walk()].sort((a, b) => compare(a.path, b.path))) {
    if (node.kind === 'directory') {
      found.push([path, 'directory']);
      continue;
    }
    const first = firsts.get(node.content) ?? path;
    firsts.set(node.content, first);
    const content = layers[node.content.layer]?.[node.content.entry]?.content ?? '';
    found.push([path, `${node.type === 'symlink' ? `link ${node.target}` : `file ${content}`} of ${first}`]);
  }
  return sorted(found);
}

/** By names, so that what is in a directory follows it at once. */
function compare(one: string, other: string): number {
  const [a, b] = [one.replaceAll('/', '\0'), other.replaceAll('/', '\0')];
  return a < b ? -1 : Number(a > b);
}

function sorted(found: readonly (readonly [string, string])[]): Listing {
  return Object.fromEntries([...found].sort(([a], [b]) => compare(a, b)));
}

const name = fc.constantFrom('a', 'b', 'c');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const entry: fc.Arbitrary<TarEntry> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(path, fc.constantFrom('', 'x', 'y')).map(([at, text]) => file(at, text)) },
  { weight: 2, arbitrary: path.map((at) => directory(at)) },
  { weight: 2, arbitrary: path.map((at) => whiteout(at)) },
  { weight: 1, arbitrary: path.map((at) => file(`${at}/.wh..wh..opq`)) },
  { weight: 1, arbitrary: fc.tuple(path, path).map(([at, target]) => hardlink(at, target)) },
  { weight: 1, arbitrary: fc.tuple(path, path).map(([at, target]) => symlink(at, `/${target}`)) },
);
const layers = fc.array(fc.array(entry, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 });

suite('as umoci unpacks', { skip: skipWithout('umoci') }, () => {
  test('layers of all kinds of entries', async () => {
    const counts = { whole: 0, refused: 0 };
    for (const [index, one] of fc.sample(layers, 60).entries()) {
      const [ours, theirs] = [stacked(one), await unpacked(one)];
      assert.deepEqual(ours, theirs, `sample ${index}: ${JSON.stringify(one)}`);
      counts[ours === 'refused' ? 'refused' : 'whole'] += 1;
    }
    // A sample that is mostly refused would prove little.
    assert.ok(counts.whole >= 15, JSON.stringify(counts));
  });
});
