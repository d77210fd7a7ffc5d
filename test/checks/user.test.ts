// Users: every form that a USER can have, what the pod changes, and what the kubelet will make of it.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { userFrom } from '../../src/inspection/user.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import type { RunAs } from '../../src/workload/use.ts';
import { imageFacts } from '../support/facts.ts';
import { ask, failed } from './ask.ts';

const root = 'user/root';
const unknown = 'user/unknown';
const notNumeric = 'user/not-numeric';
const outOfRange = 'user/out-of-range';
const rootGroup = 'user/root-group';

function found(raw: string, parameters: Readonly<Record<string, unknown>>, runAs: RunAs = {}): readonly string[] {
  return failed('user', parameters, { facts: imageFacts({ user: userFrom(raw) }), use: { runAs } });
}

suite('the image alone', () => {
  const rows: readonly (readonly [user: string, nonRoot: readonly string[], numeric: readonly string[]])[] = [
    ['', [root], [notNumeric]],
    ['0', [root], []],
    ['00', [root], []],
    ['0000', [root], []],
    ['+0', [root], []],
    ['-0', [root], []],
    ['0:0', [root], []],
    [':0', [root], []],
    ['0:1000', [root], []],
    ['root', [root], [notNumeric]],
    ['root:root', [root], [notNumeric]],
    ['root:app', [root], [notNumeric]],
    ['ROOT', [unknown], [notNumeric]],
    [' 0', [unknown], [notNumeric]],
    ['0x0', [unknown], [notNumeric]],
    ['0.0', [unknown], [notNumeric]],
    ['app ', [unknown], [notNumeric]],
    ['app', [unknown], [notNumeric]],
    ['toor:x', [unknown], [notNumeric]],
    ['1000', [], []],
    ['65532:65532', [], []],
    ['1000:staff', [], []],
    ['1000:0', [rootGroup], []],
    ['1000:root', [rootGroup], []],
    ['app:0', [unknown, rootGroup], [notNumeric]],
    ['2147483647', [], []],
    ['2147483648', [outOfRange], [outOfRange]],
    ['4294967295', [outOfRange], [outOfRange]],
    ['4294967296', [outOfRange], [outOfRange]],
    ['-1', [outOfRange], [outOfRange]],
    ['1000:4294967296', [outOfRange], [outOfRange]],
    ['a:b:c', [outOfRange], [outOfRange]],
  ];
  for (const [user, nonRoot, numeric] of rows) {
    test(`USER ${JSON.stringify(user)} under nonRoot: ${nonRoot.join(', ') || 'passes'}`, () => {
      assert.deepEqual(found(user, { nonRoot: true }), nonRoot);
    });
    test(`USER ${JSON.stringify(user)} under numeric: ${numeric.join(', ') || 'passes'}`, () => {
      assert.deepEqual(found(user, { numeric: true }), numeric);
    });
  }

  test('under both, a name fails both, so that softening one does not open the other', () => {
    assert.deepEqual(found('app', { nonRoot: true, numeric: true }), [unknown, notNumeric]);
  });

  test('under both, a missing USER is told once', () => {
    assert.deepEqual(found('', { nonRoot: true, numeric: true }), [root]);
  });
});

