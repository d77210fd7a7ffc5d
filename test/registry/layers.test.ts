// Layers are streamed from registries under the rules of every request, few at once, and apart from all that must not wait for them.
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FaultCode } from '../../src/base/fault.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { RegistryMetrics } from '../../src/registry/registry-log.ts';
import { type Behaviour, type HostileRegistry, startHostileRegistry } from '../support/hostile-registry.ts';
import {
  downloadOf,
  layer,
  layeredImage,
  layerPath,
  rangesAsked,
  startDownload,
  wholeOf,
} from '../support/layer-downloads.ts';
import {
  accessWith,
  everythingKnown,
  faultOf,
  nothingKnown,
  passwordCredential,
  testClient,
} from '../support/registry-client.ts';

const user = passwordCredential('deploy', ['pass', 'word'].join(''));
const bearer = { kind: 'bearer', users: { deploy: user.login.password } } as const;

async function storage(t: TestContext): Promise<HostileRegistry> {
  const store = await startHostileRegistry();
  t.after(() => store.close());
  store.put('shop/api', 'layered', layeredImage);
  return store;
}

suite('a layer', () => {
  test('at a blob store is read there without a login', async (t) => {
    const download = await startDownload(t, { login: bearer });
    const store = await storage(t);
    download.registry.behave(({ headers }) =>
      headers['authorization']?.startsWith('Bearer') === true
        ? { kind: 'redirect', location: `${store.origin.replace('127.0.0.1', 'localhost')}${layerPath}` }
        : undefined,
    );
    assert.deepEqual(await download.read(accessWith([user])), layer.bytes);
    assert.equal(store.requests.length, 1);
    assert.equal(store.requests[0]?.headers['authorization'], undefined);
  });

  const answers: readonly (readonly [claim: string, behaviour: Behaviour, code: FaultCode])[] = [
    ['at a metadata address', redirect('https://169.254.169.254/latest'), 'registry/address-refused'],
    ['at plain HTTP elsewhere', redirect('http://storage.example.com/x'), 'registry/redirect-refused'],
    ['that was compressed on its way', headers({ 'Content-Encoding': 'gzip' }), 'registry/protocol'],
    ['in part, though the whole was asked for', { kind: 'answer', status: 206 }, 'registry/protocol'],
    ['of another size than announced', { kind: 'answer', body: 'short' }, 'integrity/size'],
    ['that ends early and says so', { kind: 'short', bytes: 1_000, end: 'chunked' }, 'integrity/size'],
    ['without end', { kind: 'endless', chunk: layer.bytes }, 'integrity/size'],
    ['refused', { kind: 'answer', status: 403, headers: {} }, 'registry/unauthorized'],
    ['gone', { kind: 'answer', status: 410, headers: {} }, 'registry/not-found'],
  ];
  for (const [claim, behaviour, code] of answers) {
    test(`${claim} is a fault, and asked for once`, async (t) => {
      const download = await startDownload(t);
      download.registry.behave(() => behaviour);
      await faultOf(download.read(), code);
      assert.deepEqual(download.ranges(), ['whole']);
      await download.registry.idle();
    });
  }

  test('that is announced with another size is a fault before its first byte', async (t) => {
    const download = await startDownload(t);
    download.registry.replace(layer.digest, layer.bytes.subarray(1));
    await faultOf(download.open(), 'integrity/size');
  });

  test('whose first request fails for a passing reason is asked for again', async (t) => {
    const download = await startDownload(t);
    for (const behaviour of [{ kind: 'answer', status: 503 }, { kind: 'reset' }] as const) {
      download.registry.behaveOnce(/blobs/, behaviour);
    }
    assert.deepEqual(await download.read(), layer.bytes);
  });

  test('is waited for as long for its headers as for its bytes', async (t) => {
    const limits = { layerStallMs: 30, responseTimeoutMs: 600_000, maxRetries: 0 };
    const download = await startDownload(t, { limits });
    download.registry.behave(() => ({ kind: 'silent' }));
    await faultOf(download.open(), 'registry/timeout');
  });

  test('is taken from the registry no faster than its reader takes it', async (t) => {
    const download = await startDownload(t);
    download.registry.behave(() => ({ kind: 'endless', chunk: Buffer.alloc(64 * 1024) }));
    const huge = { ...layer, size: 2 ** 40 };
    const stream = (await download.client.openLayer(download.reference, huge, accessWith()))[Symbol.asyncIterator]();
    await stream.next();
    const bufferBytes = 32 * 1024 * 1024;
    let sent = -1;
    // What is under way fills the buffers of both sides; then the registry has to stop.
    while (sent !== download.registry.sentBytes && sent < bufferBytes) {
      sent = download.registry.sentBytes;
      for (let turn = 0; turn < 200; turn += 1) await nextTurn();
    }
    assert.ok(sent < bufferBytes, `${sent} bytes were sent for nobody`);
    await stream.return?.();
    await download.registry.idle();
  });

  test('that its reader leaves is let go at once, also while it stalls', async (t) => {
    const download = await startDownload(t);
    download.registry.behave(() => ({ kind: 'stalled', bytes: 10 }));
    const stream = await download.open();
    await stream.next();
    const next = stream.next();
    await stream.return?.();
    await faultOf(next, 'cancelled');
    await download.registry.idle();
  });

  test('that nobody takes ends with its signal', async (t) => {
    const download = await startDownload(t, { limits: { maxLayersPerHost: 1 } });
    download.registry.behaveOnce(/blobs/, { kind: 'stalled', bytes: 10 });
    const caller = new AbortController();
    const stream = await download.open(accessWith([], caller.signal));
    caller.abort();
    await download.registry.idle();
    assert.deepEqual(await download.read(), layer.bytes);
    await faultOf(stream.next(), 'cancelled');
  });

  test('that has arrived is not given to a caller who has gone', async (t) => {
    const download = await startDownload(t);
    const bytes = Buffer.from('few');
    download.registry.behave(() => ({ kind: 'answer', body: bytes }));
    const few = { ...layer, size: bytes.length };
    const caller = new AbortController();
    const access = accessWith([], caller.signal);
    const stream = (await download.client.openLayer(download.reference, few, access))[Symbol.asyncIterator]();
    await download.registry.idle();
    for (let turn = 0; turn < 50; turn += 1) await nextTurn();
    caller.abort();
    await faultOf(stream.next(), 'cancelled');
  });

  test('is counted as what it is', async (t) => {
    const counted: string[] = [];
    const metrics: RegistryMetrics = {
      request: ({ operation, status }) => counted.push(`${operation} ${status}`),
      rateLimitRemaining: () => undefined,
    };
    const download = await startDownload(t, { deps: { metrics } });
    await download.read();
    await download.has();
    assert.deepEqual(counted, ['layer 200', 'layer 200']);
  });
});

