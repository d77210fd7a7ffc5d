// Logging in: challenges, tokens, passwords, what expires, and who may see what whom was shown.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Credential } from '../../src/inspection/image-source.ts';
import { parseDescriptor } from '../../src/oci/descriptor.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { type Behaviour, startHostileRegistry } from '../support/hostile-registry.ts';
import {
  accessWith,
  everythingKnown,
  faultOf,
  nothingKnown,
  passwordCredential,
  smallImage,
  startRegistryAndClient,
  testClient,
} from '../support/registry-client.ts';

const user = passwordCredential('deploy', ['pass', 'word'].join(''));
const users = { deploy: user.login.password };
const wrong = passwordCredential('deploy', ['guess', 'ed'].join(''), 'secret shop/old');

const bearer = { kind: 'bearer', users } as const;
const anyone = { kind: 'bearer', users, mayPull: () => true } as const;

const manifestPath = '/v2/shop/api/manifests/1';
const config = parseDescriptor(JSON.parse(Buffer.from(smallImage.bytes).toString()).config);

function unauthorized(challenge: string | readonly string[]): Behaviour {
  return { kind: 'answer', status: 401, headers: { 'WWW-Authenticate': challenge }, body: '{}' };
}

suite('the challenge', () => {
  test('Bearer is chosen behind Negotiate in one header, with the comma in its service', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: anyone });
    const challenge = `Negotiate, Bearer realm="${registry.origin}/token",service="a,b"`;
    registry.behaveOnce(/manifests/, unauthorized(challenge));
    await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
    const token = registry.requests.find(({ path }) => path === '/token');
    assert.equal(token?.query.get('service'), 'a,b');
    assert.equal(token?.query.get('scope'), 'repository:shop/api:pull');
  });

  test('two headers are both seen, and Bearer is used', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: anyone });
    registry.behaveOnce(/manifests/, unauthorized(['Basic realm="x"', `Bearer realm="${registry.origin}/token"`]));
    await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
    assert.deepEqual(registry.takeRequests(), [`GET ${manifestPath}`, 'GET /token', `GET ${manifestPath}`]);
  });

  test('a relative realm is relative to the registry', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: { ...anyone, realm: '/token' } });
    await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
    assert.ok(registry.takeRequests().includes('GET /token'));
  });

  test('parameters that the realm has already are kept', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, {
      login: { ...anyone, realm: '/token?tenant=a' },
    });
    await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
    assert.equal(registry.requests.find(({ path }) => path === '/token')?.query.get('tenant'), 'a');
  });

  test('a challenge that cannot be read is a fault of the registry', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    registry.behave(() => unauthorized('Bearer realm="'));
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'registry/protocol');
  });

  test('a challenge that nobody can answer is a refusal', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    registry.behave(() => unauthorized('Negotiate'));
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'registry/unauthorized');
    assert.equal(registry.requests.length, 1);
  });
});

suite('a token server that moved', () => {
  for (const [claim, realm, code] of [
    ['from where nothing listens any longer', 'http://127.0.0.1:1/token', 'registry/unreachable'],
    ['from where it may not be asked', 'ftp://127.0.0.1/token', 'registry/realm-refused'],
  ] as const) {
    test(`${claim} is found by the next request`, async (t) => {
      const { registry, client, name } = await startRegistryAndClient(t, {
        login: anyone,
        limits: { maxRetries: 0 },
      });
      const resolve = () => client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
      registry.behaveOnce(/manifests/, unauthorized(`Bearer realm="${realm}"`));
      await faultOf(resolve(), code);
      await resolve();
    });
  }

  test('is not looked for when it refuses a password', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: { kind: 'bearer', users } });
    const resolve = () => client.resolve(parseReference(`${name}:1`), accessWith([wrong]), nothingKnown);
    await faultOf(resolve(), 'registry/unauthorized');
    registry.takeRequests();
    await client.resolve(parseReference(`${name}:1`), accessWith([user]), nothingKnown);
    assert.ok(!registry.takeRequests().includes('GET /v2/'));
  });
});

