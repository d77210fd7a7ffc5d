// Pull secrets become keyrings: passwords however they are written down, and nothing of them in errors.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { keyringFromDockerConfig } from '../../src/registry/pull-secret-keyring.ts';

const signal = new AbortController().signal;
const secret = ['s3', 'cr:et'].join('');

async function loginsOf(text: string): Promise<readonly unknown[]> {
  const keyring = keyringFromDockerConfig(text, 'secret shop/regcred', 'requester');
  const found = await keyring.lookup(parseReference('registry.example.com/shop/api:1'), signal);
  return found.map(({ login }) => login);
}

function config(entry: unknown): string {
  return JSON.stringify({ auths: { 'registry.example.com': entry } });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

const login = { kind: 'password', username: 'robot$shop+ci', password: secret };

const forms: readonly (readonly [claim: string, entry: unknown, expected: readonly unknown[]])[] = [
  ['user name and password as they are', { username: login.username, password: secret }, [login]],
  ['auth, split at the first colon', { auth: base64(`${login.username}:${secret}`) }, [login]],
  ['auth without padding', { auth: base64(`${login.username}:${secret}`).replace(/=+$/, '') }, [login]],
  ['auth with a line end behind it', { auth: `${base64(`${login.username}:${secret}`)}\n` }, [login]],
  [
    'auth before user name and password',
    { auth: base64(`${login.username}:${secret}`), username: 'x', password: 'y' },
    [login],
  ],
  [
    'UTF-8 inside auth',
    { auth: base64('jörg:pässwort') },
    [{ kind: 'password', username: 'jörg', password: 'pässwort' }],
  ],
  ['auth that is no base64 counts as absent', { auth: '%%%' }, []],
  ['auth without a colon counts as absent', { auth: base64('nothing') }, []],
  ['an identity token is not used, as the kubelet does not', { identitytoken: 'abc' }, []],
  ['an empty entry says nothing', {}, []],
  ['an entry that is no object says nothing', 'text', []],
];

suite('an entry of a pull secret', () => {
  for (const [claim, entry, expected] of forms) {
    test(claim, async () => assert.deepEqual(await loginsOf(config(entry)), expected));
  }
});

for (const [claim, text] of [
  ['text that is no JSON', `{"auths": ${secret}`],
  ['JSON that is no object', `["${secret}"]`],
  ['auths that are no object', `{"auths": "${secret}"}`],
] as const) {
  test(`${claim} is a fault that does not repeat it`, () => {
    assert.throws(
      () => keyringFromDockerConfig(text, 'secret shop/regcred', 'requester'),
      (thrown) => {
        assert.ok(thrown instanceof Fault);
        assert.equal(thrown.code, 'document/invalid');
        assert.match(thrown.message, /secret shop\/regcred/);
        assert.ok(!`${thrown.message} ${String(thrown.cause)}`.includes(secret));
        return true;
      },
    );
  });
}

test('source and grant come with the credential', async () => {
  const keyring = keyringFromDockerConfig(config({ auth: base64('a:b') }), 'secret shop/regcred', 'requester');
  const [found] = await keyring.lookup(parseReference('registry.example.com/x'), signal);
  assert.equal(found?.source, 'secret shop/regcred');
  assert.equal(found?.grant, 'requester');
});
