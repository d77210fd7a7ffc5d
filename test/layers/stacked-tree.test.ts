// Layers applied as containerd applies them: what is there in the end, what is not, and who hid it.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import type { LayerEntryList } from '../../src/layers/entry-list.ts';
import { defaultLayerLimits, type LayerLimits } from '../../src/layers/layer-limits.ts';
import { StackedTree } from '../../src/layers/stacked-tree.ts';
import { summariseTree, type TreeSummary } from '../../src/layers/tree-summary.ts';
import { entryList } from '../support/layer-entries.ts';
import { directory, file, hardlink, symlink, type TarEntry, whiteout } from '../support/tar.ts';

type Layers = readonly (readonly TarEntry[])[];

function stacked(layers: readonly LayerEntryList[], limits: Partial<LayerLimits> = {}): StackedTree {
  const tree = new StackedTree({ ...defaultLayerLimits, ...limits });
  for (const layer of layers) tree.apply(layer);
  return tree;
}

/** Every name that is no directory, and the layer and entry whose content it leads to. */
function leaves(tree: StackedTree): Readonly<Record<string, string>> {
  const seen: [string, string][] = [];
  for (const { path, node } of tree.walk()) {
    if (node.kind === 'leaf') seen.push([path, `${node.content.layer}:${node.content.entry}`]);
  }
  return Object.fromEntries(seen.sort());
}

function directories(tree: StackedTree): readonly string[] {
  return [...tree.walk()].flatMap(({ path, node }) => (node.kind === 'directory' ? [path] : [])).sort();
}

const opaque = (path: string) => file(`${path === '' ? '' : `${path}/`}.wh..wh..opq`);

