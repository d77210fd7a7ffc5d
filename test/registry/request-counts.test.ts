// How many requests an admission costs, counted at the registry.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Access, Credential } from '../../src/inspection/image-source.ts';
import { parseDescriptor } from '../../src/oci/descriptor.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { type HostileRegistry, startHostileRegistry } from '../support/hostile-registry.ts';
import type { LoginRules } from '../support/hostile-registry-logins.ts';
import { type BuiltImage, image, index } from '../support/image.ts';
import {
  accessWith,
  everythingKnown,
  nothingKnown,
  passwordCredential,
  testClient,
} from '../support/registry-client.ts';
import { file } from '../support/tar.ts';

const amd64 = image()
  .config({ User: '1000' })
  .layer([file('app', 'one')])
  .build();
const arm64 = image().platform('linux/arm64').config({ User: '1000' }).build();
const both = index([amd64, arm64]);

const user = passwordCredential('deploy', ['pass', 'word'].join(''));
const users = { deploy: user.login.password };

interface Case {
  readonly registry: HostileRegistry;
  readonly client: Registry;
  readonly name: string;
}

async function withRegistry(login: LoginRules, run: (given: Case) => Promise<void>): Promise<void> {
  const registry = await startHostileRegistry({ login });
  registry.put('shop/api', '1', amd64);
  registry.put('shop/all', '1', both);
  const client = testClient();
  try {
    await run({ registry, client, name: `${registry.host}/shop/api` });
  } finally {
    client.close();
    await registry.close();
  }
}

/** Reads as an inspection does: the manifest, then its config. */
async function read(client: Registry, text: string, access: Access): Promise<void> {
  const reference = parseReference(text);
  const { document } = await client.resolve(reference, access, nothingKnown);
  assert.ok(document);
  await client.readConfig(reference, configOf(document), access);
}

function configOf(document: Uint8Array): ReturnType<typeof parseDescriptor> {
  return parseDescriptor(JSON.parse(Buffer.from(document).toString()).config);
}

const ways: readonly (readonly [name: string, login: LoginRules, credentials: readonly Credential[]])[] = [
  ['anonymously', { kind: 'bearer', mayPull: () => true }, []],
  ['with a password', { kind: 'bearer', users }, [user]],
];

suite('a single manifest behind a token server', () => {
  for (const [name, login, credentials] of ways) {
    test(`takes 4 requests ${name}, and 2 once the token is known`, async () => {
      await withRegistry(login, async ({ registry, client, name: repository }) => {
        await read(client, `${repository}:1`, accessWith(credentials));
        assert.equal(registry.takeRequests().length, 4);
        await read(client, `${repository}:1`, accessWith(credentials));
        assert.deepEqual(registry.takeRequests(), [
          'GET /v2/shop/api/manifests/1',
          `GET /v2/shop/api/blobs/${amd64.config?.digest}`,
        ]);
      });
    });
  }
});

test('an index adds one request, and its children are read by digest', async () => {
  await withRegistry({ kind: 'open' }, async ({ registry, client }) => {
    const reference = parseReference(`${registry.host}/shop/all:1`);
    const access = accessWith();
    await client.resolve(reference, access, nothingKnown);
    await Promise.all([amd64, arm64].map((child: BuiltImage) => client.readManifest(reference, child, access)));
    assert.deepEqual(registry.takeRequests().toSorted(), [
      'GET /v2/shop/all/manifests/1',
      ...[amd64, arm64].map((child) => `GET /v2/shop/all/manifests/${child.digest}`).sort(),
    ]);
  });
});

test('a tag whose digest and facts are known takes one HEAD', async () => {
  await withRegistry({ kind: 'open' }, async ({ registry, client, name }) => {
    const reference = parseReference(`${name}:1`);
    await client.resolve(reference, accessWith(), nothingKnown);
    registry.takeRequests();
    const resolution = await client.resolve(reference, accessWith(), everythingKnown);
    assert.equal(resolution.digest, amd64.digest);
    assert.equal(resolution.document, undefined);
    assert.deepEqual(registry.takeRequests(), ['HEAD /v2/shop/api/manifests/1']);
  });
});

test('a digest with facts and a live authorisation takes no request', async () => {
  await withRegistry({ kind: 'bearer', users }, async ({ registry, client, name }) => {
    const access = accessWith([user]);
    await client.resolve(parseReference(`${name}:1`), access, nothingKnown);
    registry.takeRequests();
    const resolution = await client.resolve(parseReference(`${name}@${amd64.digest}`), access, everythingKnown);
    assert.deepEqual(registry.takeRequests(), []);
    assert.equal(resolution.credential, 'secret shop/deploy');
    assert.equal(resolution.grant, 'requester');
  });
});

test('a password challenge takes 3 requests with its first question, then 2', async () => {
  await withRegistry({ kind: 'basic', users }, async ({ registry, client, name }) => {
    await read(client, `${name}:1`, accessWith([user]));
    assert.equal(registry.takeRequests().length, 3);
    await read(client, `${name}:1`, accessWith([user]));
    assert.equal(registry.takeRequests().length, 2);
  });
});
