// What is remembered between questions: digests of tags, refusals for their time, and what was last known while a registry is down.
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import type { Digest } from '../../src/oci/digest.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { Behaviour } from '../support/hostile-registry.ts';
import { image } from '../support/image.ts';
import {
  accessWith,
  everythingKnown,
  faultOf,
  nothingKnown,
  passwordCredential,
  smallImage,
  startRegistryAndClient,
} from '../support/registry-client.ts';

const start = Date.parse('2026-11-23T10:00:00Z');
const hour = 3_600_000;
const head = 'HEAD /v2/shop/api/manifests/1';
const get = 'GET /v2/shop/api/manifests/1';
const moved = image().config({ User: '7' }).build();
const user = passwordCredential('deploy', ['pass', 'word'].join(''));
const login = { kind: 'basic', users: { deploy: user.login.password } } as const;

const knows =
  (...digests: readonly Digest[]) =>
  async (digest: Digest): Promise<boolean> =>
    digests.includes(digest);

suite('a tag', () => {
  test('that was never seen is fetched and its digest computed, without a HEAD', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    await client.resolve(parseReference(`${name}:1`), accessWith(), everythingKnown);
    assert.deepEqual(registry.takeRequests(), [get]);
  });

  test('that stands still costs no GET, however often it is asked for', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    const tag = parseReference(`${name}:1`);
    await client.resolve(tag, accessWith(), nothingKnown);
    registry.takeRequests();
    for (let count = 0; count < 3; count += 1) await client.resolve(tag, accessWith(), knows(smallImage.digest));
    assert.deepEqual(registry.takeRequests(), [head, head, head]);
  });

  test('that moved is fetched by its new digest', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    const tag = parseReference(`${name}:1`);
    await client.resolve(tag, accessWith(), nothingKnown);
    registry.put('shop/api', '1', moved);
    registry.takeRequests();
    const resolution = await client.resolve(tag, accessWith(), knows(smallImage.digest));
    assert.equal(resolution.digest, moved.digest);
    assert.deepEqual(resolution.document, Buffer.from(moved.bytes));
    assert.deepEqual(registry.takeRequests(), [head, `GET /v2/shop/api/manifests/${moved.digest}`]);
  });

  test('that moved to something known is not fetched', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    const tag = parseReference(`${name}:1`);
    await client.resolve(tag, accessWith(), nothingKnown);
    registry.put('shop/api', '1', moved);
    registry.takeRequests();
    const resolution = await client.resolve(tag, accessWith(), everythingKnown);
    assert.equal(resolution.digest, moved.digest);
    assert.deepEqual(registry.takeRequests(), [head]);
  });

  test('whose facts are lost is fetched at once', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    const tag = parseReference(`${name}:1`);
    await client.resolve(tag, accessWith(), nothingKnown);
    await client.resolve(tag, accessWith(), nothingKnown);
    assert.deepEqual(registry.takeRequests(), [get, get]);
  });

  test('is asked for each time by default, and not for a while where tagsFreshForMs says so', async (t) => {
    const clock = { nowMs: start };
    const { registry, client, name } = await startRegistryAndClient(t, { clock, limits: { tagsFreshForMs: 30_000 } });
    const tag = parseReference(`${name}:1`);
    await client.resolve(tag, accessWith(), nothingKnown);
    registry.takeRequests();
    clock.nowMs += 29_000;
    const fresh = await client.resolve(tag, accessWith(), everythingKnown);
    assert.equal(fresh.digest, smallImage.digest);
    assert.equal(fresh.staleSince, undefined);
    assert.deepEqual(registry.takeRequests(), []);
    clock.nowMs += 2_000;
    await client.resolve(tag, accessWith(), everythingKnown);
    assert.deepEqual(registry.takeRequests(), [head]);
  });

  test('that is fresh is still not for those who may not read it', async (t) => {
    const { client, name } = await startRegistryAndClient(t, { login, limits: { tagsFreshForMs: 30_000 } });
    const tag = parseReference(`${name}:1`);
    await client.resolve(tag, accessWith([user]), nothingKnown);
    await faultOf(client.resolve(tag, accessWith(), everythingKnown), 'registry/unauthorized');
  });
});