suite('what is there in the end', () => {
  const cases: readonly (readonly [claim: string, layers: Layers, expected: Readonly<Record<string, string>>])[] = [
    ['a file stays', [[file('a/b', 'x')], []], { 'a/b': '0:0' }],
    ['a file replaces a file', [[file('a', 'x')], [file('a', 'y')]], { a: '1:0' }],
    ['a whiteout removes a file', [[file('a/b'), file('a/c')], [whiteout('a/b')]], { 'a/c': '0:1' }],
    [
      'a whiteout removes a directory with all that is in it',
      [[file('a/b/c'), file('d')], [whiteout('a')]],
      { d: '0:1' },
    ],
    ['a whiteout of nothing is fine', [[file('a')], [whiteout('b'), whiteout('x/y')]], { a: '0:0' }],
    ['a whiteout spares its own layer, before it', [[file('a/b')], [file('a/c'), whiteout('a')]], { 'a/c': '1:0' }],
    ['a whiteout spares its own layer, after it', [[file('a/b')], [whiteout('a'), file('a/c')]], { 'a/c': '1:1' }],
    [
      'a whiteout spares a file of its own layer with that name',
      [[file('a')], [file('a'), whiteout('a')]],
      { a: '1:0' },
    ],
    ['an opaque directory hides what lower layers have in it', [[file('a/b'), file('a/c/d')], [opaque('a')]], {}],
    [
      'an opaque directory spares its own layer, before it',
      [[file('a/b')], [file('a/c/d'), opaque('a')]],
      { 'a/c/d': '1:0' },
    ],
    [
      'an opaque directory spares its own layer, after it',
      [[file('a/b')], [opaque('a'), file('a/c')]],
      { 'a/c': '1:1' },
    ],
    [
      'an opaque root hides all',
      [
        [file('a'), file('b/c')],
        [opaque(''), file('d')],
      ],
      { d: '1:1' },
    ],
    [
      'AUFS metadata removes nothing',
      [
        [file('a'), file('.wh.plnk')],
        [file('.wh..wh.plnk'), file('.wh..wh.aufs')],
      ],
      { a: '0:0' },
    ],
    ['a file replaces a directory with all that is in it', [[file('a/b'), file('a/c/d')], [file('a')]], { a: '1:0' }],
    ['a directory replaces a file', [[file('a')], [directory('a'), file('a/b')]], { 'a/b': '1:1' }],
    [
      'a directory merges with a directory',
      [[file('a/b')], [directory('a'), file('a/c')]],
      { 'a/b': '0:0', 'a/c': '1:1' },
    ],
    [
      'a directory replaces a symbolic link to one',
      [
        [directory('u'), symlink('a', 'u')],
        [directory('a'), file('a/b')],
      ],
      { 'a/b': '1:1' },
    ],
    ['the last of two entries stays', [[file('a', 'x'), file('a', 'y')]], { a: '0:1' }],
    [
      'a file goes through a symbolic link of a lower layer',
      [[directory('usr/bin'), symlink('bin', 'usr/bin')], [file('bin/x')]],
      { bin: '0:1', 'usr/bin/x': '1:0' },
    ],
    [
      'a file goes through an absolute link inside the root',
      [[symlink('etc', '/usr/etc')], [file('etc/passwd')]],
      { etc: '0:0', 'usr/etc/passwd': '1:0' },
    ],
    [
      'a file goes through a link that climbs, and not above the root',
      [[symlink('a/b', '../../../c')], [file('a/b/d')]],
      { 'a/b': '0:0', 'c/d': '1:0' },
    ],
    [
      'a file goes through links to links',
      [[symlink('a', 'b'), symlink('b', 'c/d'), symlink('c', '/e')], [file('a/f')]],
      { a: '0:0', b: '0:1', c: '0:2', 'e/d/f': '1:0' },
    ],
    [
      'a whiteout goes through a link',
      [[file('usr/bin/x'), symlink('bin', 'usr/bin')], [whiteout('bin/x')]],
      { bin: '0:1' },
    ],
    [
      'a whiteout of a link removes the link',
      [[file('usr/x'), symlink('a', 'usr')], [whiteout('a')]],
      { 'usr/x': '0:0' },
    ],
    ['an opaque directory goes through a link', [[file('usr/x'), symlink('a', 'usr')], [opaque('a')]], { a: '0:1' }],
    [
      'a link of the same layer counts for what follows',
      [[symlink('a', 'b'), file('a/x')]],
      { a: '0:0', 'b/x': '0:1' },
    ],
    [
      'a link of the same layer does not count for what came before',
      [[file('a/x'), symlink('b', 'a')], [file('b/x')]],
      { 'a/x': '1:0', b: '0:1' },
    ],
    ['a hard link has the content of its target', [[file('a', 'x'), hardlink('b', 'a')]], { a: '0:0', b: '0:0' }],
    [
      'a hard link reaches into lower layers',
      [[file('a/b', 'x')], [hardlink('c', '/a/b')]],
      { 'a/b': '0:0', c: '0:0' },
    ],
    [
      'a hard link keeps content whose first name goes',
      [[file('a', 'x')], [hardlink('b', 'a')], [whiteout('a')]],
      { b: '0:0' },
    ],
    [
      'a hard link has the content of its time',
      [[file('a', 'x'), hardlink('b', 'a')], [file('a', 'y')]],
      { a: '1:0', b: '0:0' },
    ],
    [
      'a hard link goes through links of directories',
      [[file('usr/x', 'x'), symlink('a', 'usr')], [hardlink('b', 'a/x')]],
      { 'usr/x': '0:0', a: '0:1', b: '0:0' },
    ],
    [
      'a hard link to a symbolic link links the link',
      [[symlink('a', 'x')], [hardlink('b', 'a')]],
      { a: '0:0', b: '0:0' },
    ],
    [
      'a hard link of this layer is spared by its whiteouts',
      [
        [file('a', 'x'), file('d/b', 'y')],
        [hardlink('d/c', 'a'), opaque('d')],
      ],
      { a: '0:0', 'd/c': '0:0' },
    ],
    ['a whiteout below a file removes nothing', [[file('a')], [whiteout('a/b'), opaque('a')]], { a: '0:0' }],
    [
      'a link that a whiteout removes leads nowhere any more',
      [
        [file('b/z'), symlink('a', 'b')],
        [file('a/x'), whiteout('a'), file('a/y')],
      ],
      { 'b/z': '0:0', 'b/x': '1:0', 'a/y': '1:2' },
    ],
    ['the root is there, whatever its type', [[directory('/'), file('./'), file('a')], [file('..')]], { a: '0:2' }],
    ['the case of names counts', [[file('A'), file('a')]], { A: '0:0', a: '0:1' }],
    [
      'names of Object are names',
      [[file('__proto__/constructor', 'x')], [file('toString')]],
      { '__proto__/constructor': '0:0', toString: '1:0' },
    ],
  ];
  for (const [claim, layers, expected] of cases) {
    test(claim, () => {
      assert.deepEqual(leaves(stacked(layers.map(entryList))), expected);
    });
  }

  test('directories that only paths imply are there too', () => {
    assert.deepEqual(directories(stacked([entryList([file('a/b/c'), directory('d')])])), ['a', 'a/b', 'd']);
  });

  test('a whiteout takes a directory itself, and all directories in it', () => {
    const below = [file('a/b/c'), directory('a/d'), directory('e'), directory('f')];
    assert.deepEqual(directories(stacked([below, [whiteout('a'), whiteout('e')]].map(entryList))), ['f']);
  });

  test('a whiteout of a directory that its layer says again empties it', () => {
    const tree = stacked([[file('a/b')], [directory('a'), whiteout('a')]].map(entryList));
    assert.deepEqual([directories(tree), leaves(tree)], [['a'], {}]);
  });
});