suite('layers at once', () => {
  test('are as many from one registry as the limit says', async (t) => {
    const download = await startDownload(t, { limits: { maxLayersPerHost: 2 } });
    const first = await download.open();
    await download.open();
    const third = download.open();
    for (let turn = 0; turn < 50; turn += 1) await nextTurn();
    assert.equal(download.ranges().length, 2);
    assert.deepEqual(await wholeOf(first), layer.bytes);
    assert.deepEqual(await wholeOf(await third), layer.bytes);
  });

  test('leave every place for other requests', async (t) => {
    const limits = { maxLayersPerHost: 3, maxRequestsPerHost: 1, maxReads: 1, maxRequests: 1 };
    const download = await startDownload(t, { limits });
    const open = [await download.open(), await download.open(), await download.open()];
    const resolution = await download.client.resolve(download.reference, accessWith(), nothingKnown);
    assert.equal(resolution.digest, layeredImage.digest);
    assert.equal(await download.has(), true);
    for (const stream of open) await stream.return?.();
  });

  test('do not wait for those of another registry', async (t) => {
    const full = await startDownload(t, { limits: { maxLayersPerHost: 1 } });
    await full.open();
    const other = await storage(t);
    const elsewhere = downloadOf(other, full.client, parseReference(`${other.host}/shop/api:layered`));
    assert.deepEqual(await elsewhere.read(), layer.bytes);
  });

  test('that wait end with their caller, unasked', async (t) => {
    const download = await startDownload(t, { limits: { maxLayersPerHost: 1 } });
    const first = await download.open();
    for (const name of ['AbortError', 'TimeoutError']) {
      const caller = new AbortController();
      const waiting = download.open(accessWith([], caller.signal));
      await nextTurn();
      caller.abort(new DOMException('gone', name));
      await faultOf(waiting, 'cancelled');
    }
    assert.equal(download.ranges().length, 1);
    assert.deepEqual(await wholeOf(first), layer.bytes);
  });

  test('whose token ends while they wait are asked for with a new one', async (t) => {
    const clock = { nowMs: Date.parse('2026-11-23T10:00:00Z') };
    const download = await startDownload(t, { login: bearer, clock, limits: { maxLayersPerHost: 1 } });
    const first = await download.open(accessWith([user]));
    const second = download.open(accessWith([user]));
    for (let turn = 0; turn < 50; turn += 1) await nextTurn();
    clock.nowMs += 10 * 60_000;
    download.registry.revokeTokens();
    download.registry.takeRequests();
    await wholeOf(first);
    await wholeOf(await second);
    assert.deepEqual(download.registry.takeRequests(), ['GET /token', `GET ${layerPath}`]);
  });
});

