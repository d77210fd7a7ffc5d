// Hosts that fail, limit or hang: how often they are asked, when they are left alone, and that others do not suffer.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseReference } from '../../src/oci/reference.ts';
import type { RegistryMetrics } from '../../src/registry/registry-log.ts';
import { type Behaviour, startHostileRegistry } from '../support/hostile-registry.ts';
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
const manifest = 'GET /v2/shop/api/manifests/1';

suite('what passes by itself is tried again', () => {
  const passing: readonly (readonly [claim: string, behaviour: Behaviour])[] = [
    ['a connection that is reset', { kind: 'reset' }],
    ['a body that breaks off', { kind: 'truncated', bytes: 3 }],
    ...[408, 425, 429, 499, 500, 502, 503, 504, 522].map(
      (status) => [`status ${status}`, { kind: 'answer', status }] as const,
    ),
  ];
  for (const [claim, behaviour] of passing) {
    test(`${claim}, once or twice`, async (t) => {
      const { registry, client, name } = await startRegistryAndClient(t);
      registry.behaveOnce(/manifests/, behaviour);
      registry.behaveOnce(/manifests/, behaviour);
      await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
      assert.deepEqual(registry.takeRequests(), [manifest, manifest, manifest]);
    });

    test(`${claim}, not three times`, async (t) => {
      const { registry, client, name } = await startRegistryAndClient(t);
      registry.behave(() => behaviour);
      await assert.rejects(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown));
      assert.equal(registry.requests.length, 3);
    });
  }

  for (const status of [400, 403, 404, 410]) {
    test(`status ${status} does not pass`, async (t) => {
      const { registry, client, name } = await startRegistryAndClient(t);
      registry.behave(() => ({ kind: 'answer', status, headers: {} }));
      await assert.rejects(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown));
      assert.equal(registry.requests.length, 1);
    });
  }

  test('a host that never answers is given up, and one try more', async (t) => {
    const { seen, metrics } = counting();
    const { registry, client, name } = await startRegistryAndClient(t, {
      limits: { responseTimeoutMs: 20 },
      deps: { metrics },
    });
    registry.behave(() => ({ kind: 'silent' }));
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'registry/timeout');
    assert.deepEqual(seen, ['resolve registry/timeout', 'resolve registry/timeout']);
  });

  test('a body that comes too slowly is given up', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { limits: { bodyTimeoutMs: 20 } });
    registry.behave(() => ({ kind: 'drip', everyMs: 5 }));
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'registry/timeout');
  });

  test('pauses grow threefold, with jitter', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, {
      limits: { retryBaseMs: 20 },
      deps: { random: () => 0.5 },
    });
    registry.behave(() => ({ kind: 'reset' }));
    const startedMs = performance.now();
    await assert.rejects(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown));
    // 20 + 60 ms: a lower bound only, which no slow machine breaks.
    assert.ok(performance.now() - startedMs >= 75);
  });
});

suite('rate limits', () => {
  const limited = (retryAfter: string): Behaviour => ({
    kind: 'answer',
    status: 429,
    headers: { 'Retry-After': retryAfter },
    body: '{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}',
  });

  test('a long Retry-After is not waited for, and blocks the host until then', async (t) => {
    const clock = { nowMs: start };
    const { registry, client, name } = await startRegistryAndClient(t, { clock });
    registry.behaveOnce(/manifests/, limited('3600'));
    const ask = () => client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
    const fault = await faultOf(ask(), 'registry/rate-limited');
    assert.equal(fault.retryAtMs, start + 3_600_000);
    assert.match(fault.message, /TOOMANYREQUESTS/);
    clock.nowMs += 3_599_000;
    assert.equal((await faultOf(ask(), 'registry/rate-limited')).retryAtMs, start + 3_600_000);
    assert.equal(registry.requests.length, 1);
    clock.nowMs += 2_000;
    await ask();
    assert.equal(registry.requests.length, 2);
  });

  test('a short Retry-After is waited for', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    registry.behaveOnce(/manifests/, limited('1'));
    const startedMs = performance.now();
    await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
    assert.ok(performance.now() - startedMs >= 990);
    assert.equal(registry.requests.length, 2);
  });

  test('so is one given as a date', async (t) => {
    const clock = { nowMs: start };
    const { registry, client, name } = await startRegistryAndClient(t, { clock });
    registry.behaveOnce(/manifests/, limited(new Date(start).toUTCString()));
    await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
    assert.equal(registry.requests.length, 2);
  });

  test('a host is not blocked for longer than an hour on its own word', async (t) => {
    const clock = { nowMs: start };
    const { registry, client, name } = await startRegistryAndClient(t, { clock });
    registry.behaveOnce(/manifests/, limited('99999999'));
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'registry/rate-limited');
    clock.nowMs += 3_601_000;
    await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
  });

  test('a limit of one credential does not silence another, nor another host', async (t) => {
    const user = passwordCredential('deploy', ['pass', 'word'].join(''));
    const login = { kind: 'basic', users: { deploy: user.login.password } } as const;
    const { registry, client, name } = await startRegistryAndClient(t, { login });
    const second = await startRegistryAndClient(t);
    registry.behaveOnce(/manifests/, limited('3600'));
    await faultOf(
      client.resolve(parseReference(`${name}:1`), accessWith([user]), nothingKnown),
      'registry/rate-limited',
    );
    const other = { ...user, source: 'secret other/regcred' };
    await client.resolve(parseReference(`${name}:1`), accessWith([other]), nothingKnown);
    await client.resolve(parseReference(`${second.name}:1`), accessWith([user]), nothingKnown);
  });

  test('what is left of a limit becomes a number, and its absence nothing', async (t) => {
    const left: [string, number][] = [];
    const metrics = {
      request: () => undefined,
      rateLimitRemaining: (host: string, remaining: number) => left.push([host, remaining]),
    };
    const { registry, client, name } = await startRegistryAndClient(t, { deps: { metrics } });
    const tag = parseReference(`${name}:1`);
    await client.resolve(tag, accessWith(), nothingKnown);
    assert.deepEqual(left, []);
    registry.behaveOnce(/^HEAD/, {
      kind: 'answer',
      headers: { 'Docker-Content-Digest': smallImage.digest, 'RateLimit-Remaining': '76;w=21600' },
    });
    await client.resolve(tag, accessWith(), everythingKnown);
    assert.deepEqual(left, [[registry.host, 76]]);
  });
});