suite('what is refused', () => {
  const long = Array.from({ length: 41 }, (_, index) => symlink(`l${index}`, `l${index + 1}`));
  const deep = 'd/'.repeat(200);
  const refused: readonly (readonly [
    claim: string,
    code: FaultCode,
    limit: keyof LayerLimits | undefined,
    layers: Layers,
  ])[] = [
    ['a hard link to nothing', 'image/malformed', undefined, [[hardlink('a', 'b')]]],
    ['a hard link to itself', 'image/malformed', undefined, [[file('a')], [hardlink('a', 'a')]]],
    ['a hard link to a directory', 'image/malformed', undefined, [[directory('d'), hardlink('a', 'd')]]],
    ['a hard link to the root', 'image/malformed', undefined, [[hardlink('a', '/')]]],
    ['hard links in a circle', 'image/malformed', undefined, [[hardlink('a', 'b'), hardlink('b', 'a')]]],
    ['a file below a file', 'image/malformed', undefined, [[file('a')], [file('a/b')]]],
    ['a file below a link to a file', 'image/malformed', undefined, [[file('a'), symlink('b', 'a')], [file('b/c')]]],
    ['a whiteout that names no file', 'image/malformed', undefined, [[file('a/.wh...')]]],
    ['links in a circle', 'limit', 'maxSymlinkHops', [[symlink('a', 'b'), symlink('b', 'a')], [file('a/c')]]],
    ['a link to itself', 'limit', 'maxSymlinkHops', [[symlink('a', 'a')], [file('a/c')]]],
    ['41 links one after the other', 'limit', 'maxSymlinkHops', [long, [file('l0/x')]]],
    [
      'directories below links that grow too deep',
      'limit',
      'maxPathDepth',
      [[directory(deep), symlink('a', deep)], [directory(`a/${deep}`)]],
    ],
  ];
  for (const [claim, code, limit, layers] of refused) {
    test(`refuses ${claim}`, () => {
      assert.throws(
        () => stacked(layers.map(entryList)),
        (thrown) => thrown instanceof Fault && thrown.code === code && thrown.limit === limit,
      );
    });
  }

  test('follows 40 links', () => {
    assert.equal(leaves(stacked([long.slice(1), [file('l1/x')]].map(entryList)))['l41/x'], '1:0');
  });

  test('stops at too many entries, and at too many steps', () => {
    const layers = [[file('a/b/c'), file('d')], [file('e')]].map(entryList);
    stacked(layers, { maxImageEntries: 5, maxTreeSteps: 2 });
    const reached = (limit: string) => (thrown: unknown) => thrown instanceof Fault && thrown.limit === limit;
    // Three files, and two directories that are only in a path.
    assert.throws(() => stacked(layers, { maxImageEntries: 4 }), reached('maxImageEntries'));
    assert.throws(() => stacked(layers, { maxTreeSteps: 1 }), reached('maxTreeSteps'));
  });

  test('counts the steps of chains of links, so that their work is bounded', () => {
    const chain = long.slice(1);
    const many = Array.from({ length: 100 }, (_, index) => file(`l1/d${index}/x`));
    assert.throws(
      () => stacked([chain, many].map(entryList), { maxTreeSteps: 4000 }),
      (thrown) => thrown instanceof Fault && thrown.limit === 'maxTreeSteps',
    );
  });

  test('a global header may not have the name of a file or of a whiteout', () => {
    const globalAt = (path: string): TarEntry => ({ ...file(path), type: 'file' });
    const list = (path: string) => ({ ...entryList([globalAt(path)]), types: 'g', sizes: [], sums: [] });
    const below = entryList([file('a/b')]);
    assert.deepEqual(leaves(stacked([below, list('pax_global_header')])), { 'a/b': '0:0' });
    for (const path of ['a/b', 'a', 'a/.wh.b']) {
      assert.throws(
        () => stacked([below, list(path)]),
        (thrown) => thrown instanceof Fault && thrown.code === 'integrity/ambiguous',
        path,
      );
    }
  });
});

