// Users of images, by number and by name, looked up where containerd looks them up.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { documentReaderFor, type LayerDocument } from '../../src/layers/layer-documents.ts';
import { defaultLayerLimits } from '../../src/layers/layer-limits.ts';
import { type ResolvedUser, resolveUser, type UserWanted } from '../../src/layers/resolve-user.ts';
import { StackedTree } from '../../src/layers/stacked-tree.ts';
import { entryList } from '../support/layer-entries.ts';
import { directory, file, hardlink, symlink, type TarEntry, whiteout } from '../support/tar.ts';

type Layers = readonly (readonly TarEntry[])[];

function resolve(wanted: UserWanted, layers: Layers): ResolvedUser {
  const tree = new StackedTree(defaultLayerLimits);
  for (const one of layers) tree.apply(entryList(one));
  const documents = layers.map((entries) =>
    entries.flatMap(({ path, type, content }, entry): LayerDocument[] => {
      const reader = type === 'file' ? documentReaderFor(path) : undefined;
      return reader === undefined ? [] : [{ entry, content: reader.parse(content) }];
    }),
  );
  return resolveUser(wanted, tree, documents);
}

const passwd = (text: string) => file('etc/passwd', text);
const group = (text: string) => file('etc/group', text);
const usual: Layers = [
  [passwd('root:x:0:0::/root:/bin/sh\napp:x:1000:1001\napp:x:0:0\ntoor:x:0:5\n'), group('root:x:0:\nstaff:x:50:\n')],
];
const resolved = (uid: number, gid: number): ResolvedUser => ({ kind: 'resolved', uid, gid });
const unresolved = (what: 'user' | 'group', reason: string) => ({ kind: 'unresolved', what, reason });

test('a device is no file', () => {
  const tree = new StackedTree(defaultLayerLimits);
  tree.apply({ ...entryList([passwd('app:x:0:0')]), types: 'c', sizes: [], sums: [] });
  assert.deepEqual(resolveUser({ user: 'app' }, tree, [[]]), unresolved('user', 'not-a-file'));
});

