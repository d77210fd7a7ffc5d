// The first process of a container: shells in front of it, inits, and what the pod puts in their place.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parsePlatform } from '../../src/oci/platform.ts';
import type { ImageUse } from '../../src/workload/use.ts';
import { imageFacts } from '../support/facts.ts';
import { ask, failed } from './ask.ts';

const shellForm = 'command/shell-form';
const noInit = 'command/no-init';

function found(
  forbid: string,
  image: { readonly entrypoint?: readonly string[]; readonly command?: readonly string[] },
  use: Partial<ImageUse> = {},
): readonly string[] {
  const facts = imageFacts({ entrypoint: image.entrypoint ?? [], command: image.command ?? [] });
  return failed('command', { forbid: [forbid] }, { facts, use });
}

suite('shell form', () => {
  const rows: readonly (readonly [claim: string, words: readonly string[], fails: boolean])[] = [
    ['what Docker makes of shell form fails', ['/bin/sh', '-c', 'node server.js'], true],
    ['exec form passes', ['node', 'server.js'], false],
    ['a script passes, because nobody knows what it does', ['/bin/sh', '/entrypoint.sh'], false],
    ['bash with options fails', ['/bin/bash', '-eo', 'pipefail', '-c', 'run'], true],
    ['flags joined with c fail', ['bash', '-lc', 'run'], true],
    ['a script that ends in exec passes', ['/bin/sh', '-c', 'exec node server.js'], false],
    ['steps before the exec pass', ['sh', '-c', 'cd /app && exec node server.js'], false],
    ['an exec that is not last fails', ['sh', '-c', 'exec node a.js; node b.js'], true],
    ['an exec into a pipe fails', ['sh', '-c', 'exec node a.js | tee log'], true],
    ['a program named like exec fails', ['sh', '-c', 'executor run'], true],
    ['cmd on Windows fails', ['cmd', '/S', '/C', 'server.exe'], true],
    ['PowerShell fails', ['powershell', '-Command', 'server.exe'], true],
  ];
  for (const [claim, words, fails] of rows) {
    test(`${claim}, as ENTRYPOINT`, () =>
      assert.deepEqual(found('shell-form', { entrypoint: words }), fails ? [shellForm] : []));
    test(`${claim}, as CMD`, () => assert.deepEqual(found('shell-form', { command: words }), fails ? [shellForm] : []));
  }

  test('a CMD beside an ENTRYPOINT is only arguments', () => {
    assert.deepEqual(found('shell-form', { entrypoint: ['tini', '--'], command: ['/bin/sh', '-c', 'x'] }), []);
  });

  test('a shared process namespace does not excuse it: signals still go to the shell', () => {
    assert.deepEqual(found('shell-form', { command: ['sh', '-c', 'x'] }, { sharesProcessNamespace: true }), [
      shellForm,
    ]);
  });
});

suite('inits', () => {
  const rows: readonly (readonly [claim: string, words: readonly string[], fails: boolean])[] = [
    ['tini', ['/sbin/tini', '--', 'node'], false],
    ['dumb-init', ['dumb-init', 'node'], false],
    ['catatonit', ['/usr/bin/catatonit', '--', 'node'], false],
    ['docker-init', ['/usr/bin/docker-init', '--', 'node'], false],
    ['s6-overlay', ['/init'], false],
    ['env before an init', ['/usr/bin/env', 'tini', '--', 'node'], false],
    ['the program itself', ['node', 'server.js'], true],
    ['an entry point of unknown content', ['/docker-entrypoint.sh'], true],
    ['a program called tinier', ['tinier'], true],
    ['an init that is only an argument', ['node', 'tini'], true],
  ];
  for (const [claim, words, fails] of rows) {
    test(`${claim} ${fails ? 'fails' : 'passes'}`, () =>
      assert.deepEqual(found('no-init', { entrypoint: words }), fails ? [noInit] : []));
  }

  test('a shared process namespace has the pause container as its init', () => {
    assert.deepEqual(found('no-init', { command: ['node'] }, { sharesProcessNamespace: true }), []);
  });

  test('Windows has no such process', () => {
    const facts = imageFacts({ entrypoint: ['server.exe'], platform: parsePlatform('windows/amd64') });
    assert.deepEqual(failed('command', { forbid: ['no-init'] }, { facts }), []);
  });
});

suite('the pod', () => {
  const shell = { command: ['sh', '-c', 'x'] };
  const rows: readonly (readonly [
    claim: string,
    image: Parameters<typeof found>[1],
    use: Partial<ImageUse>,
    expected: readonly string[],
  ])[] = [
    ['its command replaces a bad one', shell, { command: ['node'] }, []],
    ['its command replaces a good one', { command: ['node'] }, { command: ['sh', '-c', 'x'] }, [shellForm]],
    ['its command takes its args', { command: ['node'] }, { command: ['sh'], args: ['-c', 'x'] }, [shellForm]],
    ['its args replace CMD', shell, { args: ['node'] }, []],
    ['its args leave ENTRYPOINT', { entrypoint: ['sh', '-c', 'x'] }, { args: ['node'] }, [shellForm]],
    ['an image that starts nothing is not judged', {}, {}, []],
  ];
  for (const [claim, image, use, expected] of rows) {
    test(claim, () => assert.deepEqual(found('shell-form', image, use), expected));
  }

  test('without override the image is judged whatever the pod says', () => {
    const facts = imageFacts({ entrypoint: [], command: ['sh', '-c', 'x'] });
    const parameters = { forbid: ['shell-form'], allowPodOverride: false };
    assert.deepEqual(failed('command', parameters, { facts, use: { command: ['node'] } }), [shellForm]);
  });
});

test('words of the image are escaped in the message', () => {
  const facts = imageFacts({ entrypoint: ['a\u001b[31m'] });
  const [finding] = ask('command', { forbid: ['no-init'] }, { facts });
  assert.equal(finding?.message, 'process 1 is a\\u001b[31m, which is no known init');
});