suite('what was hidden', () => {
  const megabytes = (count: number, fill: string) => Buffer.alloc(count * 1000, fill);
  const summary = (layers: Layers): TreeSummary =>
    summariseTree(
      stacked(layers.map(entryList)),
      layers.map(() => ({ compressedBytes: 10_000, plainBytes: 200_000 })),
    );
  const base = [file('bin/sh', megabytes(5, 's'))];
  const build = Array.from({ length: 100 }, (_, index) => file(`opt/build/${index}`, megabytes(1, 'b')));
  const kept = { bytes: 105_000, neededBytes: 5000, wastedBytes: 100_000 };

  for (const [claim, removal, how] of [
    ['rm -rf dir', [whiteout('opt/build')], 'deleted'],
    ['rm -rf dir/*', build.map(({ path }) => whiteout(path)), 'deleted'],
    ['rm -rf dir && mkdir dir', [directory('opt/build'), opaque('opt/build')], 'deleted'],
    ['rm -rf dir && touch dir', [file('opt/build')], 'overwritten'],
  ] as const) {
    test(`${claim} wastes all that was in it, whatever form the removal takes`, () => {
      const { bytes, neededBytes, wastedBytes, hidden } = summary([base, build, removal]);
      assert.deepEqual({ bytes, neededBytes, wastedBytes }, kept);
      assert.deepEqual(hidden, [{ layer: 1, by: 2, how, files: 100, bytes: 100_000, compressedBytes: 5000 }]);
    });
  }

  test('the copy that stays is no waste', () => {
    const { wastedBytes, hidden, layers } = summary([
      [file('a', megabytes(3, 'x'))],
      [file('a', megabytes(2, 'y'))],
      [file('a', megabytes(1, 'z'))],
    ]);
    assert.equal(wastedBytes, 5000);
    assert.deepEqual(
      hidden.map(({ layer, by, bytes }) => [layer, by, bytes]),
      [
        [0, 1, 3000],
        [1, 2, 2000],
      ],
    );
    assert.deepEqual(
      layers.map((one) => one.neededBytes),
      [0, 0, 1000],
    );
  });

  test('the same content again is told apart from other content: a chmod is not an update', () => {
    const { hidden } = summary([
      [file('a', 'same'), file('b', 'old ')],
      [file('a', 'same', { mode: 0o755 }), file('b', 'new ')],
    ]);
    assert.deepEqual(
      hidden.map(({ how, files, bytes }) => [how, files, bytes]),
      [
        ['overwritten', 1, 4],
        ['rewritten', 1, 4],
      ],
    );
  });

  test('a layer can hide its own files', () => {
    const { hidden } = summary([[file('a', 'xyz'), file('a', 'x')]]);
    assert.deepEqual(
      hidden.map(({ layer, by, bytes }) => [layer, by, bytes]),
      [[0, 0, 3]],
    );
  });

  test('content is hidden when its last name goes, by whoever takes it', () => {
    const layers = [[file('a', 'xyz'), hardlink('b', 'a')], [whiteout('a')], [file('b', 'x')]];
    assert.deepEqual(summary(layers.slice(0, 2)).hidden, []);
    assert.deepEqual(
      summary(layers).hidden.map(({ by, how, bytes }) => [by, how, bytes]),
      [[2, 'overwritten', 3]],
    );
  });

  test('the bytes of a whiteout are waste', () => {
    const { bytes, wastedBytes } = summary([[file('a', 'x')], [file('.wh.a', 'hidden')]]);
    assert.deepEqual([bytes, wastedBytes], [7, 7]);
  });

  test('a hard link costs nothing', () => {
    assert.equal(summary([[file('a', 'xyz'), hardlink('b', 'a'), hardlink('c', 'b')]]).bytes, 3);
  });
});

