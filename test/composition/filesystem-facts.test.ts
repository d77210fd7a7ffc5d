// What the final file system grants: what later layers take away or say anew does not count.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { FilesystemFacts } from '../../src/composition/composition.ts';
import { filesystemOf } from '../../src/composition/filesystem-facts.ts';
import { directory, file, symlink, type TarEntryOptions, whiteout } from '../support/tar.ts';
import { type Layers, stackedLayers } from './layer-facts.ts';

function found(layers: Layers): FilesystemFacts {
  const { tree, layers: facts } = stackedLayers(layers);
  return filesystemOf(tree, facts);
}

const su = ({ content = 'x', mode = 0o4755, ...owner }: TarEntryOptions & { readonly content?: string } = {}) =>
  file('bin/su', content, { mode, ...owner });
const program = (path: string, mode: number) => file(path, 'x', { mode });
const open = (path: string, mode = 0o777) => directory(path, { mode });

/** Each layer says the file or directory again; who is blamed is the one that made it what it is. */
const blamed: readonly (readonly [string, keyof FilesystemFacts, Layers, readonly string[]])[] = [
  ['blames who set the bit, not who writes the same file again', 'setuid', Array(3).fill([su()]), ['bin/su 0']],
  ['blames who brought another file of the same name', 'setuid', [[su()], [su({ content: 'other' })]], ['bin/su 1']],
  ['blames who gave the file to somebody else', 'setuid', [[su({ uid: 7 })], [su()]], ['bin/su 1']],
  [
    'blames who gave it to another group',
    'setgid',
    [[su({ mode: 0o2755, gid: 7 })], [su({ mode: 0o2755 })]],
    ['bin/su 1'],
  ],
  ['blames who set the bit again', 'setuid', [[su()], [su({ mode: 0o755 })], [su()], [su()]], ['bin/su 2']],
  ['blames who brought it back', 'setuid', [[su()], [whiteout('bin/su')], [su()], [su()]], ['bin/su 2']],
  [
    'blames who opened a file, also when the same layer writes it twice',
    'worldWritableFiles',
    [[program('a', 0o666)], [program('a', 0o666), program('a', 0o666)]],
    ['a 0'],
  ],
  [
    'blames who opened a directory, not who only says it again on the way to its files',
    'worldWritableDirectories',
    [[open('data')], [open('data'), file('data/a', 'x')], [open('data'), file('data/b', 'x')]],
    ['data 0'],
  ],
  ['blames who opened it again', 'worldWritableDirectories', [[open('a')], [open('a', 0o755)], [open('a')]], ['a 2']],
  ['blames who made it again', 'worldWritableDirectories', [[open('a')], [whiteout('a')], [open('a')]], ['a 2']],
  [
    'blames who made it again where only a path implies it meanwhile',
    'worldWritableDirectories',
    [[open('a')], [whiteout('a')], [file('a/b', 'x')], [open('a')]],
    ['a 3'],
  ],
  [
    'blames who gave it another owner',
    'worldWritableDirectories',
    [[directory('a', { mode: 0o777, uid: 7 })], [open('a')]],
    ['a 1'],
  ],
  [
    'blames nobody for what was opened and closed while it was in the way of a file',
    'worldWritableDirectories',
    [[open('a')], [file('a', 'x')], [open('a', 0o755)]],
    [],
  ],
  [
    'names them in the order of those to blame',
    'worldWritableDirectories',
    [[open('z')], [open('a')], [open('b'), open('z')]],
    ['z 0', 'a 1', 'b 2'],
  ],
];

suite('filesystemOf', () => {
  const cases: readonly (readonly [
    claim: string,
    kind: keyof FilesystemFacts,
    layers: Layers,
    expected: readonly string[],
  ])[] = [
    ['finds setuid programs', 'setuid', [[program('bin/su', 0o4755), program('bin/ls', 0o755)]], ['bin/su 0']],
    ['finds setgid programs', 'setgid', [[program('bin/wall', 0o2755)]], ['bin/wall 0']],
    ['passes over setgid that nobody can execute', 'setgid', [[program('var/lock', 0o2644)]], []],
    ['passes over setgid directories', 'setgid', [[open('var/mail', 0o2775)]], []],
    ['passes over what is deleted', 'setuid', [[program('bin/su', 0o4755)], [whiteout('bin/su')]], []],
    ['passes over what is replaced', 'setuid', [[program('bin/su', 0o4755)], [program('bin/su', 0o755)]], []],
    ...blamed,
    ['says the layer', 'setuid', [[program('bin/su', 0o755)], [program('bin/su', 0o4755)]], ['bin/su 1']],
    [
      'finds files that all may write',
      'worldWritableFiles',
      [[program('app/x', 0o666), program('app/y', 0o664)]],
      ['app/x 0'],
    ],
    ['passes over links', 'worldWritableFiles', [[file('a', 'x'), symlink('b', 'a')]], []],
    [
      'finds directories that all may write',
      'worldWritableDirectories',
      [[open('data'), open('app', 0o775)]],
      ['data 0'],
    ],
    ['passes over the sticky bit', 'worldWritableDirectories', [[open('tmp', 0o1777)]], []],
    ['passes over what is said anew', 'worldWritableDirectories', [[open('data')], [open('data', 0o755)]], []],
    ['takes what a layer says last', 'worldWritableDirectories', [[open('data'), open('data', 0o755)]], []],
    ['passes over deleted directories', 'worldWritableDirectories', [[open('data')], [whiteout('data')]], []],
    [
      'passes over what links in circles hide',
      'worldWritableDirectories',
      [[open('a/data')], [whiteout('a'), symlink('a', 'b'), symlink('b', 'a')]],
      [],
    ],
    [
      'finds what lies behind a link',
      'worldWritableDirectories',
      [[directory('usr'), symlink('a', 'usr')], [open('a/data')]],
      ['a/data 1'],
    ],
  ];
  for (const [claim, kind, layers, expected] of cases) {
    test(claim, () => {
      const { count, paths } = found(layers)[kind];
      assert.deepEqual([paths.map(({ path, layer }) => `${path} ${layer}`), count], [expected, expected.length]);
    });
  }

  test('counts all and shows twenty', () => {
    const { count, paths } = found([Array.from({ length: 30 }, (_, index) => program(`bin/${index}`, 0o4755))]).setuid;
    assert.deepEqual([count, paths.length], [30, 20]);
  });

  test('finds capabilities', () => {
    const { tree, layers } = stackedLayers([[file('bin/ping', 'x')]]);
    const withCapability = layers.map((one) => ({
      ...one,
      entries: { ...one.entries, attributeSets: [{ mode: 0o755, uid: 0, gid: 0, capability: true }] },
    }));
    assert.deepEqual(filesystemOf(tree, withCapability).capabilities, {
      count: 1,
      paths: [{ path: 'bin/ping', layer: 0 }],
    });
  });
});
