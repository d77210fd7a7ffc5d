// Logins from docker and podman configurations: which file, which entry, which helper, in which order.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import type { Credential } from '../../src/inspection/image-source.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { HelperResult, RunHelper } from '../../src/registry/credential-helper.ts';
import { createDockerKeyring } from '../../src/registry/docker-keyring.ts';

interface Asked {
  readonly program: string;
  readonly server: string;
}

interface Setup {
  readonly configs: readonly unknown[];
  readonly helper?: (asked: Asked) => HelperResult;
}

function password(username: string): Credential['login'] {
  return { kind: 'password', username, password: `${username}-pass` };
}

function auth(username: string): { readonly auth: string } {
  return { auth: Buffer.from(`${username}:${username}-pass`).toString('base64') };
}

function keyringOf({ configs, helper }: Setup) {
  const asked: Asked[] = [];
  const warnings: string[] = [];
  const clock = { nowMs: 0 };
  const runHelper: RunHelper = (program, parameters, input) => {
    assert.deepEqual(parameters, ['get']);
    asked.push({ program, server: input });
    assert.ok(helper, 'no helper expected');
    return Promise.resolve(helper({ program, server: input }));
  };
  const keyring = createDockerKeyring({
    configs: configs.map((config, index) => ({ text: JSON.stringify(config), source: `file ${index + 1}` })),
    grant: 'requester',
    runHelper,
    log: { warn: (message) => warnings.push(message) },
    now: () => clock.nowMs,
  });
  const lookup = async (image: string): Promise<readonly Credential[]> =>
    keyring.lookup(parseReference(image), new AbortController().signal);
  const atHand = (image: string) => keyring.atHand?.(parseReference(image));
  return { lookup, atHand, asked, warnings, clock };
}

async function loginsFor(setup: Setup, image: string): Promise<readonly unknown[]> {
  return (await keyringOf(setup).lookup(image)).map(({ login }) => login);
}

const found = (username: string, secret: string): HelperResult => ({
  exitCode: 0,
  stdout: JSON.stringify({ ServerURL: 'x', Username: username, Secret: secret }),
});

suite('entries in a file', () => {
  test('Docker Hub is found under the key that docker login writes', async () => {
    const config = { auths: { 'https://index.docker.io/v1/': auth('hub') } };
    assert.deepEqual(await loginsFor({ configs: [config] }, 'nginx'), [password('hub')]);
  });

  test('a host with a scheme and a version is its host', async () => {
    const config = { auths: { 'https://registry.example.com/v2/': auth('a') } };
    assert.deepEqual(await loginsFor({ configs: [config] }, 'registry.example.com/x'), [password('a')]);
  });

  test('paths narrow in whole segments, the longest first', async () => {
    const auths = {
      'registry.example.com': auth('host'),
      'registry.example.com/team/app': auth('image'),
      'registry.example.com/team': auth('team'),
      'registry.example.com/te': auth('prefix'),
    };
    const logins = await loginsFor({ configs: [{ auths }] }, 'registry.example.com/team/app:1');
    assert.deepEqual(logins, [password('image'), password('team'), password('host')]);
  });

  test('another port is another host', async () => {
    const config = { auths: { 'registry.example.com:5000': auth('a') } };
    assert.deepEqual(await loginsFor({ configs: [config] }, 'registry.example.com/x'), []);
  });

  test('all files are asked, in order', async () => {
    const configs = [
      { auths: { 'registry.example.com': auth('one') } },
      { auths: { 'registry.example.com': auth('two') } },
    ];
    assert.deepEqual(await loginsFor({ configs }, 'registry.example.com/x'), [password('one'), password('two')]);
  });

  test('tokens come before the password beside them', async () => {
    const entry = { ...auth('a'), identitytoken: 'identity', registrytoken: 'registry' };
    assert.deepEqual(
      await loginsFor({ configs: [{ auths: { 'registry.example.com': entry } }] }, 'registry.example.com/x'),
      [{ kind: 'registry-token', token: 'registry' }, { kind: 'identity-token', token: 'identity' }, password('a')],
    );
  });

  test('an identity token with an empty password is only a token', async () => {
    const entry = {
      auth: Buffer.from('00000000-0000-0000-0000-000000000000:').toString('base64'),
      identitytoken: 'it',
    };
    assert.deepEqual(
      await loginsFor({ configs: [{ auths: { 'registry.example.com': entry } }] }, 'registry.example.com/x'),
      [{ kind: 'identity-token', token: 'it' }],
    );
  });
});