const name = fc.constantFrom('a', 'b', 'c');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const content = fc.constantFrom('', 'x', 'yy', 'zzz');
const simpleEntry: fc.Arbitrary<TarEntry> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(path, content).map(([at, text]) => file(at, text)) },
  { weight: 2, arbitrary: path.map((at) => directory(at)) },
  { weight: 2, arbitrary: path.map((at) => whiteout(at)) },
  { weight: 1, arbitrary: fc.oneof(fc.constant(''), path).map((at) => opaque(at)) },
);
const simpleLayers = fc.array(fc.array(simpleEntry, { maxLength: 7 }), { minLength: 1, maxLength: 4 });
const anyEntry: fc.Arbitrary<TarEntry> = fc.oneof(
  { weight: 4, arbitrary: simpleEntry },
  { weight: 1, arbitrary: fc.tuple(path, path).map(([at, target]) => hardlink(at, target)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        path,
        fc.oneof(
          path,
          path.map((at) => `/${at}`),
          path.map((at) => `../${at}`),
        ),
      )
      .map(([at, target]) => symlink(at, target)),
  },
);
const anyLayers = fc.array(fc.array(anyEntry, { maxLength: 7 }), { minLength: 1, maxLength: 4 });

/** The rules once more, as a flat Map and without links: what a path is, and which layer said so. */
function naive(layers: Layers): Readonly<Record<string, string>> | 'refused' {
  let map = new Map<string, { readonly type: string; readonly layer: number; readonly id: string }>();
  for (const [layer, entries] of layers.entries()) {
    for (const [index, entry] of entries.entries()) {
      const at = entry.path.replace(/\/$/, '');
      const parent = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '';
      const parts = parent === '' ? [] : parent.split('/');
      const parents = parts.map((_, depth) => parts.slice(0, depth + 1).join('/'));
      const last = at.slice(at.lastIndexOf('/') + 1);
      if (parents.some((one) => map.get(one)?.type === 'file')) {
        if (last.startsWith('.wh.')) continue;
        return 'refused';
      }
      const within = (key: string, top: string) => top === '' || key === top || key.startsWith(`${top}/`);
      const keep = (drop: (key: string, own: boolean) => boolean) => {
        map = new Map([...map].filter(([key, value]) => !drop(key, value.layer === layer)));
      };
      if (last === '.wh..wh..opq') keep((key, own) => !own && key !== parent && within(key, parent));
      else if (last.startsWith('.wh.')) {
        const gone = parent === '' ? last.slice(4) : `${parent}/${last.slice(4)}`;
        keep((key, own) => !own && within(key, gone));
      } else if (entry.type === 'directory') {
        if (map.get(at)?.type === 'file') map.delete(at);
        map.set(at, { type: 'directory', layer, id: '' });
      } else {
        keep((key) => within(key, at));
        map.set(at, { type: 'file', layer, id: `${layer}:${index}` });
      }
    }
  }
  return Object.fromEntries([...map].flatMap(([key, { type, id }]) => (type === 'file' ? [[key, id]] : [])).sort());
}

