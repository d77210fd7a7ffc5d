// Pull secrets match images exactly as the kubelet matches them.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createCredentialIndex } from '../../src/registry/keyring-matching.ts';

const vectors: readonly (readonly [claim: string, key: string, image: string, matches: boolean])[] = [
  [
    'what docker login writes for Docker Hub is for its images',
    'https://index.docker.io/v1/',
    'docker.io/library/nginx',
    true,
  ],
  ['so is its v2 form', 'https://index.docker.io/v2/', 'docker.io/library/nginx', true],
  ['docker.io is for Docker Hub', 'docker.io', 'docker.io/library/nginx', true],
  ['index.docker.io is for Docker Hub', 'index.docker.io', 'docker.io/team/app', true],
  ['a path narrows docker.io', 'docker.io/team', 'docker.io/team/app', true],
  ['a path keeps others of Docker Hub out', 'docker.io/team', 'docker.io/other/app', false],
  ['registry-1.docker.io is not for Docker Hub', 'registry-1.docker.io', 'docker.io/library/nginx', false],
  ['*.docker.io is not for Docker Hub', '*.docker.io', 'docker.io/library/nginx', false],
  ['index.docker.io/v1 without its slash is not', 'index.docker.io/v1', 'docker.io/library/nginx', false],
  ['a path is a plain string prefix', 'gcr.io/proj', 'gcr.io/project-x/app', true],
  ['a trailing slash ends the path', 'gcr.io/proj/', 'gcr.io/project-x/app', false],
  ['a trailing slash is inside its own project', 'gcr.io/proj/', 'gcr.io/proj/app', true],
  ['a star is one label', '*.io', 'gcr.io/a/b', true],
  ['a star is not two labels', '*.io', 'us.gcr.io/a/b', false],
  ['a star stands in the middle of a label', 'reg-*.example.com', 'reg-eu.example.com/a', true],
  ['two stars stand in one label', 'a*b*c.io', 'axbxbc.io/a', true],
  ['a label of only stars may match', '**.io', 'gcr.io/a', true],
  ['a question mark ends the key, as it ends the path of a URL', 'reg?.example.com', 'reg1.example.com/a', false],
  ['a class has its characters', 'reg[0-9a].example.com', 'rega.example.com/a', true],
  ['a class has no others', 'reg[0-9a].example.com', 'regb.example.com/a', false],
  ['a class can be turned round', 'reg[^0-9].example.com', 'regb.example.com/a', true],
  ['an open class matches nothing', 'reg[0-9.example.com', 'reg0.example.com/a', false],
  ['a port must be there when the key has one', 'reg.example.com:443', 'reg.example.com/app', false],
  ['a port must not be there when the key has none', 'reg.example.com', 'reg.example.com:5000/app', false],
  ['equal ports match', 'reg.example.com:5000', 'reg.example.com:5000/app', true],
  [
    'an API version goes, the path behind it stays',
    'https://reg.example.com/v2/team/',
    'reg.example.com/team/app',
    true,
  ],
  ['plain http keys match as well', 'http://reg.example.com', 'reg.example.com/app', true],
  ['the case of a host counts', 'Reg.example.com', 'reg.example.com/app', false],
  ['a key with a tag never matches', 'reg.example.com/app:1', 'reg.example.com/app', false],
  ['a longer host is another host', 'reg.example.com', 'reg.example.com.evil/app', false],
  ['IPv6 hosts match', '[::1]:5000', '[::1]:5000/app', true],
  ['a key that is no URL is left out', 'reg example.com', 'reg example.com/app', false],
  ['an empty key is left out', '', 'reg.example.com/app', false],
];

suite('a key of a docker config', () => {
  for (const [claim, key, image, matches] of vectors) {
    test(claim, () => assert.deepEqual(createCredentialIndex([[key, 'it']]).lookup(image), matches ? ['it'] : []));
  }
});

test('more specific keys come first, and all that match are tried', () => {
  const index = createCredentialIndex([
    ['gcr.io', 'host'],
    ['gcr.io/team/app', 'image'],
    ['*.io', 'glob'],
    ['gcr.io/team', 'team'],
    ['quay.io', 'other'],
  ]);
  assert.deepEqual(index.lookup('gcr.io/team/app'), ['image', 'team', 'host', 'glob']);
});

test('values under one key keep their order', () => {
  const index = createCredentialIndex([
    ['gcr.io', 'one'],
    ['https://gcr.io/v2/', 'two'],
  ]);
  assert.deepEqual(index.lookup('gcr.io/a'), ['one', 'two']);
});

test('the entry for Docker Hub is only used when no other matches', () => {
  const index = createCredentialIndex([
    ['https://index.docker.io/v1/', 'hub'],
    ['docker.io/team', 'team'],
  ]);
  assert.deepEqual(index.lookup('docker.io/team/app'), ['team']);
  assert.deepEqual(index.lookup('docker.io/library/nginx'), ['hub']);
});