suite('the circuit of a host', () => {
  const limits = { maxRetries: 0, circuitFailures: 3 };

  test('opens for layers that fail, and is heard by the next', async (t) => {
    const download = await startDownload(t, { limits });
    download.registry.behave(() => ({ kind: 'reset' }));
    for (let count = 0; count < 3; count += 1) await faultOf(download.open(), 'registry/unreachable');
    await faultOf(download.open(), 'registry/circuit-open');
    assert.equal(download.ranges().length, 3);
  });

  test('is closed by the first bytes of a layer, not by its last', async (t) => {
    const clock = { nowMs: Date.parse('2026-11-23T10:00:00Z') };
    const download = await startDownload(t, { limits, clock });
    download.registry.behave(() => ({ kind: 'reset' }));
    for (let count = 0; count < 3; count += 1) await faultOf(download.open(), 'registry/unreachable');
    download.registry.behave(() => undefined);
    clock.nowMs += 60_000;
    const probe = await download.open();
    await download.client.resolve(download.reference, accessWith(), nothingKnown);
    await probe.return?.();
  });
});

suite('a layer behind mirrors', () => {
  async function behindMirror(t: TestContext) {
    const [upstream, mirror] = [await storage(t), await storage(t)];
    const client = testClient({
      settings: { registries: [{ match: upstream.host, endpoints: [{ url: mirror.origin }] }] },
      limits: { maxRetries: 0 },
    });
    t.after(() => client.close());
    return { upstream, mirror, ...downloadOf(upstream, client, parseReference(`${upstream.host}/shop/api:layered`)) };
  }

  test('comes from the mirror', async (t) => {
    const { upstream, mirror, read } = await behindMirror(t);
    assert.deepEqual(await read(), layer.bytes);
    assert.deepEqual([rangesAsked(mirror), rangesAsked(upstream)], [['whole'], []]);
    assert.equal(mirror.requests[0]?.query.get('ns'), upstream.host);
  });

  test('comes from the registry where the mirror does not have it', async (t) => {
    const { upstream, mirror, read, has } = await behindMirror(t);
    mirror.behave(() => ({ kind: 'answer', status: 404, headers: {} }));
    assert.equal(await has(), true);
    assert.deepEqual(await read(), layer.bytes);
    assert.deepEqual(rangesAsked(upstream), ['whole', 'whole']);
  });

  test('is taken up at the registry where the mirror breaks off and is gone', async (t) => {
    const { upstream, mirror, read } = await behindMirror(t);
    mirror.behaveOnce(/blobs/, { kind: 'truncated', bytes: 1_000 });
    mirror.behave(() => ({ kind: 'reset' }));
    assert.deepEqual(await read(), layer.bytes);
    assert.deepEqual(rangesAsked(upstream), ['bytes=1000-']);
  });

  test('is taken up at the registry where the mirror breaks off twice', async (t) => {
    const { upstream, mirror, read } = await behindMirror(t);
    mirror.behave(() => ({ kind: 'truncated', bytes: 1_000 }));
    assert.deepEqual(await read(), layer.bytes);
    assert.deepEqual([rangesAsked(mirror), rangesAsked(upstream)], [['whole', 'bytes=1000-'], ['bytes=2000-']]);
  });

  test('is taken up at the mirror again where the registry cannot be reached', async (t) => {
    const { upstream, mirror, read } = await behindMirror(t);
    upstream.behave(() => ({ kind: 'reset' }));
    for (let count = 0; count < 3; count += 1) mirror.behaveOnce(/blobs/, { kind: 'truncated', bytes: 1_000 });
    assert.deepEqual(await read(), layer.bytes);
    assert.deepEqual(rangesAsked(mirror), ['whole', 'bytes=1000-', 'bytes=2000-', 'bytes=3000-']);
  });

  test('of another size at the mirror is heard of', async (t) => {
    const { mirror, read } = await behindMirror(t);
    mirror.replace(layer.digest, layer.bytes.subarray(1));
    await faultOf(read(), 'integrity/size');
  });
});

