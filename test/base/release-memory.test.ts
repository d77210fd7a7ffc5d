// Memory is given back only where nothing else lies in it.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { releaseMemory } from '../../src/base/release-memory.ts';

suite('the memory of bytes', () => {
  test('is given back where it is all theirs', () => {
    const bytes = new Uint8Array(1024);
    releaseMemory(bytes);
    assert.equal(bytes.buffer.detached, true);
    assert.equal(bytes.length, 0);
  });

  const kept: readonly (readonly [claim: string, bytes: Uint8Array])[] = [
    ['where others have the beginning', new Uint8Array(1024).subarray(1)],
    ['where others have the end', new Uint8Array(1024).subarray(0, 1023)],
    ['where it is of a pool', Buffer.from('pooled')],
    ['where other threads see it', new Uint8Array(new SharedArrayBuffer(8))],
  ];
  for (const [claim, bytes] of kept) {
    test(`is kept ${claim}`, () => {
      const length = bytes.length;
      releaseMemory(bytes);
      assert.equal(bytes.length, length);
    });
  }

  test('may be given back twice', () => {
    const bytes = new Uint8Array(8);
    releaseMemory(bytes);
    releaseMemory(bytes);
    assert.equal(bytes.length, 0);
  });
});
