// Paths of archives in one spelling.
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../src/base/fault.ts';
import { joinPath, normalisePath, splitPath } from '../../src/layers/layer-path.ts';

const limits = { maxPathDepth: 255 };

suite('normalisePath', () => {
  const spelled: readonly (readonly [written: string, path: string])[] = [
    ['a/b', 'a/b'],
    ['./a/b', 'a/b'],
    ['/a/b', 'a/b'],
    ['///a//b///', 'a/b'],
    ['a/./b/.', 'a/b'],
    ['', ''],
    ['.', ''],
    ['./', ''],
    ['/', ''],
    ['..', ''],
    ['../../etc/passwd', 'etc/passwd'],
    ['a/../../b', 'b'],
    ['a/b/../../../etc/passwd', 'etc/passwd'],
    ['./../a', 'a'],
    ['a\\..\\b', 'a\\..\\b'],
    ['...', '...'],
    ['.a/..b/c..', '.a/..b/c..'],
    ['A/a', 'A/a'],
    [' a /b ', ' a /b '],
    ['a/\udcff', 'a/\udcff'],
  ];
  for (const [written, path] of spelled) {
    test(`${JSON.stringify(written)} is ${JSON.stringify(path)}`, () => {
      assert.equal(normalisePath(written, limits), path);
    });
  }

  test('takes 255 names, and not one more', () => {
    assert.equal(normalisePath('a/'.repeat(255), limits), Array(255).fill('a').join('/'));
    assert.throws(
      () => normalisePath('a/'.repeat(256), limits),
      (thrown) => thrown instanceof Fault && thrown.code === 'limit' && thrown.limit === 'maxPathDepth',
    );
  });

  test('says what path.posix says of the same path from the root, and says it again', () => {
    const path = fc.stringMatching(/^[ab./]{0,12}$/);
    fc.assert(
      fc.property(path, (written) => {
        const normal = normalisePath(written, limits);
        assert.equal(`/${normal}`, posix.resolve('/', `./${written}`));
        assert.equal(normalisePath(normal, limits), normal);
      }),
      { numRuns: 2000 },
    );
  });
});

test('a link target is read from the directory of the link, or from the root', () => {
  assert.equal(joinPath('usr/lib', '../bin/x'), 'usr/bin/x');
  assert.equal(joinPath('usr/lib', '/bin/x'), 'bin/x');
  assert.equal(joinPath('usr', '../../..'), '');
  assert.equal(joinPath('', 'a'), 'a');
});

test('a path is its directory and its name', () => {
  assert.deepEqual(splitPath('a/b/c'), { directory: 'a/b', name: 'c' });
  assert.deepEqual(splitPath('c'), { directory: '', name: 'c' });
  assert.deepEqual(splitPath(''), { directory: '', name: '' });
});