suite('a digest', () => {
  test('that is known is proven by one HEAD', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    await client.resolve(parseReference(`${name}@${smallImage.digest}`), accessWith(), everythingKnown);
    assert.deepEqual(registry.takeRequests(), [`HEAD /v2/shop/api/manifests/${smallImage.digest}`]);
  });

  test('that is not known is fetched, also with an authorisation', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    const reference = parseReference(`${name}@${smallImage.digest}`);
    await client.resolve(reference, accessWith(), nothingKnown);
    await client.resolve(reference, accessWith(), nothingKnown);
    assert.equal(registry.takeRequests().filter((line) => line.startsWith('GET')).length, 2);
  });

  test('beside a tag is all that is asked for', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    await client.resolve(parseReference(`${name}:elsewhere@${smallImage.digest}`), accessWith(), nothingKnown);
    assert.deepEqual(registry.takeRequests(), [`GET /v2/shop/api/manifests/${smallImage.digest}`]);
  });
});

suite('a refusal', () => {
  test('"not found" counts for ten seconds, because deploys follow pushes', async (t) => {
    const clock = { nowMs: start };
    const { registry, client, name } = await startRegistryAndClient(t, { clock });
    const ask = () => client.resolve(parseReference(`${name}:2`), accessWith(), nothingKnown);
    await faultOf(ask(), 'registry/not-found');
    registry.put('shop/api', '2', moved);
    clock.nowMs += 9_000;
    await faultOf(ask(), 'registry/not-found');
    assert.equal(registry.requests.length, 1);
    clock.nowMs += 2_000;
    assert.equal((await ask()).digest, moved.digest);
  });

  test('"unauthorized" counts for a minute, for the same credential and image', async (t) => {
    const clock = { nowMs: start };
    const { registry, client, name } = await startRegistryAndClient(t, { clock, login });
    const wrong = { ...user, login: { ...user.login, password: 'guessed' } };
    const ask = () => client.resolve(parseReference(`${name}:1`), accessWith([wrong]), nothingKnown);
    await faultOf(ask(), 'registry/unauthorized');
    const first = registry.takeRequests().length;
    clock.nowMs += 59_000;
    await faultOf(ask(), 'registry/unauthorized');
    assert.deepEqual(registry.takeRequests(), []);
    await client.resolve(parseReference(`${name}:1`), accessWith([user]), nothingKnown);
    registry.takeRequests();
    clock.nowMs += 2_000;
    await faultOf(ask(), 'registry/unauthorized');
    // The way to log in is remembered longer, so that the first question is not asked again.
    assert.equal(registry.takeRequests().length, first - 1);
  });

  test('of what passes by itself is not remembered', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { limits: { maxRetries: 0 } });
    registry.behaveOnce(/manifests/, { kind: 'answer', status: 500 });
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'registry/server-error');
    await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
  });
});

