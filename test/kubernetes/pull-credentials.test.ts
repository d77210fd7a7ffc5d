// Pull credentials: whose secrets count for which workload, and what happens when one cannot be had.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Credential } from '../../src/inspection/image-source.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { Workload } from '../../src/workload/use.ts';
import { eventually, type FakeApiServer, type FakeObject, sendJson } from '../support/fake-apiserver.ts';
import { type Connected, type ConnectedOptions, connect, own, workload } from './connected.ts';

const image = parseReference('registry.example.com/shop/api:1.4');
const secretsOf = (namespace: string): string => `/api/v1/namespaces/${namespace}/secrets`;
const accountsOf = (namespace: string): string => `/api/v1/namespaces/${namespace}/serviceaccounts`;

/** A pull secret whose one credential has `username`, as `kubectl create secret docker-registry` writes it. */
function pullSecret(name: string, username: string): FakeObject {
  return dataSecret(name, 'kubernetes.io/dockerconfigjson', '.dockerconfigjson', {
    auths: { 'registry.example.com': { username } },
  });
}

function dataSecret(name: string, type: string, key: string, content: unknown): FakeObject {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return { metadata: { name }, type, data: { [key]: Buffer.from(text).toString('base64') } };
}

function serviceAccount(name: string, ...imagePullSecrets: readonly string[]): FakeObject {
  return { metadata: { name }, imagePullSecrets: imagePullSecrets.map((secret) => ({ name: secret })) };
}

function lookup(connected: Connected, of: Workload, namespace = 'shop'): Promise<readonly Credential[]> {
  return connected.cluster.keyringFor(of, namespace).lookup(image, AbortSignal.timeout(5_000));
}

function usernames(credentials: readonly Credential[]): readonly string[] {
  return credentials.map(({ login }) => (login.kind === 'password' ? login.username : login.kind));
}

function secretReads(api: FakeApiServer): readonly string[] {
  return api.seen.map(({ url }) => url).filter((url) => url.includes('/secrets'));
}

interface Case {
  readonly claim: string;
  readonly workload: Partial<Workload>;
  readonly prepare?: (api: FakeApiServer) => void;
  readonly finds: readonly string[];
}

const shopSecrets = (api: FakeApiServer): void => {
  api.put(secretsOf('shop'), pullSecret('first', 'first'));
  api.put(secretsOf('shop'), pullSecret('second', 'second'));
  api.put(accountsOf('shop'), serviceAccount('default', 'second'));
  api.put(accountsOf('shop'), serviceAccount('builder', 'first', 'second'));
};

