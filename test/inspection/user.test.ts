// USER: every form, as containerd reads it.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { UserFact } from '../../src/inspection/image-facts.ts';
import { userFrom } from '../../src/inspection/user.ts';

type WithoutRaw<T> = T extends unknown ? Omit<T, 'raw'> : never;

const rows: readonly (readonly [raw: string, fact: WithoutRaw<UserFact>])[] = [
  ['0', { kind: 'uid', uid: 0 }],
  ['00', { kind: 'uid', uid: 0 }],
  ['0000', { kind: 'uid', uid: 0 }],
  ['+0', { kind: 'uid', uid: 0 }],
  ['-0', { kind: 'uid', uid: 0 }],
  ['0:0', { kind: 'uid', uid: 0, gid: 0 }],
  ['0:1000', { kind: 'uid', uid: 0, gid: 1000 }],
  [':0', { kind: 'uid', uid: 0, gid: 0 }],
  [':1000', { kind: 'uid', uid: 0, gid: 1000 }],
  [':app', { kind: 'uid', uid: 0, group: 'app' }],
  [':', { kind: 'uid', uid: 0, gid: 0 }],
  ['0:', { kind: 'uid', uid: 0, gid: 0 }],
  ['1000', { kind: 'uid', uid: 1000 }],
  ['+1000', { kind: 'uid', uid: 1000 }],
  ['0001000', { kind: 'uid', uid: 1000 }],
  ['1000:0', { kind: 'uid', uid: 1000, gid: 0 }],
  ['1000:', { kind: 'uid', uid: 1000, gid: 0 }],
  ['65532:65532', { kind: 'uid', uid: 65532, gid: 65532 }],
  ['1000:app', { kind: 'uid', uid: 1000, group: 'app' }],
  ['2147483647', { kind: 'uid', uid: 2147483647 }],
  ['root', { kind: 'name', name: 'root' }],
  ['root:root', { kind: 'name', name: 'root', group: 'root' }],
  ['ROOT', { kind: 'name', name: 'ROOT' }],
  ['app', { kind: 'name', name: 'app' }],
  ['app:', { kind: 'name', name: 'app', gid: 0 }],
  ['app:1000', { kind: 'name', name: 'app', gid: 1000 }],
  ['0x0', { kind: 'name', name: '0x0' }],
  ['0.0', { kind: 'name', name: '0.0' }],
  ['1_000', { kind: 'name', name: '1_000' }],
  [' 0', { kind: 'name', name: ' 0' }],
  ['0 ', { kind: 'name', name: '0 ' }],
  ['0\n', { kind: 'name', name: '0\n' }],
  ['app ', { kind: 'name', name: 'app ' }],
  ['\u0660', { kind: 'name', name: '\u0660' }],
  ['ContainerAdministrator', { kind: 'name', name: 'ContainerAdministrator' }],
  ['-1', { kind: 'out-of-range' }],
  ['2147483648', { kind: 'out-of-range' }],
  ['4294967295', { kind: 'out-of-range' }],
  ['4294967296', { kind: 'out-of-range' }],
  ['99999999999999999999999999', { kind: 'out-of-range' }],
  ['1000:-1', { kind: 'out-of-range' }],
  ['app:4294967296', { kind: 'out-of-range' }],
  ['a:b:c', { kind: 'malformed' }],
  ['::', { kind: 'malformed' }],
];

suite('userFrom', () => {
  test('no user is unset', () => {
    assert.deepEqual(userFrom(''), { kind: 'unset' });
  });

  for (const [raw, fact] of rows) {
    test(`${JSON.stringify(raw)} is ${JSON.stringify(fact)}`, () => {
      assert.deepEqual(userFrom(raw), { ...fact, raw });
    });
  }

  test('whatever is written, a uid is in range', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.bigInt().map(String)), (raw) => {
        const user = userFrom(raw);
        if (user.kind === 'uid') assert.ok(Number.isInteger(user.uid) && user.uid >= 0 && user.uid < 2 ** 31);
      }),
    );
  });
});