suite('what was last known counts', () => {
  const down: readonly (readonly [claim: string, behaviour: Behaviour])[] = [
    ['while connections break off', { kind: 'reset' }],
    ['while the registry fails', { kind: 'answer', status: 503 }],
    ['while the registry limits', { kind: 'answer', status: 429, headers: { 'Retry-After': '3600' } }],
  ];
  for (const [claim, behaviour] of down) {
    test(`${claim}, and says since when`, async (t) => {
      const { registry, client, name, clock } = await known(t);
      registry.behave(() => behaviour);
      clock.nowMs += hour;
      const resolution = await client.resolve(parseReference(`${name}:1`), accessWith([user]), everythingKnown);
      assert.equal(resolution.digest, smallImage.digest);
      assert.equal(resolution.staleSince, new Date(start).toISOString());
      assert.equal(resolution.credential, user.source);
      assert.equal(resolution.grant, 'requester');
    });
  }

  test('when the deadline passes before the registry answers', async (t) => {
    const { registry, client, name } = await known(t);
    registry.behave(() => ({ kind: 'silent' }));
    const access = accessWith([user], AbortSignal.timeout(20));
    const resolution = await client.resolve(parseReference(`${name}:1`), access, everythingKnown);
    assert.equal(resolution.staleSince, new Date(start).toISOString());
  });

  test('for a digest, by its authorisation', async (t) => {
    const { registry, client, name, clock } = await known(t);
    registry.behave(() => ({ kind: 'reset' }));
    clock.nowMs += hour;
    const reference = parseReference(`${name}@${smallImage.digest}`);
    const resolution = await client.resolve(reference, accessWith([user]), everythingKnown);
    assert.equal(resolution.staleSince, new Date(start).toISOString());
  });

  test('only for those who were proven to be allowed', async (t) => {
    const { registry, client, name } = await known(t);
    registry.behave(() => ({ kind: 'reset' }));
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), everythingKnown), 'registry/unreachable');
    const other = { ...user, source: 'secret other/regcred' };
    await faultOf(
      client.resolve(parseReference(`${name}:1`), accessWith([other]), everythingKnown),
      'registry/unreachable',
    );
  });

  test('for a day, and no longer', async (t) => {
    const { registry, client, name, clock } = await known(t);
    registry.behave(() => ({ kind: 'reset' }));
    clock.nowMs = start + 24 * hour;
    await client.resolve(parseReference(`${name}:1`), accessWith([user]), everythingKnown);
    clock.nowMs += 1;
    const late = client.resolve(parseReference(`${name}:1`), accessWith([user]), everythingKnown);
    await faultOf(late, 'registry/unreachable');
  });

  test('not for a tag seen too long ago, however lately the repository was read', async (t) => {
    const { registry, client, name, clock } = await known(t);
    registry.put('shop/api', '2', moved);
    clock.nowMs = start + 20 * hour;
    await client.resolve(parseReference(`${name}:2`), accessWith([user]), nothingKnown);
    registry.behave(() => ({ kind: 'reset' }));
    clock.nowMs = start + 25 * hour;
    const old = client.resolve(parseReference(`${name}:1`), accessWith([user]), everythingKnown);
    await faultOf(old, 'registry/unreachable');
    const late = await client.resolve(parseReference(`${name}:2`), accessWith([user]), everythingKnown);
    assert.equal(late.staleSince, new Date(start + 20 * hour).toISOString());
  });

  test('not for who was proven too long ago, however lately others saw the tag', async (t) => {
    const { registry, client, name, clock } = await known(t);
    const other = { ...user, source: 'secret other/regcred' };
    clock.nowMs = start + 20 * hour;
    await client.resolve(parseReference(`${name}:1`), accessWith([other]), everythingKnown);
    registry.behave(() => ({ kind: 'reset' }));
    clock.nowMs = start + 25 * hour;
    const old = client.resolve(parseReference(`${name}:1`), accessWith([user]), everythingKnown);
    await faultOf(old, 'registry/unreachable');
    await client.resolve(parseReference(`${name}:1`), accessWith([other]), everythingKnown);
  });

  test('only where the facts are at hand', async (t) => {
    const { registry, client, name } = await known(t);
    registry.behave(() => ({ kind: 'reset' }));
    await faultOf(
      client.resolve(parseReference(`${name}:1`), accessWith([user]), nothingKnown),
      'registry/unreachable',
    );
  });

  test('not when the registry answers that the image is gone or closed', async (t) => {
    for (const [status, code] of [
      [404, 'registry/not-found'],
      [403, 'registry/unauthorized'],
    ] as const) {
      const { registry, client, name } = await known(t);
      registry.behave(() => ({ kind: 'answer', status, headers: {} }));
      await faultOf(client.resolve(parseReference(`${name}:1`), accessWith([user]), everythingKnown), code);
    }
  });
});

test('who was refused meanwhile is not served what was last known', async (t) => {
  const { registry, client, name, clock } = await known(t);
  const ask = () => client.resolve(parseReference(`${name}:1`), accessWith([user]), everythingKnown);
  registry.behave(() => ({ kind: 'answer', status: 403, headers: {} }));
  await faultOf(ask(), 'registry/unauthorized');
  clock.nowMs += 61_000;
  registry.behave(() => ({ kind: 'reset' }));
  await faultOf(ask(), 'registry/unreachable');
});

test('a tag that was gone meanwhile is not served from what was last known', async (t) => {
  const { registry, client, name, clock } = await known(t);
  const ask = () => client.resolve(parseReference(`${name}:1`), accessWith([user]), everythingKnown);
  registry.behave(() => ({ kind: 'answer', status: 404, headers: {} }));
  await faultOf(ask(), 'registry/not-found');
  clock.nowMs += 11_000;
  registry.behave(() => ({ kind: 'reset' }));
  await faultOf(ask(), 'registry/unreachable');
});

/** A tag that was seen, by a user with a password, at `start`. */
async function known(t: TestContext) {
  const clock = { nowMs: start };
  const setup = await startRegistryAndClient(t, { clock, login, limits: { maxRetries: 0 } });
  await setup.client.resolve(parseReference(`${setup.name}:1`), accessWith([user]), nothingKnown);
  return { ...setup, clock };
}