function outcome(layers: Layers): StackedTree | 'refused' {
  try {
    return stacked(layers.map(entryList));
  } catch (thrown) {
    assert.ok(thrown instanceof Fault, String(thrown));
    return 'refused';
  }
}

suite('properties', () => {
  test('the tree equals a naive map', () => {
    let refused = 0;
    fc.assert(
      fc.property(simpleLayers, (layers) => {
        const tree = outcome(layers);
        if (tree === 'refused') refused += 1;
        assert.deepEqual(tree === 'refused' ? tree : leaves(tree), naive(layers));
      }),
      { numRuns: 3000 },
    );
    assert.ok(refused < 2000, `${refused} of 3000 were refused`);
  });

  test('every byte is needed or hidden, and content has as many names as lead to it', () => {
    fc.assert(
      fc.property(anyLayers, (layers) => {
        const tree = outcome(layers);
        if (tree === 'refused') return;
        const names = new Map<unknown, number>();
        for (const { node } of tree.walk()) {
          if (node.kind === 'leaf') names.set(node.content, (names.get(node.content) ?? 0) + 1);
        }
        for (const one of tree.contents.flat()) {
          assert.equal(one.names, names.get(one) ?? 0);
          assert.equal(one.hidden === undefined, one.names > 0);
        }
        const summary = summariseTree(tree, []);
        const written = layers.flat().filter(({ type }) => type === 'file');
        assert.equal(
          summary.bytes,
          written.reduce((total, one) => total + one.content.length, 0),
        );
        assert.equal(
          summary.wastedBytes,
          summary.hidden.reduce((total, one) => total + one.bytes, 0),
        );
        assert.equal(summary.wastedBytes, summary.bytes - summary.neededBytes);
      }),
      { numRuns: 2000 },
    );
  });

  test('it makes no difference where in its layer a whiteout stands', () => {
    fc.assert(
      fc.property(simpleLayers, (layers) => {
        const isWhiteout = ({ path: at }: TarEntry) => /(?:^|\/)\.wh\./.test(at);
        const last = layers.at(-1) ?? [];
        const below = layers.slice(0, -1).map(entryList);
        const [whiteouts, others] = [last.filter(isWhiteout), last.filter((one) => !isWhiteout(one))];
        const paths = (order: readonly TarEntry[]) => {
          try {
            return Object.keys(leaves(stacked([...below, entryList(order)])));
          } catch (thrown) {
            assert.ok(thrown instanceof Fault);
            return 'refused';
          }
        };
        const [first, after] = [paths([...whiteouts, ...others]), paths([...others, ...whiteouts])];
        if (first !== 'refused' && after !== 'refused') assert.deepEqual(first, after);
      }),
      { numRuns: 1000 },
    );
  });

  test('a layer in between that changes nothing changes nothing', () => {
    fc.assert(
      fc.property(anyLayers, (layers) => {
        const [plain, spaced] = [outcome(layers), outcome(layers.flatMap((one) => [one, []]))];
        if (plain === 'refused' || spaced === 'refused') assert.equal(plain, spaced);
        else assert.deepEqual(Object.keys(leaves(plain)), Object.keys(leaves(spaced)));
      }),
      { numRuns: 300 },
    );
  });
});