suite('a failing host', () => {
  const limits = { maxRetries: 0, notFoundMs: 0 };

  test('is left alone after five failures in a row, then tried by one request, which closes the circuit', async (t) => {
    const clock = { nowMs: start };
    const { registry, client, name } = await startRegistryAndClient(t, { clock, limits });
    const ask = () => client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
    registry.behave(() => ({ kind: 'answer', status: 503 }));
    for (let count = 0; count < 5; count += 1) await faultOf(ask(), 'registry/server-error');
    await faultOf(ask(), 'registry/circuit-open');
    assert.equal(registry.requests.length, 5);
    clock.nowMs += 10_001;
    await faultOf(ask(), 'registry/server-error');
    await faultOf(ask(), 'registry/circuit-open');
    assert.equal(registry.requests.length, 6);
    clock.nowMs += 10_001;
    registry.behave(() => undefined);
    await ask();
    await ask();
    assert.equal(registry.requests.length, 8);
  });

  test('is tried by one request at a time while its circuit is open', async (t) => {
    const clock = { nowMs: start };
    const { registry, client, name } = await startRegistryAndClient(t, { clock, limits });
    registry.behave(() => ({ kind: 'reset' }));
    const ask = (tag: string, signal?: AbortSignal) =>
      client.resolve(parseReference(`${name}:${tag}`), accessWith([], signal), nothingKnown);
    for (let count = 0; count < 5; count += 1) await faultOf(ask('1'), 'registry/unreachable');
    clock.nowMs += 10_001;
    registry.behave(() => ({ kind: 'silent' }));
    const controller = new AbortController();
    const probe = ask('a', controller.signal);
    while (registry.requests.length < 6) await nextTurn();
    await faultOf(ask('b'), 'registry/circuit-open');
    await faultOf(ask('c'), 'registry/circuit-open');
    controller.abort();
    await faultOf(probe, 'cancelled');
    // A try that was given up says nothing: the next one may try.
    registry.behave(() => undefined);
    await ask('1');
    assert.equal(registry.requests.length, 7);
  });

  const harmless: readonly (readonly [claim: string, behaviour: Behaviour])[] = [
    ['refusals', { kind: 'answer', status: 403, headers: {} }],
    ['absences', { kind: 'answer', status: 404, headers: {} }],
    ['rate limits', { kind: 'answer', status: 429, headers: {} }],
    ['nonsense', { kind: 'answer', headers: { 'Content-Type': 'text/html' } }],
  ];
  for (const [claim, behaviour] of harmless) {
    test(`is not one that answers with ${claim}`, async (t) => {
      const { registry, client, name } = await startRegistryAndClient(t, { limits: { ...limits, unauthorizedMs: 0 } });
      registry.behave(() => behaviour);
      for (let count = 0; count < 8; count += 1) {
        await assert.rejects(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown));
      }
      assert.equal(registry.requests.length, 8);
    });
  }

  test('does not take others with it', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { limits });
    const healthy = await startHostileRegistry();
    t.after(() => healthy.close());
    healthy.put('shop/api', '1', smallImage);
    registry.behave(() => ({ kind: 'reset' }));
    for (let count = 0; count < 6; count += 1) {
      await assert.rejects(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown));
    }
    await client.resolve(parseReference(`${healthy.host}/shop/api:1`), accessWith(), nothingKnown);
  });
});

