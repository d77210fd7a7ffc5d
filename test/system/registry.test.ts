// The registry client against a real registry: the suite of all image sources, real logins, and what another program pushed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, suite, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { parseDescriptor } from '../../src/oci/descriptor.ts';
import { mediaTypes } from '../../src/oci/media-type.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { imageSourceSuite } from '../inspection/image-source-suite.ts';
import { image, index } from '../support/image.ts';
import { skipWithout } from '../support/installed-tools.ts';
import { writeOciLayout } from '../support/oci-layout.ts';
import {
  type RealRegistry,
  type RealRegistryOptions,
  realRegistryPrograms,
  startRealRegistry,
} from '../support/real-registry.ts';
import {
  accessWith,
  everythingKnown,
  faultOf,
  nothingKnown,
  passwordCredential,
  smallImage,
  testClient,
} from '../support/registry-client.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);
const skip = skipWithout(...realRegistryPrograms, 'skopeo');
const user = passwordCredential('deploy', ['pass', 'word'].join(''));
const users = { deploy: user.login.password };
const config = parseDescriptor(JSON.parse(Buffer.from(smallImage.bytes).toString()).config);

if (skip === false) {
  const shared = startRealRegistry();
  after(async () => (await shared).close());
  let count = 0;
  imageSourceSuite(
    'a real registry',
    async (content) => {
      const registry = await shared;
      count += 1;
      const repository = `suite-${count}/app`;
      for (const [tag, built] of content.tags) await registry.push(repository, tag, built);
      const source = testClient();
      return { source, name: `${registry.host}/${repository}`, close: async () => source.close() };
    },
    // It takes nothing but whole images under sha256, and no manifest beyond 4 MiB.
    ['replaced', 'oversized', 'sha512'],
  );
}

async function start(t: TestContext, options: RealRegistryOptions = {}) {
  const registry: RealRegistry = await startRealRegistry(options);
  const client = testClient();
  t.after(async () => {
    client.close();
    await registry.close();
  });
  return { registry, client, name: `${registry.host}/shop/api` };
}

suite('a real registry', { skip }, () => {
  test('answers HEAD and GET of a tag with one digest', async (t) => {
    const { registry, client, name } = await start(t);
    await registry.push('shop/api', '1', image().docker().config({ User: '7' }).build());
    const tag = parseReference(`${name}:1`);
    const fetched = await client.resolve(tag, accessWith(), nothingKnown);
    const asked = await client.resolve(tag, accessWith(), everythingKnown);
    assert.equal(asked.digest, fetched.digest);
    assert.equal(asked.document, undefined);
    assert.equal(fetched.mediaType, mediaTypes.dockerManifest);
  });

  test('says what is absent', async (t) => {
    const { client, name } = await start(t);
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'registry/not-found');
  });

  for (const login of ['basic', 'token'] as const) {
    test(`opens to a password and to nobody else (${login})`, async (t) => {
      const { registry, client, name } = await start(t, { login, users });
      const tag = parseReference(`${name}:1`);
      if (login === 'basic') await registry.push('shop/api', '1', smallImage);
      else await pushWithSkopeo(t, registry, 'shop/api', '1');
      const resolution = await client.resolve(tag, accessWith([user]), nothingKnown);
      assert.equal(resolution.digest, smallImage.digest);
      assert.equal(resolution.grant, 'requester');
      assert.deepEqual(
        Buffer.from(await client.readConfig(tag, config, accessWith([user]))),
        Buffer.from(smallImage.config?.bytes ?? []),
      );
      const wrong = { ...user, login: { ...user.login, password: 'guessed' } };
      await faultOf(client.resolve(tag, accessWith([wrong]), nothingKnown), 'registry/unauthorized');
      await faultOf(client.resolve(tag, accessWith(), nothingKnown), 'registry/unauthorized');
      await faultOf(client.readConfig(tag, config, accessWith()), 'registry/unauthorized');
    });
  }

  test('is asked for one token, which serves manifest and config', async (t) => {
    const { registry, client, name } = await start(t, { login: 'token', users });
    await pushWithSkopeo(t, registry, 'shop/api', '1');
    const before = registry.tokens?.requests.length ?? 0;
    const tag = parseReference(`${name}:1`);
    await client.resolve(tag, accessWith([user]), nothingKnown);
    await client.readConfig(tag, config, accessWith([user]));
    assert.equal((registry.tokens?.requests.length ?? 0) - before, 1);
  });

  test('gives an index and its children as skopeo pushed them', async (t) => {
    const { registry, client, name } = await start(t, { login: 'basic', users });
    const both = index([smallImage, image().platform('linux/arm64').config({ User: '7' }).build()]);
    await pushWithSkopeo(t, registry, 'shop/api', 'both', both);
    const reference = parseReference(`${name}:both`);
    const resolution = await client.resolve(reference, accessWith([user]), nothingKnown);
    assert.equal(resolution.digest, both.digest);
    const child = await client.readManifest(reference, { digest: smallImage.digest }, accessWith([user]));
    assert.deepEqual(Buffer.from(child.bytes), Buffer.from(smallImage.bytes));
  });
});

async function pushWithSkopeo(
  t: TestContext,
  registry: RealRegistry,
  repository: string,
  tag: string,
  built = smallImage,
): Promise<void> {
  const directory = await temporaryDirectory(t);
  await writeOciLayout(directory, { tags: new Map([[tag, built]]) });
  const destination = `docker://${registry.host}/${repository}:${tag}`;
  const login = `${user.login.username}:${user.login.password}`;
  const flags = ['copy', '-q', '--all', '--dest-tls-verify=false', '--dest-creds', login];
  await run('skopeo', [...flags, `oci:${directory}:${tag}`, destination]);
}
