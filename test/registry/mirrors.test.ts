// Mirrors stand in for a registry as far as they are trusted, and no further.
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import type { Credential, Keyring } from '../../src/inspection/image-source.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { MirrorSetting } from '../../src/registry/settings.ts';
import { type HostileRegistry, startHostileRegistry } from '../support/hostile-registry.ts';
import { image } from '../support/image.ts';
import {
  accessWith,
  faultOf,
  nothingKnown,
  passwordCredential,
  smallImage,
  testClient,
} from '../support/registry-client.ts';

const user = passwordCredential('deploy', ['pass', 'word'].join(''));
const moved = image().config({ User: '7' }).build();

/** A registry and two mirrors before it, all three with the same image. */
async function withMirrors(t: TestContext, mirrors: readonly Omit<MirrorSetting, 'url'>[] = [{}, {}]) {
  const upstream = await startHostileRegistry();
  const started: HostileRegistry[] = [];
  for (const _ of mirrors) started.push(await startHostileRegistry());
  for (const registry of [upstream, ...started]) registry.put('shop/api', '1', smallImage);
  const endpoints = started.map(({ origin }, index) => ({ url: origin, ...mirrors[index] }));
  const client = testClient({
    settings: { registries: [{ match: upstream.host, endpoints }] },
    limits: { maxRetries: 0 },
  });
  t.after(() => Promise.all([client.close(), ...[upstream, ...started].map((registry) => registry.close())]));
  const [one = upstream, two = upstream] = started;
  return { upstream, one, two, client, name: `${upstream.host}/shop/api` };
}

const byDigest = (name: string) => parseReference(`${name}@${smallImage.digest}`);

suite('mirrors', () => {
  test('are asked in order, before the registry', async (t) => {
    const { upstream, one, two, client, name } = await withMirrors(t);
    await client.resolve(byDigest(name), accessWith(), nothingKnown);
    assert.deepEqual(
      [one, two, upstream].map(({ requests }) => requests.length),
      [1, 0, 0],
    );
  });

  test('without the image lead to the next, and then to the registry', async (t) => {
    const { upstream, one, two, client, name } = await withMirrors(t);
    for (const mirror of [one, two]) mirror.behave(() => ({ kind: 'answer', status: 404, headers: {} }));
    const resolution = await client.resolve(byDigest(name), accessWith(), nothingKnown);
    assert.equal(resolution.digest, smallImage.digest);
    assert.deepEqual(
      [one, two, upstream].map(({ requests }) => requests.length),
      [1, 1, 1],
    );
  });

  for (const [claim, behaviour] of [
    ['that fail', { kind: 'answer', status: 503 }],
    ['that break off', { kind: 'reset' }],
    ['that refuse', { kind: 'answer', status: 401, headers: {} }],
    ['that limit', { kind: 'answer', status: 429, headers: { 'Retry-After': '600' } }],
    ['that answer with a web page', { kind: 'answer', headers: { 'Content-Type': 'text/html' } }],
  ] as const) {
    test(`${claim} lead to the next`, async (t) => {
      const { one, two, client, name } = await withMirrors(t);
      one.behave(() => behaviour);
      await client.resolve(byDigest(name), accessWith(), nothingKnown);
      assert.equal(two.requests.length, 1);
    });
  }

  test('with wrong bytes are heard of', async (t) => {
    const { one, client, name } = await withMirrors(t);
    one.replace(smallImage.digest, moved.bytes);
    await faultOf(client.resolve(byDigest(name), accessWith(), nothingKnown), 'integrity/digest');
  });

  test('are told the registry they stand for, which itself is not', async (t) => {
    const { upstream, one, two, client, name } = await withMirrors(t);
    for (const mirror of [one, two]) mirror.behave(() => ({ kind: 'answer', status: 404, headers: {} }));
    await client.resolve(byDigest(name), accessWith(), nothingKnown);
    assert.equal(one.requests[0]?.query.get('ns'), upstream.host);
    assert.equal(upstream.requests[0]?.query.has('ns'), false);
  });

  test('do not say what a tag names', async (t) => {
    const { upstream, one, two, client, name } = await withMirrors(t);
    one.put('shop/api', '1', moved);
    const resolution = await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
    assert.equal(resolution.digest, smallImage.digest);
    assert.deepEqual(
      [one, two, upstream].map(({ requests }) => requests.length),
      [0, 0, 1],
    );
  });

  test('say it where they are trusted to', async (t) => {
    const { upstream, one, two, client, name } = await withMirrors(t, [{}, { resolveTags: true }]);
    await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
    assert.deepEqual(
      [one, two, upstream].map(({ requests }) => requests.length),
      [0, 1, 0],
    );
  });

  test('never get the credentials of the registry', async (t) => {
    const { upstream, one, client, name } = await withMirrors(t, [{ resolveTags: true }]);
    one.behave(() => ({ kind: 'answer', status: 401, headers: { 'WWW-Authenticate': 'Basic realm="mirror"' } }));
    upstream.behave(({ headers }) =>
      headers['authorization'] === undefined
        ? { kind: 'answer', status: 401, headers: { 'WWW-Authenticate': 'Basic realm="upstream"' } }
        : undefined,
    );
    const access = { keyring: keyringFor(upstream.host, user), signal: new AbortController().signal };
    await client.resolve(parseReference(`${name}:1`), access, nothingKnown);
    assert.ok(one.requests.length > 0);
    assert.ok(one.requests.every(({ headers }) => headers['authorization'] === undefined));
    assert.ok(upstream.requests.some(({ headers }) => headers['authorization'] !== undefined));
  });

  test('get the credentials for their own host', async (t) => {
    const { one, client, name } = await withMirrors(t, [{ resolveTags: true }]);
    one.behave(({ headers }) =>
      headers['authorization'] === undefined
        ? { kind: 'answer', status: 401, headers: { 'WWW-Authenticate': 'Basic realm="mirror"' } }
        : undefined,
    );
    const access = { keyring: keyringFor(one.host, user), signal: new AbortController().signal };
    const resolution = await client.resolve(parseReference(`${name}:1`), access, nothingKnown);
    assert.equal(resolution.credential, user.source);
  });
});

/** As a keyring of pull secrets: one credential, for one host. */
function keyringFor(host: string, credential: Credential): Keyring {
  return { lookup: async (reference) => (reference.host === host ? [credential] : []) };
}
