import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { oncePerObject } from '../../src/base/once-per-object.ts';

describe('oncePerObject', () => {
  it('derives once for each object, by identity', () => {
    let derived = 0;
    const lengthOf = oncePerObject((list: readonly string[]) => {
      derived += 1;
      return list.length;
    });
    const one = ['a'];
    assert.deepEqual([lengthOf(one), lengthOf(one), lengthOf(['a'])], [1, 1, 1]);
    assert.equal(derived, 2);
  });

  it('keeps nothing of a derivation that failed', () => {
    let isBroken = true;
    const derive = oncePerObject((_: object) => {
      if (isBroken) throw new Error('broken');
      return 'derived';
    });
    const key = {};
    assert.throws(() => derive(key));
    isBroken = false;
    assert.equal(derive(key), 'derived');
  });
});