suite('requests at once', () => {
  test('are at most four for one host, and a slow host holds up no other', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    const healthy = await startHostileRegistry();
    t.after(() => healthy.close());
    healthy.put('shop/api', '1', smallImage);
    registry.behave(() => ({ kind: 'silent' }));
    const controller = new AbortController();
    const hanging = Array.from({ length: 12 }, (_, index) =>
      client
        .resolve(parseReference(`${name}:${index}`), accessWith([], controller.signal), nothingKnown)
        .catch((reason: unknown) => reason),
    );
    while (registry.requests.length < 4) await nextTurn();
    await client.resolve(parseReference(`${healthy.host}/shop/api:1`), accessWith(), nothingKnown);
    assert.equal(registry.requests.length, 4);
    controller.abort();
    for (const reason of await Promise.all(hanging)) assert.equal(Reflect.get(Object(reason), 'code'), 'cancelled');
  });

  for (const [claim, limits, behaviour] of [
    ['are bounded over all hosts', { maxRequests: 1 }, { kind: 'silent' }],
    ['are read one at a time where the limit says so', { maxReads: 1 }, { kind: 'endless', chunk: ' ' }],
  ] as const) {
    test(claim, async (t) => {
      const { registry, client, name } = await startRegistryAndClient(t, { limits });
      const second = await startHostileRegistry();
      t.after(() => second.close());
      second.put('shop/api', '1', smallImage);
      registry.behave(() => behaviour);
      const controller = new AbortController();
      const first = client.resolve(parseReference(`${name}:1`), accessWith([], controller.signal), nothingKnown);
      while (registry.requests.length < 1) await nextTurn();
      let isAnswered = false;
      const waiting = client
        .resolve(parseReference(`${second.host}/shop/api:1`), accessWith(), nothingKnown)
        .then(() => {
          isAnswered = true;
        });
      for (let turn = 0; turn < 200; turn += 1) await nextTurn();
      assert.equal(isAnswered, false);
      controller.abort();
      await faultOf(first, 'cancelled');
      await waiting;
    });
  }

  test('for one tag are one request, for fifty callers', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    const tag = parseReference(`${name}:1`);
    await Promise.all(Array.from({ length: 50 }, () => client.resolve(tag, accessWith(), nothingKnown)));
    assert.deepEqual(registry.takeRequests(), [manifest]);
    await Promise.all(Array.from({ length: 50 }, () => client.resolve(tag, accessWith(), everythingKnown)));
    assert.deepEqual(registry.takeRequests(), ['HEAD /v2/shop/api/manifests/1']);
  });

  test('go on for the others when the first caller leaves', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    const tag = parseReference(`${name}:1`);
    registry.behaveOnce(/manifests/, { kind: 'drip', everyMs: 1 });
    const controller = new AbortController();
    const first = client.resolve(tag, accessWith([], controller.signal), nothingKnown);
    const second = client.resolve(tag, accessWith(), nothingKnown);
    while (registry.requests.length === 0) await nextTurn();
    controller.abort();
    await faultOf(first, 'cancelled');
    assert.equal((await second).digest, smallImage.digest);
    assert.equal(registry.requests.length, 1);
  });

  test('end at the registry when every caller has left', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    registry.behave(() => ({ kind: 'endless', chunk: ' ' }));
    const controller = new AbortController();
    const only = client.resolve(parseReference(`${name}:1`), accessWith([], controller.signal), nothingKnown);
    while (registry.sentBytes === 0) await nextTurn();
    controller.abort();
    await faultOf(only, 'cancelled');
    await registry.idle();
  });

  test('of a caller that has left already are not made', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    const gone = accessWith([], AbortSignal.abort());
    await faultOf(client.resolve(parseReference(`${name}:1`), gone, nothingKnown), 'cancelled');
    assert.equal(registry.requests.length, 0);
  });
});

test('warnings of a registry are logged once each', async (t) => {
  const warnings: unknown[] = [];
  const { registry, client, name } = await startRegistryAndClient(t, {
    deps: { log: { warn: (_message, fields) => warnings.push(fields['warning']) } },
  });
  const tag = parseReference(`${name}:1`);
  await client.resolve(tag, accessWith(), nothingKnown);
  registry.behave(() => ({
    kind: 'answer',
    headers: { 'Docker-Content-Digest': smallImage.digest, Warning: '299 - "this registry moves"' },
  }));
  await client.resolve(tag, accessWith(), everythingKnown);
  await client.resolve(tag, accessWith(), everythingKnown);
  assert.deepEqual(warnings, ['299 - "this registry moves"']);
});

test('every exchange is counted, by what it was for and how it ended', async (t) => {
  const { seen, metrics } = counting();
  const user = passwordCredential('deploy', ['pass', 'word'].join(''));
  const login = { kind: 'bearer', users: { deploy: user.login.password } } as const;
  const { registry, client, name } = await startRegistryAndClient(t, { login, deps: { metrics } });
  registry.behaveOnce(/manifests/, { kind: 'reset' });
  await client.resolve(parseReference(`${name}:1`), accessWith([user]), nothingKnown);
  assert.deepEqual(seen, ['ping 401', 'token 200', 'resolve registry/unreachable', 'resolve 200']);
});

/** Metrics that write down what each exchange was for and how it ended. */
function counting() {
  const seen: string[] = [];
  const metrics: RegistryMetrics = {
    request: ({ operation, status }) => seen.push(`${operation} ${status}`),
    rateLimitRemaining: () => undefined,
  };
  return { seen, metrics };
}
