// Users: every form that a USER can have, what the pod changes, and what the kubelet will make of it.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ContentFacts } from '../../src/inspection/content-facts.ts';
import { userFrom } from '../../src/inspection/user.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import type { RunAs } from '../../src/workload/use.ts';
import { imageFacts, readFacts } from '../support/facts.ts';
import { ask, failed, wants } from './ask.ts';

const root = 'user/root';
const unknown = 'user/unknown';
/** Only the layers tell. */
const inLayers = 'the layers tell';
const notNumeric = 'user/not-numeric';
const outOfRange = 'user/out-of-range';
const rootGroup = 'user/root-group';

function found(raw: string, parameters: Readonly<Record<string, unknown>>, runAs: RunAs = {}): readonly string[] {
  const asked = { facts: imageFacts({ user: userFrom(raw) }), use: { runAs } };
  return [...(wants('user', parameters, asked) ? [inLayers] : []), ...failed('user', parameters, asked)];
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
    ['ROOT', [inLayers], [notNumeric]],
    [' 0', [inLayers], [notNumeric]],
    ['0x0', [inLayers], [notNumeric]],
    ['0.0', [inLayers], [notNumeric]],
    ['app ', [inLayers], [notNumeric]],
    ['app', [inLayers], [notNumeric]],
    ['toor:x', [inLayers], [notNumeric]],
    ['1000', [], []],
    ['65532:65532', [], []],
    ['1000:staff', [], []],
    ['1000:0', [rootGroup], []],
    ['1000:root', [rootGroup], []],
    ['app:0', [inLayers, rootGroup], [notNumeric]],
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

  test('under both, a name fails one and is looked up for the other, so that softening one does not open the other', () => {
    assert.deepEqual(found('app', { nonRoot: true, numeric: true }), [inLayers, notNumeric]);
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
    ['without override, runAsUser does not make a name good', 'app', { user: 1000 }, strict, [inLayers]],
    ['without override, runAsUser 0 is root all the same', '1000', { user: 0 }, strict, [root]],
    ['without override, the image keeps its root group', '1000:0', { group: 5 }, strict, [rootGroup]],
  ];
  for (const [claim, user, runAs, parameters, expected] of rows) {
    test(claim, () => assert.deepEqual(found(user, parameters, runAs), expected));
  }
});

suite('a name, looked up in the layers', () => {
  type Row = readonly [
    claim: string,
    user: string,
    found: ContentFacts['user'],
    expected: readonly string[],
    message?: RegExp,
  ];
  const rows: readonly Row[] = [
    ['of its own passes', 'app', { kind: 'resolved', uid: 1000, gid: 1000 }, []],
    [
      'of uid 0 is root',
      'toor',
      { kind: 'resolved', uid: 0, gid: 5 },
      [root],
      /^USER toor is uid 0 by the image's \/etc\/passwd/,
    ],
    ['of uid 0 is root whatever its group', 'toor', { kind: 'uid-only', uid: 0, reason: 'unread' }, [root]],
    [
      'of gid 0 has the root group',
      'app',
      { kind: 'resolved', uid: 5, gid: 0 },
      [rootGroup],
      /gid 0 by the image's \/etc\/passwd/,
    ],
    [
      'with a group of gid 0 has the root group',
      'app:wheel',
      { kind: 'resolved', uid: 5, gid: 0 },
      [rootGroup],
      /^group wheel of USER app is gid 0/,
    ],
    ['with gid 0 has the root group, told once', 'app:0', { kind: 'resolved', uid: 5, gid: 0 }, [rootGroup]],
    [
      'with the group root has the root group, told once',
      'app:root',
      { kind: 'resolved', uid: 5, gid: 0 },
      [rootGroup],
    ],
    [
      'that nobody has is unknown',
      'app',
      { kind: 'unresolved', what: 'user', reason: 'no-entry' },
      [unknown],
      /no such line, so a container does not start/,
    ],
    [
      'without /etc/passwd is unknown',
      'app',
      { kind: 'unresolved', what: 'user', reason: 'no-file' },
      [unknown],
      /the image has no \/etc\/passwd/,
    ],
    [
      'with a group that nobody has is unknown',
      'app:x',
      { kind: 'unresolved', what: 'group', reason: 'no-entry' },
      [unknown],
      /who group x of USER app is: the image's \/etc\/group/,
    ],
    ['whose file was not read is unknown', 'app', { kind: 'unresolved', what: 'user', reason: 'too-large' }, [unknown]],
    [
      'of a uid beyond the range is no user',
      'app',
      { kind: 'unresolved', what: 'user', reason: 'out-of-range' },
      [outOfRange],
    ],
    ['of a gid beyond the range is no user', 'app', { kind: 'uid-only', uid: 5, reason: 'out-of-range' }, [outOfRange]],
    ['whose own group is not known passes', 'app', { kind: 'uid-only', uid: 5, reason: 'unread' }, []],
  ];
  for (const [claim, user, resolved, expected, message] of rows) {
    test(`a user ${claim}`, () => {
      const found = ask('user', { nonRoot: true }, { facts: readFacts({ user: resolved }, { user: userFrom(user) }) });
      assert.deepEqual(
        found.map(({ rule }) => rule),
        expected,
      );
      if (message !== undefined) assert.match(found[0]?.message ?? '', message);
    });
  }

  const toor = readFacts({ user: { kind: 'resolved', uid: 0, gid: 0 } }, { user: userFrom('toor') });
  const inRootGroup = readFacts({ user: { kind: 'resolved', uid: 5, gid: 0 } }, { user: userFrom('app') });

  test('the group of the pod stands in the place of the one in the layers', () => {
    assert.deepEqual(failed('user', { nonRoot: true }, { facts: inRootGroup, use: { runAs: { group: 7 } } }), []);
  });

  test('without override, the one in the layers stays', () => {
    const strict = { nonRoot: true, allowPodOverride: false };
    assert.deepEqual(failed('user', strict, { facts: inRootGroup, use: { runAs: { group: 7 } } }), [rootGroup]);
  });

  test('what lies in the layers counts for nothing where the pod decides', () => {
    assert.deepEqual(failed('user', { nonRoot: true }, { facts: toor, use: { runAs: { user: 5 } } }), []);
  });

  test('numbers alone read no layer', () => {
    assert.equal(wants('user', { numeric: true }, { facts: toor }), false);
    assert.equal(wants('user', { nonRoot: true }, { facts: imageFacts({ user: userFrom('5') }) }), false);
    assert.equal(wants('user', { nonRoot: true }, { facts: toor }), true);
  });

  test('nor does a name on Windows', () => {
    const platform = parsePlatform('windows/amd64');
    assert.equal(wants('user', { nonRoot: true }, { facts: imageFacts({ platform, user: userFrom('app') }) }), false);
  });
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
    const [finding] = ask('user', { numeric: true }, { facts: imageFacts({ user: userFrom(' a\u202e\n') }) });
    assert.match(finding?.message ?? '', /^USER " a\\u202e\\u000a" is not a number/);
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