const cases: readonly Case[] = [
  {
    claim: "a template's own secrets come first, then the service's",
    workload: { imagePullSecrets: ['first'] },
    finds: ['first', 'own'],
  },
  {
    claim: 'several secrets count in their order',
    workload: { imagePullSecrets: ['second', 'first'] },
    finds: ['second', 'first', 'own'],
  },
  {
    claim: 'a secret named twice counts once',
    workload: { imagePullSecrets: ['first', 'first'] },
    finds: ['first', 'own'],
  },
  {
    claim: 'a template without secrets takes those of the default service account',
    workload: {},
    finds: ['second', 'own'],
  },
  {
    claim: 'a template without secrets takes those of its service account',
    workload: { serviceAccountName: 'builder' },
    finds: ['first', 'second', 'own'],
  },
  {
    claim: "a template with secrets does not take its service account's too",
    workload: { serviceAccountName: 'builder', imagePullSecrets: ['second'] },
    finds: ['second', 'own'],
  },
  {
    claim: 'a Pod has its final list, and its service account is not asked',
    workload: { kind: 'Pod', apiVersion: 'v1' },
    finds: ['own'],
  },
  { claim: 'a missing secret is left out', workload: { imagePullSecrets: ['gone', 'first'] }, finds: ['first', 'own'] },
  { claim: 'a missing service account has no secrets', workload: { serviceAccountName: 'nobody' }, finds: ['own'] },
  { claim: 'an empty name is no secret', workload: { imagePullSecrets: ['', 'first'] }, finds: ['first', 'own'] },
  {
    claim: 'a secret of type dockercfg with its key works',
    workload: { imagePullSecrets: ['legacy'] },
    prepare: (api) =>
      api.put(
        secretsOf('shop'),
        dataSecret('legacy', 'kubernetes.io/dockercfg', '.dockercfg', {
          'registry.example.com': { username: 'legacy' },
        }),
      ),
    finds: ['legacy', 'own'],
  },
  {
    claim: 'a dockerconfigjson secret with the key of dockercfg is left out',
    workload: { imagePullSecrets: ['mixed', 'first'] },
    prepare: (api) =>
      api.put(
        secretsOf('shop'),
        dataSecret('mixed', 'kubernetes.io/dockerconfigjson', '.dockercfg', {
          'registry.example.com': { username: 'x' },
        }),
      ),
    finds: ['first', 'own'],
  },
  {
    claim: 'an Opaque secret is left out, whatever it holds',
    workload: { imagePullSecrets: ['opaque'] },
    prepare: (api) =>
      api.put(
        secretsOf('shop'),
        dataSecret('opaque', 'Opaque', '.dockerconfigjson', { auths: { 'registry.example.com': { username: 'x' } } }),
      ),
    finds: ['own'],
  },
  {
    claim: 'a secret that is not JSON is left out, and the others still count',
    workload: { imagePullSecrets: ['broken', 'first'] },
    prepare: (api) =>
      api.put(
        secretsOf('shop'),
        dataSecret(
          'broken',
          'kubernetes.io/dockerconfigjson',
          '.dockerconfigjson',
          '{"auths":{"a":{"password":"hunter2"',
        ),
      ),
    finds: ['first', 'own'],
  },
  {
    claim: 'a secret without data is left out',
    workload: { imagePullSecrets: ['bare'] },
    prepare: (api) =>
      api.put(secretsOf('shop'), { metadata: { name: 'bare' }, type: 'kubernetes.io/dockerconfigjson' }),
    finds: ['own'],
  },
];

for (const { claim, workload: fields, prepare, finds } of cases) {
  test(claim, async () => {
    await using connected = await connect({
      prepare: (api) => {
        shopSecrets(api);
        prepare?.(api);
      },
    });
    assert.deepEqual(usernames(await lookup(connected, workload(fields))), finds);
    assert.ok(!connected.logged.some(({ text }) => text.includes('hunter2')), 'no log line holds anything of a secret');
    assert.ok(
      secretReads(connected.api).every((url) => /\/secrets\/[^/?]+$/.test(url)),
      'secrets are read one by one, by name',
    );
  });
}

test('a credential names the secret it comes from, and that it is the requester’s', async () => {
  await using connected = await connect({ prepare: shopSecrets });
  const found = await lookup(connected, workload({ imagePullSecrets: ['first'] }));
  assert.deepEqual(
    found.map(({ source, grant }) => [source, grant]),
    [
      ['secret shop/first', 'requester'],
      ['service', 'service'],
    ],
  );
});

test('an unusable secret is warned of by name', async () => {
  await using connected = await connect({
    prepare: (api) => api.put(secretsOf('shop'), dataSecret('opaque', 'Opaque', 'x', 'y')),
  });
  await lookup(connected, workload({ imagePullSecrets: ['opaque'] }));
  assert.ok(connected.logged.some(({ level, text }) => level === 'warn' && text.includes('"secret":"opaque"')));
});

test('a secret that was named in vain is told, and why', async () => {
  const mixed = dataSecret('mixed', 'kubernetes.io/dockerconfigjson', '.dockercfg', {});
  await using connected = await connect({
    prepare: (api) => {
      shopSecrets(api);
      api.put(secretsOf('shop'), mixed);
    },
  });
  const keyring = connected.cluster.keyringFor(workload({ imagePullSecrets: ['gone', 'first', 'mixed'] }), 'shop');
  assert.deepEqual(keyring.gaps?.(), []);
  await keyring.lookup(image, AbortSignal.timeout(5_000));
  await keyring.lookup(image, AbortSignal.timeout(5_000));
  assert.deepEqual(keyring.gaps?.(), [
    'the pull secret shop/gone does not exist',
    'the pull secret shop/mixed cannot be used (it is neither of type dockerconfigjson nor dockercfg with the key of that type)',
  ]);
  const whole = connected.cluster.keyringFor(workload({ imagePullSecrets: ['first'] }), 'shop');
  await whole.lookup(image, AbortSignal.timeout(5_000));
  assert.deepEqual(whole.gaps?.(), []);
});

