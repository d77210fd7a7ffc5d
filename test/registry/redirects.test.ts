// Redirects are followed by our own rules: no login elsewhere, never down to plain HTTP, never without end.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Credential } from '../../src/inspection/image-source.ts';
import { parseDescriptor } from '../../src/oci/descriptor.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { type HostileRegistry, startHostileRegistry } from '../support/hostile-registry.ts';
import {
  accessWith,
  faultOf,
  nothingKnown,
  passwordCredential,
  smallImage,
  startRegistryAndClient,
  testClient,
} from '../support/registry-client.ts';

const user = passwordCredential('deploy', ['pass', 'word'].join(''));
const login = { kind: 'basic', users: { deploy: user.login.password } } as const;
const registryToken: Credential = {
  source: 'config',
  grant: 'requester',
  login: { kind: 'registry-token', token: ['dele', 'gated'].join('') },
};

const config = parseDescriptor(JSON.parse(Buffer.from(smallImage.bytes).toString()).config);
const blobPath = `/v2/shop/api/blobs/${config.digest}`;
const signature = ['X-Signature=', 'abc', 'def'].join('');

async function storage(t: { after(close: () => Promise<void>): void }): Promise<HostileRegistry> {
  const store = await startHostileRegistry();
  store.put('shop/api', '1', smallImage);
  t.after(() => store.close());
  return store;
}