suite('credential helpers', () => {
  test('the helper of a host goes before the general one', async () => {
    const config = { credHelpers: { 'registry.example.com': 'special' }, credsStore: 'general' };
    const { lookup, asked } = keyringOf({ configs: [config], helper: () => found('a', 'b') });
    const [credential] = await lookup('registry.example.com/x');
    assert.deepEqual(asked, [{ program: 'docker-credential-special', server: 'registry.example.com' }]);
    assert.equal(credential?.source, 'file 1 (helper special)');
  });

  test('for Docker Hub a helper is asked by its long name', async () => {
    const { lookup, asked } = keyringOf({ configs: [{ credsStore: 'general' }], helper: () => found('a', 'b') });
    await lookup('nginx');
    assert.deepEqual(asked, [{ program: 'docker-credential-general', server: 'https://index.docker.io/v1/' }]);
  });

  test('the user <token> marks an identity token', async () => {
    const logins = await loginsFor({ configs: [{ credsStore: 'h' }], helper: () => found('<token>', 'it') }, 'nginx');
    assert.deepEqual(logins, [{ kind: 'identity-token', token: 'it' }]);
  });

  test('nothing found is anonymous, without a warning', async () => {
    const nothing = { exitCode: 1, stdout: 'credentials not found in native keychain\n' };
    const { lookup, warnings } = keyringOf({ configs: [{ credsStore: 'h' }], helper: () => nothing });
    assert.deepEqual(await lookup('nginx'), []);
    assert.deepEqual(warnings, []);
  });

  for (const [claim, result] of [
    ['that fails', { exitCode: 1, stdout: 'no session' }],
    ['that says something else than JSON', { exitCode: 0, stdout: 'hello' }],
    ['that leaves fields out', { exitCode: 0, stdout: '{"Username":"a"}' }],
  ] as const) {
    test(`a helper ${claim} is logged, and the file's own entry is used`, async () => {
      const config = { credsStore: 'h', auths: { 'registry.example.com': auth('a') } };
      const { lookup, warnings } = keyringOf({ configs: [config], helper: () => result });
      assert.deepEqual(
        (await lookup('registry.example.com/x')).map(({ login }) => login),
        [password('a')],
      );
      assert.equal(warnings.length, 1);
    });
  }

  for (const name of ['../../bin/sh', 'a b', 'a/b', 'a;b', '']) {
    test(`the helper name ${JSON.stringify(name)} runs nothing`, async () => {
      const config = { credHelpers: { 'registry.example.com': name } };
      const { lookup, asked } = keyringOf({ configs: [config], helper: () => found('a', 'b') });
      assert.deepEqual(await lookup('registry.example.com/x'), []);
      assert.deepEqual(asked, []);
    });
  }

  test('a helper that failed is left alone for ten seconds', async () => {
    const { lookup, asked, warnings, clock } = keyringOf({
      configs: [{ credsStore: 'h' }],
      helper: () => ({ exitCode: 1, stdout: 'no session' }),
    });
    for (const nowMs of [0, 9_000, 11_000]) {
      clock.nowMs = nowMs;
      assert.deepEqual(await lookup('nginx'), []);
    }
    assert.deepEqual([asked.length, warnings.length], [2, 2]);
  });

  test('an answer is used for a minute, then asked for again', async () => {
    const { lookup, asked, clock } = keyringOf({ configs: [{ credsStore: 'h' }], helper: () => found('a', 'b') });
    await Promise.all([lookup('nginx'), lookup('nginx')]);
    clock.nowMs = 59_000;
    await lookup('nginx');
    assert.equal(asked.length, 1);
    clock.nowMs = 61_000;
    await lookup('nginx');
    assert.equal(asked.length, 2);
  });
});

suite('at hand', () => {
  test('is what stands in files', async () => {
    const { lookup, atHand } = keyringOf({
      configs: [
        { auths: { 'registry.example.com': auth('one') } },
        { auths: { 'registry.example.com/shop': auth('two') } },
      ],
    });
    for (const image of ['registry.example.com/shop/api', 'registry.example.com/other', 'elsewhere.example.com/x']) {
      assert.deepEqual(atHand(image), await lookup(image), image);
    }
  });

  test('is nothing where a helper has to be asked, and everything for other hosts', () => {
    const { atHand, asked } = keyringOf({ configs: [{ credHelpers: { 'registry.example.com': 'cloud' } }] });
    assert.equal(atHand('registry.example.com/app'), undefined);
    assert.deepEqual(atHand('elsewhere.example.com/app'), []);
    assert.equal(keyringOf({ configs: [{ credsStore: 'desktop' }] }).atHand('registry.example.com/app'), undefined);
    assert.deepEqual(asked, []);
  });
});

test('a file that is no configuration is a fault that names it', () => {
  const options = {
    grant: 'requester',
    runHelper: () => assert.fail(),
    log: { warn: () => undefined },
    now: () => 0,
  } as const;
  assert.throws(
    () => createDockerKeyring({ ...options, configs: [{ text: '{', source: '/home/user/config.json' }] }),
    (thrown) =>
      thrown instanceof Fault &&
      thrown.code === 'document/invalid' &&
      thrown.message.includes('/home/user/config.json'),
  );
});