suite('with the pod', () => {
  type Row = readonly [
    claim: string,
    user: string,
    runAs: RunAs,
    parameters: Readonly<Record<string, unknown>>,
    expected: readonly string[],
  ];
  const nonRoot = { nonRoot: true };
  const strict = { nonRoot: true, allowPodOverride: false };
  const rows: readonly Row[] = [
    ['runAsUser makes root good', '', { user: 1000 }, nonRoot, []],
    ['runAsUser makes a name good', 'app', { user: 1000 }, nonRoot, []],
    ['runAsUser makes a name a number', 'app', { user: 1000 }, { numeric: true }, []],
    ['runAsUser makes an impossible USER good', '4294967296', { user: 1000 }, nonRoot, []],
    ['runAsUser 0 makes a good image bad', '1000', { user: 0 }, nonRoot, [root]],
    ['runAsNonRoot alone does not help root', '', { nonRoot: true }, nonRoot, [root]],
    ['runAsNonRoot with a name will not start', 'app', { nonRoot: true }, nonRoot, [notNumeric]],
    ['runAsNonRoot with a number is fine', '1000', { nonRoot: true }, nonRoot, []],
    ['runAsNonRoot with runAsUser is fine', 'app', { nonRoot: true, user: 5 }, nonRoot, []],
    ['runAsGroup 0 is the root group', '1000:1000', { group: 0 }, nonRoot, [rootGroup]],
    ['runAsGroup takes the image out of the root group', '1000:0', { group: 5 }, nonRoot, []],
    ['runAsUser with runAsGroup 0 is the root group', '', { user: 5, group: 0 }, nonRoot, [rootGroup]],
    ['without override, runAsUser does not make root good', '', { user: 1000 }, strict, [root]],
    ['without override, runAsUser does not make a name good', 'app', { user: 1000 }, strict, [unknown]],
    ['without override, runAsUser 0 is root all the same', '1000', { user: 0 }, strict, [root]],
    ['without override, the image keeps its root group', '1000:0', { group: 5 }, strict, [rootGroup]],
  ];
  for (const [claim, user, runAs, parameters, expected] of rows) {
    test(claim, () => assert.deepEqual(found(user, parameters, runAs), expected));
  }
});

suite('what is said', () => {
  test('the kubelet is named when it will refuse, as a warning unless numbers are asked for', () => {
    const facts = imageFacts({ user: userFrom('app') });
    const use = { runAs: { nonRoot: true } };
    const [soft] = ask('user', { nonRoot: true }, { facts, use });
    assert.match(soft?.message ?? '', /the kubelet will refuse to start it/);
    assert.equal(soft?.atMost, 'warn');
    const [hard] = ask('user', { numeric: true }, { facts, use });
    assert.equal(hard?.atMost, undefined);
  });

  test('the root group is a warning', () => {
    const [finding] = ask('user', { nonRoot: true }, { facts: imageFacts({ user: userFrom('5:0') }) });
    assert.equal(finding?.atMost, 'warn');
  });

  test('a name is quoted where its ends could not be seen, and escaped', () => {
    const [finding] = ask('user', { nonRoot: true }, { facts: imageFacts({ user: userFrom(' a\u202e\n') }) });
    assert.match(finding?.message ?? '', /^USER " a\\u202e\\u000a" is a name/);
  });
});

suite('Windows', () => {
  const rows: readonly (readonly [claim: string, user: string, runAs: RunAs, expected: readonly string[]])[] = [
    ['ContainerUser passes', 'ContainerUser', {}, []],
    ['any name of its own passes', 'User Manager\\app', {}, []],
    ['ContainerAdministrator is root', 'ContainerAdministrator', {}, [root]],
    ['in any case', 'containeradministrator', {}, [root]],
    ['with a domain', 'User Manager\\ContainerAdministrator', {}, [root]],
    ['SYSTEM is root', 'NT AUTHORITY\\SYSTEM', {}, [root]],
    ['no USER is ContainerAdministrator', '', {}, [root]],
    ['uid 0 is root on the Linux node that takes it all the same', '0', {}, [root]],
    ['root is root on the Linux node that takes it all the same', 'root:root', {}, [root]],
    ['runAsUserName makes it good', '', { windowsUserName: 'ContainerUser' }, []],
    ['runAsUserName makes it bad', 'ContainerUser', { windowsUserName: 'ContainerAdministrator' }, [root]],
    ['any other number means nothing there', '1000', {}, []],
  ];
  const platform = parsePlatform('windows/amd64');
  for (const [claim, user, runAs, expected] of rows) {
    test(claim, () => {
      const facts = imageFacts({ platform, user: userFrom(user) });
      assert.deepEqual(failed('user', { nonRoot: true, numeric: true }, { facts, use: { runAs } }), expected);
    });
  }

  test('without override, the image itself must be good', () => {
    const facts = imageFacts({ platform, user: userFrom('') });
    const use = { runAs: { windowsUserName: 'ContainerUser' } };
    assert.deepEqual(failed('user', { nonRoot: true, allowPodOverride: false }, { facts, use }), [root]);
  });
});