suite('resolveUser', () => {
  const cases: readonly (readonly [claim: string, wanted: UserWanted, layers: Layers, expected: object])[] = [
    ['a number with an entry has its gid', { user: 1000 }, usual, resolved(1000, 1001)],
    ['a number without an entry has gid 0', { user: 4711 }, usual, resolved(4711, 0)],
    ['a number without a file has gid 0', { user: 4711 }, [], resolved(4711, 0)],
    ['two numbers need no file', { user: 4711, group: 12 }, [[directory('etc/passwd')]], resolved(4711, 12)],
    ['a number and a group', { user: 1, group: 'staff' }, usual, resolved(1, 50)],
    ['a number and no such group', { user: 1, group: 'nobody' }, usual, unresolved('group', 'no-entry')],
    ['a group without a file', { user: 1, group: 'staff' }, [], unresolved('group', 'no-file')],
    ['a name is its first line', { user: 'app' }, usual, resolved(1000, 1001)],
    ['another name of uid 0 is root', { user: 'toor' }, usual, resolved(0, 5)],
    ['a name and a number', { user: 'app', group: 7 }, usual, resolved(1000, 7)],
    ['a name and a group', { user: 'app', group: 'staff' }, usual, resolved(1000, 50)],
    ['a name that is not there', { user: 'nobody' }, usual, unresolved('user', 'no-entry')],
    ['a name that differs by a space', { user: 'app ' }, usual, unresolved('user', 'no-entry')],
    ['a name without a file', { user: 'app' }, [], unresolved('user', 'no-file')],
    ['root without a file is root', { user: 'root' }, [], resolved(0, 0)],
    ['root without a line is root', { user: 'root' }, [[passwd('app:x:1:1\n')]], resolved(0, 0)],
    ['root that somebody else is', { user: 'root' }, [[passwd('root:x:1000:1000\n')]], resolved(1000, 1000)],
    ['a number is never a name', { user: 1000 }, [[passwd('1000:x:0:0\n')]], resolved(1000, 0)],
    [
      'a uid that does not fit 32 bits',
      { user: 'app' },
      [[passwd('app:x:4294967296:1\n')]],
      unresolved('user', 'out-of-range'),
    ],
    [
      'a gid that does not fit 32 bits',
      { user: 'app' },
      [[passwd('app:x:7:4294967296\n')]],
      { kind: 'uid-only', uid: 7, reason: 'out-of-range' },
    ],
    ['a comment is a user', { user: '#app' }, [[passwd('#app:x:3:4\n')]], resolved(3, 4)],
    ['the last layer decides', { user: 'app' }, [...usual, [passwd('app:x:0:0\n')]], resolved(0, 0)],
    ['a removed file is no file', { user: 'app' }, [...usual, [whiteout('etc/passwd')]], unresolved('user', 'no-file')],
    ['a removed directory as well', { user: 'app' }, [...usual, [whiteout('etc')]], unresolved('user', 'no-file')],
    [
      'an opaque directory as well',
      { user: 'app' },
      [...usual, [file('etc/.wh..wh..opq')]],
      unresolved('user', 'no-file'),
    ],
    [
      '/etc may be a link',
      { user: 'app' },
      [[passwd('app:x:1:2\n')].map((one) => ({ ...one, path: 'usr/etc/passwd' })), [symlink('etc', 'usr/etc')]],
      resolved(1, 2),
    ],
    [
      'the file may be a link',
      { user: 'app' },
      [[symlink('etc/passwd', '../usr/lib/passwd'), file('usr/lib/passwd', 'app:x:1:2\n')]],
      resolved(1, 2),
    ],
    [
      'an absolute link stays inside',
      { user: 'app' },
      [[symlink('etc/passwd', '/../usr/lib/passwd'), file('usr/lib/passwd', 'app:x:1:2\n')]],
      resolved(1, 2),
    ],
    [
      'a file written through a link is found',
      { user: 'app' },
      [[symlink('etc', 'usr/etc')], [passwd('app:x:0:2\n')]],
      resolved(0, 2),
    ],
    [
      'a hard link of a kept file is read',
      { user: 'app' },
      [[file('usr/lib/passwd', 'app:x:1:2\n'), hardlink('etc/passwd', 'usr/lib/passwd')]],
      resolved(1, 2),
    ],
    [
      'a hard link of any other file is unread',
      { user: 'app' },
      [[file('x', 'app:x:0:0\n'), hardlink('etc/passwd', 'x')]],
      unresolved('user', 'unread'),
    ],
    [
      'a link without end is no file',
      { user: 'app' },
      [[symlink('etc/passwd', 'passwd')]],
      unresolved('user', 'not-a-file'),
    ],
    ['a directory is no file', { user: 'app' }, [[directory('etc/passwd')]], unresolved('user', 'not-a-file')],
    [
      'a link to nothing is no file',
      { user: 'app' },
      [[symlink('etc/passwd', '/nowhere')]],
      unresolved('user', 'no-file'),
    ],
    [
      'groups are no users',
      { user: 'app' },
      [[group('app:x:0:0\n'), symlink('etc/passwd', 'group')]],
      unresolved('user', 'unreadable'),
    ],
    [
      'a line without end hides all users',
      { user: 'app' },
      [[passwd(`app:x:1:1\n${'x'.repeat(70_000)}\n`)]],
      unresolved('user', 'unreadable'),
    ],
    [
      'a number stays certain where the file is not',
      { user: 5 },
      [[passwd('x'.repeat(70_000))]],
      { kind: 'uid-only', uid: 5, reason: 'unreadable' },
    ],
  ];
  for (const [claim, wanted, layers, expected] of cases) {
    test(claim, () => {
      assert.deepEqual(resolve(wanted, layers), expected);
    });
  }
});