test('a secret of another namespace is not used, not even from memory', async () => {
  await using connected = await connect({ prepare: shopSecrets });
  const of = workload({ imagePullSecrets: ['first'] });
  assert.deepEqual(usernames(await lookup(connected, of, 'shop')), ['first', 'own']);
  assert.deepEqual(usernames(await lookup(connected, of, 'other')), ['own']);
});

test('names that would make another request are never asked for', async () => {
  await using connected = await connect({ prepare: shopSecrets });
  const names = ['..', '../../kube-system/secrets/admin', 'first?x=1', 'first/', 'UPPER', '%2e%2e', 'a..b'];
  assert.deepEqual(usernames(await lookup(connected, workload({ imagePullSecrets: names }))), ['own']);
  assert.deepEqual(usernames(await lookup(connected, workload({ serviceAccountName: '..' }))), ['own']);
  assert.deepEqual(usernames(await lookup(connected, workload({ imagePullSecrets: ['first'] }), '../kube-system')), [
    'own',
  ]);
  assert.deepEqual(secretReads(connected.api), []);
});

const refusals: readonly { readonly claim: string; readonly status: number; readonly code: string }[] = [
  {
    claim: 'a role that does not cover secrets is forbidden, not anonymous',
    status: 403,
    code: 'kubernetes/forbidden',
  },
  { claim: 'an API server in trouble is unavailable, not anonymous', status: 500, code: 'kubernetes/unavailable' },
];

for (const { claim, status, code } of refusals) {
  test(claim, async () => {
    await using connected = await connect({ prepare: shopSecrets });
    connected.api.script((request, response) => {
      if (!(request.url ?? '').includes('/secrets/second')) return false;
      sendJson(response, status, {});
      return true;
    });
    await assert.rejects(lookup(connected, workload({ imagePullSecrets: ['first', 'second'] })), { code });
    await assert.rejects(lookup(connected, workload()), { code }, 'the same through the service account');
  });
}

test('a secret is read once for all who ask within seconds, and again afterwards', async () => {
  await using connected = await connect({ prepare: shopSecrets, limits: { secretCacheMs: 10_000 } });
  const of = workload({ imagePullSecrets: ['first'] });
  await Promise.all([lookup(connected, of), lookup(connected, of), lookup(connected, of)]);
  await lookup(connected, of);
  assert.equal(secretReads(connected.api).length, 1);
  connected.api.put(secretsOf('shop'), pullSecret('first', 'rotated'));
  connected.clock.nowMs += 10_001;
  assert.deepEqual(usernames(await lookup(connected, of)), ['rotated', 'own']);
  assert.equal(secretReads(connected.api).length, 2);
});

test('what was read is at hand as long as it is kept, and nothing else is', async () => {
  await using connected = await connect({ prepare: shopSecrets, limits: { secretCacheMs: 10_000 } });
  const atHand = (of: Workload) => connected.cluster.keyringFor(of, 'shop').atHand?.(image);
  const plain = workload();
  assert.equal(atHand(plain), undefined);
  const found = await lookup(connected, plain);
  assert.deepEqual(usernames(found), ['second', 'own']);
  assert.deepEqual(atHand(plain), found);
  assert.equal(atHand(workload({ imagePullSecrets: ['first'] })), undefined);
  assert.equal(atHand(workload({ imagePullSecrets: ['second', 'first'] })), undefined);
  connected.clock.nowMs += 10_001;
  assert.equal(atHand(plain), undefined);
});

test('a missing secret is looked for again after a shorter time', async () => {
  await using connected = await connect({ limits: { secretCacheMs: 10_000, missingCacheMs: 2_000 } });
  const of = workload({ imagePullSecrets: ['first'] });
  assert.deepEqual(usernames(await lookup(connected, of)), ['own']);
  connected.api.put(secretsOf('shop'), pullSecret('first', 'first'));
  assert.deepEqual(usernames(await lookup(connected, of)), ['own']);
  connected.clock.nowMs += 2_001;
  assert.deepEqual(usernames(await lookup(connected, of)), ['first', 'own']);
});

