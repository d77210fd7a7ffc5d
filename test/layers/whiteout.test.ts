// Which names are whiteouts, and of what.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import { type Whiteout, whiteoutOf } from '../../src/layers/whiteout.ts';

suite('whiteoutOf', () => {
  const known: readonly (readonly [name: string, whiteout: Whiteout | undefined])[] = [
    ['file', undefined],
    ['wh.file', undefined],
    ['.wh', undefined],
    ['x.wh.file', undefined],
    ['.WH.file', undefined],
    ['.wh.file', { kind: 'name', name: 'file' }],
    ['.wh..npmrc', { kind: 'name', name: '.npmrc' }],
    ['.wh....', { kind: 'name', name: '...' }],
    ['.wh.wh.', { kind: 'name', name: 'wh.' }],
    ['.wh..wh', { kind: 'name', name: '.wh' }],
    ['.wh..wh..opq', { kind: 'opaque' }],
    ['.wh..wh.plnk', { kind: 'metadata' }],
    ['.wh..wh.', { kind: 'metadata' }],
    ['.wh..wh..opq2', { kind: 'metadata' }],
  ];
  for (const [name, whiteout] of known) {
    test(`${name} is ${whiteout === undefined ? 'no whiteout' : JSON.stringify(whiteout)}`, () => {
      assert.deepEqual(whiteoutOf(name), whiteout);
    });
  }

  for (const name of ['.wh.', '.wh..', '.wh...']) {
    test(`refuses ${name}, as runtimes do`, () => {
      assert.throws(
        () => whiteoutOf(name),
        (thrown) => thrown instanceof Fault && thrown.code === 'image/malformed',
      );
    });
  }
});