suite('tokens', () => {
  test('a token that ended between manifest and config is renewed once', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: bearer });
    const reference = parseReference(`${name}:1`);
    await client.resolve(reference, accessWith([user]), nothingKnown);
    registry.revokeTokens();
    registry.takeRequests();
    await client.readConfig(reference, config, accessWith([user]));
    const blob = `GET /v2/shop/api/blobs/${config.digest}`;
    assert.deepEqual(registry.takeRequests(), [blob, 'GET /token', blob]);
  });

  test('a registry that refuses every token is asked twice, with two tokens', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: bearer });
    registry.behave(({ path }) =>
      path === '/token' || path === '/v2/' ? undefined : unauthorized(`Bearer realm="${registry.origin}/token"`),
    );
    const refused = client.resolve(parseReference(`${name}:1`), accessWith([user]), nothingKnown);
    await faultOf(refused, 'registry/unauthorized');
    // The same again for anonymous, which is tried when the credential does not do.
    const tokens = registry.requests.filter(({ path }) => path === '/token');
    assert.deepEqual(
      tokens.map(({ headers }) => headers['authorization'] !== undefined),
      [true, true, false, false],
    );
    assert.equal(registry.requests.filter(({ path }) => path === manifestPath).length, 4);
  });

  test('anonymously it is asked twice, with one token', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: anyone });
    registry.behave(({ path }) =>
      path === '/token' ? undefined : unauthorized(`Bearer realm="${registry.origin}/token"`),
    );
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'registry/unauthorized');
    assert.deepEqual(registry.takeRequests(), [`GET ${manifestPath}`, 'GET /token', `GET ${manifestPath}`]);
  });

  test('a wider scope is asked for once', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: anyone });
    const scope = 'repository:shop/api:pull,push';
    registry.behave(({ path }) =>
      path === '/token' ? undefined : unauthorized(`Bearer realm="${registry.origin}/token",scope="${scope}"`),
    );
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'registry/unauthorized');
    const scopes = registry.requests.filter(({ path }) => path === '/token').map(({ query }) => query.getAll('scope'));
    assert.deepEqual(scopes, [['repository:shop/api:pull'], [scope]]);
    assert.equal(registry.requests.filter(({ path }) => path === manifestPath).length, 3);
  });

  test('one token serves all who need it at once', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: bearer });
    await client.resolve(parseReference(`${name}:1`), accessWith([user]), nothingKnown);
    registry.revokeTokens();
    registry.takeRequests();
    registry.put('shop/other', '1', smallImage);
    const other = parseReference(`${registry.host}/shop/other:1`);
    await Promise.all([
      client.resolve(other, accessWith([user]), nothingKnown),
      client.resolve(
        parseReference(`${registry.host}/shop/other@${smallImage.digest}`),
        accessWith([user]),
        nothingKnown,
      ),
    ]);
    assert.equal(registry.takeRequests().filter((line) => line === 'GET /token').length, 1);
  });

  test('a token is renewed before it ends', async (t) => {
    const clock = { nowMs: Date.parse('2026-11-23T10:00:00Z') };
    const { registry, client, name } = await startRegistryAndClient(t, {
      login: { ...bearer, tokenSeconds: 300 },
      clock,
    });
    const tokensAfter = async (seconds: number): Promise<number> => {
      clock.nowMs += seconds * 1000;
      registry.takeRequests();
      await client.resolve(parseReference(`${name}:1`), accessWith([user]), nothingKnown);
      return registry.takeRequests().filter((line) => line === 'GET /token').length;
    };
    assert.equal(await tokensAfter(0), 1);
    assert.equal(await tokensAfter(289), 0);
    assert.equal(await tokensAfter(2), 1);
  });

  test('a token server that fails is not a refusal', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: anyone });
    registry.behave(({ path }) => (path === '/token' ? { kind: 'answer', status: 503 } : undefined));
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'registry/server-error');
  });

  test('a token server that refuses names the credential that was tried', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: bearer });
    registry.behave(({ path }) =>
      path === '/token' ? { kind: 'answer', status: 403, body: '{"errors":[{"code":"DENIED"}]}' } : undefined,
    );
    const refused = client.resolve(parseReference(`${name}:1`), accessWith([user]), nothingKnown);
    const fault = await faultOf(refused, 'registry/unauthorized');
    assert.match(fault.message, /secret shop\/deploy/);
    assert.match(fault.message, /anonymous/);
    assert.ok(!fault.message.includes(user.login.password));
  });

  test('an endless token is cut off at its limit', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: anyone });
    registry.behave(({ path }) => (path === '/token' ? { kind: 'endless', chunk: 'x'.repeat(1024) } : undefined));
    const fault = await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'limit');
    assert.equal(fault.limit, 'maxTokenBytes');
    assert.ok(registry.sentBytes < 8 * 1024 * 1024);
  });
});