suite('whether a registry has a layer', () => {
  test('takes one HEAD', async (t) => {
    const download = await startDownload(t);
    assert.equal(await download.has(), true);
    assert.deepEqual(download.registry.takeRequests(), [`HEAD ${layerPath}`]);
  });

  test('is a matter of its size too', async (t) => {
    const download = await startDownload(t);
    download.registry.replace(layer.digest, layer.bytes.subarray(1));
    assert.equal(await download.has(), false);
  });

  for (const [claim, refusal] of [
    ['knows no HEAD of blobs', { kind: 'answer', status: 405, headers: {} }],
    ['refuses HEAD as signed URLs do', { kind: 'answer', status: 403, headers: {} }],
  ] as const) {
    test(`is asked with GET, and left at once, where it ${claim}`, async (t) => {
      const download = await startDownload(t);
      download.registry.behave(({ method }) => (method === 'HEAD' ? refusal : { kind: 'stalled', bytes: 10 }));
      assert.equal(await download.has(), true);
      assert.deepEqual(download.registry.takeRequests(), [`HEAD ${layerPath}`, `GET ${layerPath}`]);
      await download.registry.idle();
      download.registry.replace(layer.digest, layer.bytes.subarray(1));
      assert.equal(await download.has(), false);
    });
  }

  test('is told by its blob store, to which a signed URL leads', async (t) => {
    const download = await startDownload(t);
    const store = await storage(t);
    store.behave(({ method }) => (method === 'HEAD' ? { kind: 'answer', status: 403, headers: {} } : undefined));
    download.registry.behave(() => redirect(`${store.origin}${layerPath}`));
    assert.equal(await download.has(), true);
    assert.deepEqual(store.takeRequests(), [`HEAD ${layerPath}`, `GET ${layerPath}`]);
  });

  test('is told to those who may read it, and opens nothing to others', async (t) => {
    const download = await startDownload(t, { login: bearer });
    assert.equal(await download.has(accessWith([user])), true);
    await faultOf(download.has(accessWith()), 'registry/unauthorized');
  });

  test('proves nothing where the size is not told', async (t) => {
    const download = await startDownload(t);
    download.registry.behave(() => ({ kind: 'short', bytes: layer.size, end: 'chunked' }));
    assert.equal(await download.has(), false);
  });

  test('is a proof of the login as good as any', async (t) => {
    const download = await startDownload(t, { login: bearer });
    await download.has(accessWith([user]));
    download.registry.takeRequests();
    const image = { ...download.reference, digest: layeredImage.digest };
    await download.client.resolve(image, accessWith([user]), everythingKnown);
    assert.deepEqual(download.registry.takeRequests(), []);
  });
});

function redirect(location: string): Behaviour {
  return { kind: 'redirect', location };
}

function headers(fields: Readonly<Record<string, string>>): Behaviour {
  return { kind: 'answer', headers: fields };
}
