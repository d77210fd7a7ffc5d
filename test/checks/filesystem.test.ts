// Special files: which of them count, what may be so, and that an exception cannot reach what is not known.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ReadImageFacts } from '../../src/checks/check.ts';
import type { FilesystemFacts } from '../../src/composition/composition.ts';
import { composition, contentFacts, readFacts } from '../support/facts.ts';
import { ask, failed, problemsOf } from './ask.ts';

const both = { forbid: ['setuid', 'world-writable'] };

/** The first layer is the base. */
function granting(granted: Partial<FilesystemFacts>): ReadImageFacts {
  return readFacts({
    filesystem: { ...contentFacts().filesystem, ...granted },
    composition: composition({ base: { layers: 1, by: 'root-file-system' } }),
  });
}

const at = (layer: number, ...paths: readonly string[]) => ({
  count: paths.length,
  paths: paths.map((path) => ({ path, layer })),
});

suite('what counts', () => {
  const rows: readonly (readonly [claim: string, keyof FilesystemFacts, rule: string])[] = [
    ['a setuid file', 'setuid', 'filesystem/setuid'],
    ['a setgid file', 'setgid', 'filesystem/setuid'],
    ['a file with capabilities', 'capabilities', 'filesystem/setuid'],
    ['a file that everyone can write', 'worldWritableFiles', 'filesystem/world-writable'],
    ['a directory that everyone can write', 'worldWritableDirectories', 'filesystem/world-writable'],
  ];
  for (const [claim, kind, rule] of rows) {
    test(claim, () =>
      assert.deepEqual(failed('filesystem', both, { facts: granting({ [kind]: at(1, 'x') }) }), [rule]),
    );
    test(`${claim}, only where it is forbidden`, () => {
      const other = rule === 'filesystem/setuid' ? 'world-writable' : 'setuid';
      assert.deepEqual(failed('filesystem', { forbid: [other] }, { facts: granting({ [kind]: at(1, 'x') }) }), []);
    });
    test(`${claim} of the base, only where the policy says so`, () => {
      const facts = granting({ [kind]: at(0, 'x') });
      assert.deepEqual(failed('filesystem', both, { facts }), []);
      assert.deepEqual(failed('filesystem', { ...both, inBase: true }, { facts }), [rule]);
    });
  }

  test('an ordinary image passes', () => assert.deepEqual(failed('filesystem', both, { facts: granting({}) }), []));

  test('what may be so passes, and nothing beside it', () => {
    const facts = granting({ setuid: at(1, 'usr/bin/ping', 'usr/bin/sudo') });
    const [finding] = ask('filesystem', { ...both, allow: ['/usr/bin/ping'] }, { facts });
    assert.match(finding?.message ?? '', /^1 setuid file: \/usr\/bin\/sudo,/);
    assert.deepEqual(failed('filesystem', { ...both, allow: ['usr/**'] }, { facts }), []);
  });

  test('a glob that is none is a mistake', () => {
    assert.deepEqual(problemsOf('filesystem', { ...both, allow: ['usr/[ab]'] }).length, 1);
  });
});

suite('what is said', () => {
  test('the first ones by name, how many there are, and which layer brought the first', () => {
    const facts = granting({ setuid: at(1, 'a', 'b', 'c', 'd', 'e') });
    const [finding] = ask('filesystem', both, { facts });
    assert.equal(finding?.message, '5 setuid files: /a, /b, /c and 2 more, the first from layer 2');
    assert.ok(finding?.evidence.kind === 'file');
    assert.deepEqual([finding.evidence.path, finding.evidence.others], ['/a', ['/b', '/c', '/d', '/e']]);
    assert.deepEqual(finding.paths, ['/a', '/b', '/c', '/d', '/e']);
  });

  test('of more than facts name: all of them are counted, and no exception by path covers them', () => {
    const facts = granting({ setuid: { ...at(1, 'a'), count: 400 } });
    const [finding] = ask('filesystem', both, { facts });
    assert.match(finding?.message ?? '', /^400 setuid files: \/a and 399 more/);
    assert.deepEqual(finding?.paths, []);
  });

  test('of those that facts do not name, when all that they name may be so', () => {
    const facts = granting({ setuid: { ...at(1, 'a'), count: 400 } });
    const [finding] = ask('filesystem', { ...both, allow: ['a'] }, { facts });
    assert.match(finding?.message ?? '', /^399 more setuid files than are named/);
  });

  test('names that strangers chose are escaped', () => {
    const [finding] = ask('filesystem', both, { facts: granting({ setuid: at(1, '\u001b[2J', '\u202e') }) });
    assert.ok(finding?.evidence.kind === 'file');
    const shown = [finding.message, finding.evidence.path, ...(finding.evidence.others ?? [])];
    assert.doesNotMatch(shown.join(''), /[\u0000-\u001f\u202e]/);
  });
});