suite('a credential that comes back is not shown', () => {
  const echo = (text: string): Behaviour => ({
    kind: 'answer',
    status: 403,
    headers: {},
    body: JSON.stringify({ errors: [{ code: 'DENIED', message: `not for you: ${text}` }] }),
  });
  const { username, password } = user.login;
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  const identity: Credential = {
    source: 'config',
    grant: 'requester',
    login: { kind: 'identity-token', token: ['refresh', '1'].join('-') },
  };
  const rows: readonly (readonly [claim: string, credential: Credential, matching: RegExp, sent: string])[] = [
    ['as a password', user, /manifests/, password],
    ['as a header', user, /manifests/, basic],
    ['from the token server', user, /token/, basic],
    ['as a refresh token', identity, /token/, 'refresh-1'],
  ];
  for (const [claim, credential, matching, sent] of rows) {
    test(claim, async (t) => {
      const kind = matching.test('/token') ? 'bearer' : 'basic';
      const { registry, client, name } = await startRegistryAndClient(t, { login: { kind, users } });
      const texts: string[] = [];
      for (const text of [sent, 'ask again']) {
        registry.behave(({ path }) => (matching.test(path) ? echo(text) : undefined));
        const refused = client.resolve(
          parseReference(`${name}:${texts.length}`),
          accessWith([credential]),
          nothingKnown,
        );
        texts.push((await faultOf(refused, 'registry/unauthorized')).message);
      }
      const [echoed = sent, other = ''] = texts;
      assert.ok(!echoed.includes(sent), echoed);
      assert.match(other, /ask again/);
    });
  }

  test('as a token', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: bearer });
    let token = '';
    registry.behave(({ path, headers }) => {
      const [scheme, sent = ''] = (headers['authorization'] ?? '').split(' ');
      if (scheme !== 'Bearer' || !path.includes('manifests')) return undefined;
      token = sent;
      return echo(`bad token ${sent}`);
    });
    const refused = client.resolve(parseReference(`${name}:1`), accessWith([user]), nothingKnown);
    const { message } = await faultOf(refused, 'registry/unauthorized');
    assert.ok(token.length > 0 && !message.includes(token), message);
  });
});

test('a credential that comes back in a warning is not logged', async (t) => {
  const warnings: unknown[] = [];
  const log = {
    warn: (_message: string, fields: Readonly<Record<string, unknown>>) => warnings.push(fields['warning']),
  };
  const { registry, client, name } = await startRegistryAndClient(t, {
    login: { kind: 'basic', users },
    deps: { log },
  });
  for (const text of [user.login.password, 'moving']) {
    registry.behaveOnce(/manifests/, { kind: 'answer', headers: { Warning: `299 - "${text}"` } });
    await client.resolve(parseReference(`${name}:1`), accessWith([user]), everythingKnown);
  }
  assert.deepEqual(warnings, ['299 - "moving"']);
});