suite('a redirect', () => {
  test('to another port takes no login along', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login });
    const store = await storage(t);
    registry.behaveOnce(/blobs/, { kind: 'redirect', location: `${store.origin}${blobPath}?${signature}` });
    const bytes = await client.readConfig(parseReference(`${name}:1`), config, accessWith([user]));
    assert.deepEqual(Buffer.from(bytes), Buffer.from(smallImage.config?.bytes ?? []));
    assert.equal(store.requests[0]?.headers['authorization'], undefined);
    assert.equal(store.requests[0]?.query.get('X-Signature'), 'abcdef');
  });

  test('to another host takes no login along, bearer tokens included', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    const store = await storage(t);
    const location = `${store.origin.replace('127.0.0.1', 'localhost')}${blobPath}`;
    registry.behaveOnce(/blobs/, { kind: 'redirect', location });
    await client.readConfig(parseReference(`${name}:1`), config, accessWith([registryToken]));
    assert.ok(registry.requests[0]?.headers['authorization']);
    assert.equal(store.requests[0]?.headers['authorization'], undefined);
  });

  test('within host and port keeps the login', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login });
    registry.behaveOnce(/blobs/, { kind: 'redirect', location: `${registry.origin}${blobPath}` });
    await client.readConfig(parseReference(`${name}:1`), config, accessWith([user]));
    const sent = registry.requests
      .filter(({ path }) => path === blobPath)
      .map(({ headers }) => headers['authorization']);
    assert.equal(sent.length, 2);
    assert.equal(sent[0], sent[1]);
  });

  test('that comes back has lost the login for good', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: { kind: 'open' } });
    const store = await storage(t);
    registry.behaveOnce(/blobs/, { kind: 'redirect', location: `${store.origin}/elsewhere` });
    store.behaveOnce(/elsewhere/, { kind: 'redirect', location: `${registry.origin}${blobPath}` });
    await client.readConfig(parseReference(`${name}:1`), config, accessWith([registryToken]));
    assert.equal(registry.requests.at(-1)?.headers['authorization'], undefined);
  });

  test('may be relative', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    registry.behaveOnce(/blobs/, { kind: 'redirect', location: `/other${blobPath}` });
    registry.behaveOnce(/other/, {
      kind: 'redirect',
      location: `..${blobPath.slice('/v2/shop/api'.length)}`.replace('..', `${registry.origin}/v2/shop/api`),
    });
    await client.readConfig(parseReference(`${name}:1`), config, accessWith());
    assert.ok(registry.takeRequests().includes(`GET /other${blobPath}`));
  });

  for (const status of [301, 302, 303, 307, 308]) {
    test(`with ${status} is followed, for manifests too`, async (t) => {
      const { registry, client, name } = await startRegistryAndClient(t);
      registry.behaveOnce(/manifests\/1/, {
        kind: 'redirect',
        status,
        location: `/v2/shop/api/manifests/${smallImage.digest}`,
      });
      const resolution = await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
      assert.equal(resolution.digest, smallImage.digest);
    });
  }

  test('is followed five times and not a sixth', async (t) => {
    for (const [hops, isFollowed] of [
      [5, true],
      [6, false],
    ] as const) {
      const { registry, client, name } = await startRegistryAndClient(t);
      for (let hop = 0; hop < hops; hop += 1)
        registry.behaveOnce(/manifests/, { kind: 'redirect', location: '/v2/shop/api/manifests/1' });
      const resolved = client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
      if (isFollowed) await resolved;
      else await faultOf(resolved, 'registry/redirect-refused');
      assert.equal(registry.requests.length, 6);
    }
  });

  const refused: readonly (readonly [
    claim: string,
    location: string,
    code: 'registry/redirect-refused' | 'registry/address-refused',
  ])[] = [
    ['to a metadata address', 'https://169.254.169.254/latest', 'registry/address-refused'],
    ['to metadata in mapped form', 'https://[::ffff:169.254.169.254]/latest', 'registry/address-refused'],
    ['to metadata as one number', 'https://2852039166/latest', 'registry/address-refused'],
    ['to an unspecified address', 'https://0.0.0.0/', 'registry/address-refused'],
    ['to plain HTTP at another host', 'http://storage.example.com/x', 'registry/redirect-refused'],
    ['to another scheme', 'ftp://storage.example.com/x', 'registry/redirect-refused'],
    ['to a file', 'file:///etc/passwd', 'registry/redirect-refused'],
    ['to data in the URL', 'data:application/json,{}', 'registry/redirect-refused'],
    ['with a login in it', 'https://user:pw@storage.example.com/x', 'registry/redirect-refused'],
    ['with a user name in it', 'https://user@storage.example.com/x', 'registry/redirect-refused'],
    ['to no URL', 'https://[', 'registry/redirect-refused'],
    ['to nowhere', '', 'registry/redirect-refused'],
  ];
  for (const [claim, location, code] of refused) {
    test(`${claim} is refused`, async (t) => {
      const { registry, client, name } = await startRegistryAndClient(t);
      registry.behave(() => ({ kind: 'redirect', location }));
      await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), code);
      assert.equal(registry.requests.length, 1);
    });
  }

  test('into loopback is refused where only the registry itself was opened', async (t) => {
    const store = await storage(t);
    const registry = await startHostileRegistry();
    registry.put('shop/api', '1', smallImage);
    const client = testClient({
      settings: {
        allowLoopback: false,
        registries: [
          { match: registry.host, plainHTTP: true, allowAddresses: ['127.0.0.1'] },
          { match: store.host, plainHTTP: true },
        ],
      },
    });
    t.after(() => Promise.all([client.close(), registry.close()]));
    const reference = parseReference(`${registry.host}/shop/api:1`);
    // To a host with an entry of its own, and to one without.
    for (const location of [`${store.origin}${blobPath}`, `https://127.0.0.1:1${blobPath}`]) {
      registry.behaveOnce(/blobs/, { kind: 'redirect', location });
      await faultOf(client.readConfig(reference, config, accessWith()), 'registry/address-refused');
    }
    assert.equal(store.requests.length, 0);
  });

  test('of a token request by POST is refused', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { login: { kind: 'bearer' } });
    const identity: Credential = {
      source: 'config',
      grant: 'requester',
      login: { kind: 'identity-token', token: 'refresh' },
    };
    registry.behave(({ method }) =>
      method === 'POST' ? { kind: 'redirect', location: 'https://evil.example.com/' } : undefined,
    );
    const refused = client.resolve(parseReference(`${name}:1`), accessWith([identity]), nothingKnown);
    await faultOf(refused, 'registry/redirect-refused');
  });

  for (const status of [401, 403]) {
    test(`into a ${status} is the failure of that place, not of the login, whose challenge nobody answers`, async (t) => {
      const { registry, client, name } = await startRegistryAndClient(t);
      const store = await storage(t);
      registry.behave(() => ({ kind: 'redirect', location: `${store.origin}${blobPath}` }));
      const headers = { 'WWW-Authenticate': `Bearer realm="${store.origin}/token"` };
      store.behave(() => ({ kind: 'answer', status, headers }));
      const refused = client.readConfig(parseReference(`${name}:1`), config, accessWith([registryToken]));
      await faultOf(refused, 'registry/server-error');
      assert.ok(
        store.requests.every(({ path, headers: sent }) => path !== '/token' && sent['authorization'] === undefined),
      );
    });
  }

  test('of the question how to log in leads no login to whoever answers there', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    const store = await storage(t);
    registry.behaveOnce(/^GET \/v2\/$/, { kind: 'redirect', location: `${store.origin}/v2/` });
    const headers = { 'WWW-Authenticate': `Bearer realm="${store.origin}/token"` };
    store.behave(() => ({ kind: 'answer', status: 401, headers }));
    await client.resolve(parseReference(`${name}:1`), accessWith([user]), nothingKnown);
    assert.deepEqual(
      store.requests.map(({ path, headers: sent }) => [path, sent['authorization']]),
      [['/v2/', undefined]],
    );
  });

  test('whose signature has just expired is asked for anew', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    const store = await storage(t);
    registry.behave(() => ({ kind: 'redirect', location: `${store.origin}${blobPath}` }));
    store.behaveOnce(/blobs/, { kind: 'answer', status: 403, headers: {}, body: '<Error>Request has expired</Error>' });
    await client.readConfig(parseReference(`${name}:1`), config, accessWith());
    assert.equal(registry.requests.length, 2);
  });
});

suite('the query of a signed URL is in no message', () => {
  for (const [claim, behave] of [
    ['when its host refuses', { kind: 'answer', status: 403, body: '{"errors":[{"code":"DENIED"}]}' }],
    ['when its host fails', { kind: 'answer', status: 500 }],
    ['when its host breaks off', { kind: 'reset' }],
    ['when its host sends half', { kind: 'truncated', bytes: 5 }],
    ['when its host redirects badly', { kind: 'redirect', location: 'ftp://x' }],
  ] as const) {
    test(claim, async (t) => {
      const warnings: string[] = [];
      const log = { warn: (message: string, fields: object) => warnings.push(JSON.stringify([message, fields])) };
      const { registry, client, name } = await startRegistryAndClient(t, { deps: { log } });
      const store = await storage(t);
      registry.behave(() => ({ kind: 'redirect', location: `${store.origin}${blobPath}?${signature}` }));
      store.behave(() => behave);
      const thrown: unknown = await client
        .readConfig(parseReference(`${name}:1`), config, accessWith())
        .catch((reason) => reason);
      assert.ok(thrown instanceof Error);
      const texts = [thrown.message, String(thrown.cause), ...warnings].join('\n');
      assert.ok(!texts.includes(signature) && !texts.includes('abcdef'), texts);
    });
  }
});