test('a refusal is remembered for the shorter time, so that a storm of pods is not a storm of reads', async () => {
  await using connected = await connect({ prepare: shopSecrets });
  connected.api.script((request, response) => {
    if (!(request.url ?? '').includes('/secrets/')) return false;
    sendJson(response, 403, {});
    return true;
  });
  const of = workload({ imagePullSecrets: ['first'] });
  for (let times = 0; times < 5; times += 1)
    await assert.rejects(lookup(connected, of), { code: 'kubernetes/forbidden' });
  assert.equal(secretReads(connected.api).length, 1);
});

test('the memory of secrets is bounded', async () => {
  await using connected = await connect({ prepare: shopSecrets, limits: { maxCachedSecrets: 1 } });
  for (const name of ['first', 'second', 'first']) await lookup(connected, workload({ imagePullSecrets: [name] }));
  assert.equal(secretReads(connected.api).length, 3);
});

test('more pull secrets than the limit is a fault and no read', async () => {
  await using connected = await connect({ limits: { maxPullSecrets: 2 } });
  const of = workload({ imagePullSecrets: ['a', 'b', 'c'] });
  await assert.rejects(lookup(connected, of), { code: 'limit', limit: 'maxPullSecrets' });
  assert.deepEqual(secretReads(connected.api), []);
});

const narrowed: readonly {
  readonly claim: string;
  readonly pullSecrets: NonNullable<ConnectedOptions['pullSecrets']>;
  readonly reads: readonly string[];
}[] = [
  { claim: 'without a list they are read everywhere', pullSecrets: {}, reads: ['bakery', 'shop'] },
  { claim: 'an empty list is none', pullSecrets: { pullSecretNamespaces: [] }, reads: ['bakery', 'shop'] },
  { claim: 'a list narrows it', pullSecrets: { pullSecretNamespaces: ['bakery'] }, reads: ['bakery'] },
  { claim: 'false is nowhere', pullSecrets: { pullSecrets: false, pullSecretNamespaces: ['bakery'] }, reads: [] },
];

for (const { claim, pullSecrets, reads } of narrowed) {
  test(`pull secrets by namespace: ${claim}`, async () => {
    await using connected = await connect({
      prepare: (api) => {
        shopSecrets(api);
        api.put(secretsOf('bakery'), pullSecret('first', 'first'));
      },
      pullSecrets,
    });
    const of = workload({ imagePullSecrets: ['first'] });
    for (const namespace of ['bakery', 'shop']) {
      const finds = reads.includes(namespace) ? ['first', 'own'] : ['own'];
      assert.deepEqual(usernames(await lookup(connected, of, namespace)), finds, namespace);
    }
    assert.deepEqual(
      secretReads(connected.api),
      reads.map((namespace) => `${secretsOf(namespace)}/first`),
    );
  });
}

test('a workload without a namespace has the service’s own credentials only', async () => {
  await using connected = await connect({ prepare: shopSecrets });
  const keyring = connected.cluster.keyringFor(workload({ imagePullSecrets: ['first'] }), undefined);
  assert.deepEqual(await keyring.lookup(image, AbortSignal.timeout(5_000)), [own]);
});

test('one caller who leaves does not take the secret from another', async () => {
  await using connected = await connect({ prepare: shopSecrets });
  const { api, cluster } = connected;
  let release: () => void = () => undefined;
  api.script((request, response) => {
    if (!(request.url ?? '').includes('/secrets/')) return false;
    release = () => sendJson(response, 200, pullSecret('first', 'first'));
    return true;
  });
  const keyring = cluster.keyringFor(workload({ imagePullSecrets: ['first'] }), 'shop');
  const leaving = new AbortController();
  const [left, stayed] = [keyring.lookup(image, leaving.signal), keyring.lookup(image, AbortSignal.timeout(5_000))];
  await eventually('the read', () => secretReads(api).length === 1);
  leaving.abort(new Error('gone'));
  await assert.rejects(left, { message: 'gone' });
  release();
  assert.deepEqual(usernames(await stayed), ['first', 'own']);
});