suite('identity tokens', () => {
  const identity: Credential = {
    source: 'config',
    grant: 'requester',
    login: { kind: 'identity-token', token: 'refresh-1' },
  };

  test('are exchanged by POST, and the password beside them is used where that is refused', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: bearer });
    registry.behaveOnce(/^POST \/token/, { kind: 'answer', status: 404 });
    const access = accessWith([identity, user]);
    const resolution = await client.resolve(parseReference(`${name}:1`), access, nothingKnown);
    assert.equal(resolution.credential, user.source);
    const [post] = registry.requests.filter(({ method }) => method === 'POST');
    assert.deepEqual(Object.fromEntries(new URLSearchParams(post?.body)), {
      grant_type: 'refresh_token',
      client_id: 'tidewaiter',
      service: 'test registry, main',
      scope: 'repository:shop/api:pull',
      refresh_token: 'refresh-1',
    });
    assert.equal(post?.headers['authorization'], undefined);
  });

  test('are taken by a server that knows them', async (t) => {
    const login = { ...bearer, identityTokens: { 'refresh-1': 'deploy' } };
    const { client, name } = await startRegistryAndClient(t, { login });
    const resolution = await client.resolve(parseReference(`${name}:1`), accessWith([identity]), nothingKnown);
    assert.equal(resolution.credential, 'config');
  });

  test('are replaced by the one that an answer brings', async (t) => {
    const login = { ...bearer, identityTokens: { 'refresh-1': 'deploy', 'refresh-2': 'deploy' } };
    const { registry, client, name } = await startRegistryAndClient(t, { login });
    registry.behaveOnce(/^POST \/token/, {
      kind: 'answer',
      body: JSON.stringify({ token: 'dead', refresh_token: 'refresh-2' }),
    });
    await client.resolve(parseReference(`${name}:1`), accessWith([identity]), nothingKnown);
    const sent = registry.requests
      .filter(({ method }) => method === 'POST')
      .map(({ body }) => new URLSearchParams(body).get('refresh_token'));
    assert.deepEqual(sent, ['refresh-1', 'refresh-2']);
  });

  test('are of no use where a password is wanted', async (t) => {
    const { client, name } = await startRegistryAndClient(t, { login: { kind: 'basic', users } });
    const refused = client.resolve(parseReference(`${name}:1`), accessWith([identity]), nothingKnown);
    await faultOf(refused, 'registry/unauthorized');
  });
});

test('a registry token is sent as it is, without asking for another', async (t) => {
  const { registry, client, name } = await startRegistryAndClient(t);
  const credential: Credential = {
    source: 'config',
    grant: 'service',
    login: { kind: 'registry-token', token: 'abc' },
  };
  await client.resolve(parseReference(`${name}:1`), accessWith([credential]), nothingKnown);
  assert.deepEqual(
    registry.requests.map(({ headers }) => headers['authorization']),
    ['Bearer abc'],
  );
});

suite('what expires without a challenge', () => {
  for (const [claim, status] of [
    ['a 403 as ECR gives it', 403],
    ['a 400 as ECR Public gives it', 400],
  ] as const) {
    test(`${claim} renews an old token once`, async (t) => {
      const clock = { nowMs: Date.parse('2026-11-23T10:00:00Z') };
      const { registry, client, name } = await startRegistryAndClient(t, { login: bearer, clock });
      const reference = parseReference(`${name}:1`);
      await client.resolve(reference, accessWith([user]), nothingKnown);
      clock.nowMs += 61_000;
      registry.takeRequests();
      registry.behaveOnce(/manifests/, { kind: 'answer', status, headers: {}, body: '{"errors":[{"code":"DENIED"}]}' });
      await client.resolve(reference, accessWith([user]), nothingKnown);
      assert.deepEqual(registry.takeRequests(), [`GET ${manifestPath}`, 'GET /token', `GET ${manifestPath}`]);
    });
  }

  test('a new token that gets 403 is not renewed', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: bearer });
    registry.behave(({ path }) => (path === manifestPath ? { kind: 'answer', status: 403, headers: {} } : undefined));
    await faultOf(
      client.resolve(parseReference(`${name}:1`), accessWith([user]), nothingKnown),
      'registry/unauthorized',
    );
    assert.equal(
      registry.requests.filter(({ path, headers }) => path === '/token' && headers['authorization']).length,
      1,
    );
  });

  test('a password that was replaced at its source meanwhile is used at once', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: { kind: 'basic', users } });
    let current = wrong;
    const keyring = {
      lookup: async () => {
        const given = current;
        current = user;
        return [given];
      },
    };
    const access = { keyring, signal: new AbortController().signal };
    const resolution = await client.resolve(parseReference(`${name}:1`), access, nothingKnown);
    assert.equal(resolution.credential, user.source);
    assert.equal(registry.requests.filter(({ path }) => path === manifestPath).length, 3);
  });
});

