// References: latest, digests, and registries that cannot be spelled around.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ask, failed, problemsOf } from './ask.ts';

const digest = `sha256:${'0d'.repeat(32)}`;
const latest = { forbid: ['latest'] };
const pinned = { requireDigest: true };

type Row = readonly [
  claim: string,
  image: string,
  parameters: Readonly<Record<string, unknown>>,
  expected: readonly string[],
];

suite('latest and digests', () => {
  const rows: readonly Row[] = [
    ['the tag latest fails', 'nginx:latest', latest, ['reference/latest']],
    ['no tag means latest', 'nginx', latest, ['reference/latest']],
    ['another tag passes', 'nginx:1.29', latest, []],
    ['a tag that only contains latest passes', 'nginx:latest-1.29', latest, []],
    ['a digest alone passes', `nginx@${digest}`, latest, []],
    ['a digest beside latest passes', `nginx:latest@${digest}`, latest, []],
    ['a tag is no digest', 'nginx:1.29', pinned, ['reference/no-digest']],
    ['a digest is one', `nginx@${digest}`, pinned, []],
    ['a digest beside a tag is one', `nginx:1.29@${digest}`, pinned, []],
    ['both are told', 'nginx', { ...latest, ...pinned }, ['reference/latest', 'reference/no-digest']],
  ];
  for (const [claim, image, parameters, expected] of rows) {
    test(claim, () => assert.deepEqual(failed('reference', parameters, { use: { image } }), expected));
  }

  test('the message tells an implied latest from a written one', () => {
    assert.equal(
      ask('reference', latest, { use: { image: 'nginx' } })[0]?.message,
      'no tag is written, which means latest',
    );
    assert.equal(ask('reference', latest, { use: { image: 'nginx:latest' } })[0]?.message, 'the tag is latest');
  });
});

suite('registries', () => {
  const allow = (...registries: readonly string[]) => ({ registries });
  const own = allow('registry.example.com');
  const rows: readonly Row[] = [
    ['an image on an allowed host passes', 'registry.example.com/a/b:1', own, []],
    ['another host fails', 'other.example.com/a/b:1', own, ['reference/registry']],
    ['a host that begins like it fails', 'registry.example.com.evil.example/a:1', own, ['reference/registry']],
    ['a repository named like it fails', 'docker.io/registry.example.com/a:1', own, ['reference/registry']],
    ['another port is another registry', 'registry.example.com:8443/a:1', own, ['reference/registry']],
    ['port 443 is the same registry', 'registry.example.com:443/a:1', own, []],
    ['the case of a host does not matter', 'Registry.Example.COM/a:1', own, []],
    [
      'an allowed path does not open its neighbours',
      'registry.example.com/teams/a:1',
      allow('registry.example.com/team/**'),
      ['reference/registry'],
    ],
    [
      'an allowed path opens what is below',
      'registry.example.com/team/x/y:1',
      allow('registry.example.com/team/**'),
      [],
    ],
    [
      'a star stays in its segment',
      'registry.example.com/team/x/y:1',
      allow('registry.example.com/team/*'),
      ['reference/registry'],
    ],
    ['a short name is Docker Hub', 'nginx:1', own, ['reference/registry']],
    ['official images are library/', 'nginx:1', allow('docker.io/library/*'), []],
    ['docker.io/* means official images, as in references', 'nginx:1', allow('docker.io/*'), []],
    ['docker.io/* means no one else', 'evil/nginx:1', allow('docker.io/*'), ['reference/registry']],
    [
      'aliases of Docker Hub are one registry',
      'registry-1.docker.io/library/nginx:1',
      allow('index.docker.io/library/*'),
      [],
    ],
    ['any of several passes', 'nginx:1', allow('registry.example.com', 'docker.io'), []],
  ];
  for (const [claim, image, parameters, expected] of rows) {
    test(claim, () => assert.deepEqual(failed('reference', parameters, { use: { image } }), expected));
  }

  test('the message names what is allowed, shortened', () => {
    const [finding] = ask('reference', allow('a.example', 'b.example', 'c.example', 'd.example'), {
      use: { image: 'nginx:1' },
    });
    assert.equal(
      finding?.message,
      'docker.io/library/nginx is not in an allowed registry (a.example/**, b.example/**, c.example/** and 1 more)',
    );
  });

  const mistakes: readonly (readonly [claim: string, pattern: string, problem: RegExp])[] = [
    ['no registry', 'nginx', /write the registry first/],
    ['a team without its registry', 'team/**', /write the registry first/],
    ['a tag', 'registry.example.com/a:1.2', /leave the tag away/],
    ['a digest', `registry.example.com/a@${digest}`, /list digests where/],
    ['upper case in a repository', 'registry.example.com/Team/**', /lower case/],
    ['** that shares a segment', 'registry.example.com/a**', /stand alone/],
    ['an empty segment', 'registry.example.com//a', /empty segment/],
    ['the official images without a star', 'docker.io/library', /docker\.io\/library\/\*/],
  ];
  for (const [claim, pattern, problem] of mistakes) {
    test(`a pattern with ${claim} is refused`, () => {
      const [first = ''] = problemsOf('reference', allow(pattern));
      assert.match(first, /^registries\.0: /);
      assert.match(first, problem);
    });
  }

  test('two patterns that mean the same are a mistake', () => {
    assert.deepEqual(problemsOf('reference', allow('docker.io/*', 'index.docker.io/library/*')), [
      'registries.1: means the same as an earlier entry',
    ]);
  });
});