suite('several ways in', () => {
  test('private images behind an anonymous 404 are found, because the host is asked first how to log in', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: { kind: 'basic', users } });
    registry.behave(({ path, headers }) =>
      path === '/v2/' || headers['authorization'] !== undefined
        ? undefined
        : { kind: 'answer', status: 404, headers: {}, body: '' },
    );
    const resolution = await client.resolve(parseReference(`${name}:1`), accessWith([user]), nothingKnown);
    assert.equal(resolution.grant, 'requester');
    assert.deepEqual(registry.takeRequests(), ['GET /v2/', `GET ${manifestPath}`]);
  });

  for (const kind of ['basic', 'bearer'] as const) {
    test(`the second of two credentials is used where the first is wrong (${kind})`, async (t) => {
      const { client, name } = await startRegistryAndClient(t, { login: { kind, users } });
      const resolution = await client.resolve(parseReference(`${name}:1`), accessWith([wrong, user]), nothingKnown);
      assert.equal(resolution.credential, 'secret shop/deploy');
    });
  }

  test('the one that worked is the first to be tried next time', async (t) => {
    const clock = { nowMs: Date.parse('2026-11-23T10:00:00Z') };
    const { registry, client, name } = await startRegistryAndClient(t, { login: { kind: 'basic', users }, clock });
    await client.resolve(parseReference(`${name}:1`), accessWith([wrong, user]), nothingKnown);
    registry.takeRequests();
    // The refusal of the wrong one is forgotten by then, the authorisation of the other is not.
    clock.nowMs += 120_000;
    await client.resolve(parseReference(`${name}:1`), accessWith([wrong, user]), nothingKnown);
    assert.deepEqual(registry.takeRequests(), [`GET ${manifestPath}`]);
  });

  test('anonymous comes last, and is what is reported when only it worked', async (t) => {
    const { client, name } = await startRegistryAndClient(t, { login: { ...anyone, users: {} } });
    const resolution = await client.resolve(parseReference(`${name}:1`), accessWith([wrong]), nothingKnown);
    assert.equal(resolution.grant, 'anonymous');
    assert.equal(resolution.credential, 'anonymous');
  });

  test('when a credential is told that there is no such image, nobody else is asked', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: { kind: 'basic', users } });
    await faultOf(
      client.resolve(parseReference(`${name}:absent`), accessWith([user]), nothingKnown),
      'registry/not-found',
    );
    assert.deepEqual(registry.takeRequests(), ['GET /v2/', 'GET /v2/shop/api/manifests/absent']);
  });

  test('all that were tried are named when all are refused', async (t) => {
    const { client, name } = await startRegistryAndClient(t, { login: { kind: 'basic', users } });
    const other = passwordCredential('other', 'x', 'secret shop/other');
    const fault = await faultOf(
      client.resolve(parseReference(`${name}:1`), accessWith([wrong, other]), nothingKnown),
      'registry/unauthorized',
    );
    for (const source of ['secret shop/old', 'secret shop/other', 'anonymous'])
      assert.ok(fault.message.includes(source), fault.message);
  });
});

test('more credentials than anyone needs are a limit, not a storm', async (t) => {
  const { registry, client, name } = await startRegistryAndClient(t, { login: { kind: 'basic', users } });
  const many = Array.from({ length: 33 }, (_, index) => passwordCredential(`user-${index}`, 'x'));
  const fault = await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(many), nothingKnown), 'limit');
  assert.equal(fault.limit, 'maxCredentials');
  assert.equal(registry.requests.length, 0);
});

suite('tenants', () => {
  test('who has no credential does not get what another was shown', async (t) => {
    const { client, name } = await startRegistryAndClient(t, { login: bearer });
    const tag = parseReference(`${name}:1`);
    const digest = parseReference(`${name}@${smallImage.digest}`);
    await client.resolve(tag, accessWith([user]), nothingKnown);
    await faultOf(client.resolve(tag, accessWith(), everythingKnown), 'registry/unauthorized');
    await faultOf(client.resolve(digest, accessWith(), everythingKnown), 'registry/unauthorized');
    await faultOf(client.readConfig(tag, config, accessWith()), 'registry/unauthorized');
  });

  test('the same login from another source has to prove itself', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: bearer });
    const digest = parseReference(`${name}@${smallImage.digest}`);
    await client.resolve(digest, accessWith([user]), nothingKnown);
    registry.takeRequests();
    await client.resolve(digest, accessWith([{ ...user, source: 'secret other/regcred' }]), everythingKnown);
    assert.ok(registry.takeRequests().length > 0);
  });

  test('an authorisation counts for five minutes and for its repository', async (t) => {
    const clock = { nowMs: Date.parse('2026-11-23T10:00:00Z') };
    const { registry, client, name } = await startRegistryAndClient(t, { login: bearer, clock });
    registry.put('shop/other', '1', smallImage);
    const here = parseReference(`${name}@${smallImage.digest}`);
    await client.resolve(here, accessWith([user]), nothingKnown);
    registry.takeRequests();
    const linesFor = async (text: string): Promise<readonly string[]> => {
      await client.resolve(parseReference(text), accessWith([user]), everythingKnown);
      return registry.takeRequests().filter((line) => line.startsWith('HEAD'));
    };
    assert.equal((await linesFor(`${name}@${smallImage.digest}`)).length, 0);
    assert.equal((await linesFor(`${registry.host}/shop/other@${smallImage.digest}`)).length, 1);
    clock.nowMs += 299_000;
    assert.equal((await linesFor(`${name}@${smallImage.digest}`)).length, 0);
    clock.nowMs += 2_000;
    assert.equal((await linesFor(`${name}@${smallImage.digest}`)).length, 1);
  });
});

test('names and passwords are sent in UTF-8', async (t) => {
  const strange = passwordCredential('robot$team+jörg', 'pä:ss wörd €');
  const login = { kind: 'basic', users: { 'robot$team+jörg': strange.login.password } } as const;
  const { client, name } = await startRegistryAndClient(t, { login });
  const resolution = await client.resolve(parseReference(`${name}:1`), accessWith([strange]), nothingKnown);
  assert.equal(resolution.grant, 'requester');
});

suite('the token server', () => {
  test('at plain HTTP is refused for a registry with TLS, and nothing is sent there', async (t) => {
    const realm = 'http://169.254.169.254/latest';
    const { client, name, registry } = await startRegistryAndClient(t);
    registry.behave(() => unauthorized(`Bearer realm="${realm}"`));
    // The same rule for loopback, where the registry itself speaks plain HTTP.
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'registry/realm-refused');
    assert.equal(registry.requests.length, 1);
  });

  test('at an address that must not be dialled is not dialled', async (t) => {
    const { client, name, registry } = await startRegistryAndClient(t);
    registry.behave(() => unauthorized('Bearer realm="https://169.254.169.254/token"'));
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'registry/address-refused');
  });

  test('at the registry itself is asked, also at an address inside', async (t) => {
    const { client, name } = await startRegistryAndClient(t, {
      login: bearer,
      settings: { allowLoopback: false, registries: [{ match: '127.0.0.1', plainHTTP: true }] },
    });
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'registry/address-refused');
  });

  test('at another host gets no credentials, and the error names tokenRealms', async (t) => {
    const { client, name, registry } = await startRegistryAndClient(t, { login: bearer });
    registry.behave(({ path }) =>
      path === '/v2/' ? unauthorized('Bearer realm="https://auth.example.com/token"') : undefined,
    );
    const fault = await faultOf(
      client.resolve(parseReference(`${name}:1`), accessWith([user]), nothingKnown),
      'registry/realm-refused',
    );
    assert.match(fault.message, /auth\.example\.com/);
    assert.match(fault.message, /tokenRealms/);
  });

  test('at another host is given the credentials where tokenRealms names it', async (t) => {
    const tokens = await startHostileRegistry({ login: { ...bearer, mayPull: () => true } });
    const registry = await startHostileRegistry();
    const client = testClient({
      settings: { registries: [{ match: registry.host, plainHTTP: true, tokenRealms: ['auth.example.com'] }] },
      deps: { lookup: (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]) },
    });
    t.after(() => Promise.all([client.close(), tokens.close(), registry.close()]));
    const realm = `http://auth.example.com:${tokens.host.split(':')[1]}/token`;
    registry.put('shop/api', '1', smallImage);
    registry.behave(({ headers }) =>
      headers['authorization'] === undefined ? unauthorized(`Bearer realm="${realm}"`) : undefined,
    );
    const resolution = await client.resolve(
      parseReference(`${registry.host}/shop/api:1`),
      accessWith([user]),
      nothingKnown,
    );
    assert.equal(resolution.credential, user.source);
    assert.ok(tokens.requests.some(({ headers }) => headers['authorization']?.startsWith('Basic ') === true));
    assert.ok(registry.requests.every(({ headers }) => headers['authorization']?.startsWith('Basic ') !== true));
  });
});
