// A layer whose connection breaks off is taken up where it ended: so often, under the same rules, and with no byte twice.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { FaultCode } from '../../src/base/fault.ts';
import { type Behaviour, startHostileRegistry } from '../support/hostile-registry.ts';
import { layer, layeredImage, layerPath, rangesAsked, startDownload, wholeOf } from '../support/layer-downloads.ts';
import { accessWith, faultOf, passwordCredential } from '../support/registry-client.ts';

const user = passwordCredential('deploy', ['pass', 'word'].join(''));
const half = 150_000;
const rest = `bytes=${half}-`;
const quick = { layerStallMs: 500 } as const;

suite('a layer', () => {
  for (const [claim, behaviour] of [
    ['breaks off', { kind: 'truncated', bytes: half }],
    ['stalls', { kind: 'stalled', bytes: half }],
    ['ends with its connection, too early', { kind: 'short', bytes: half, end: 'closed' }],
  ] as const) {
    test(`that ${claim} is asked for from there on`, async (t) => {
      const download = await startDownload(t, { limits: quick });
      download.registry.behaveOnce(/blobs/, behaviour);
      assert.deepEqual(await download.read(), layer.bytes);
      assert.deepEqual(download.ranges(), ['whole', rest]);
    });
  }

  test('that breaks off after its last byte is whole', async (t) => {
    const download = await startDownload(t);
    download.registry.behave(() => ({ kind: 'short', bytes: layer.size, end: 'broken' }));
    assert.deepEqual(await download.read(), layer.bytes);
    assert.deepEqual(download.ranges(), ['whole']);
  });

  test('that breaks off before its first byte is asked for again', async (t) => {
    const download = await startDownload(t);
    download.registry.behaveOnce(/blobs/, { kind: 'truncated', bytes: 0 });
    assert.deepEqual(await download.read(), layer.bytes);
    assert.deepEqual(download.ranges(), ['whole', 'whole']);
  });

  test('that breaks off again and again is whole all the same', async (t) => {
    const cuts = fc.array(fc.nat(100_000), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(cuts, fc.array(fc.boolean(), { maxLength: 5 }), async (lengths, ignored) => {
        const download = await startDownload(t);
        const left = [...lengths];
        const ignores = [...ignored];
        download.registry.behave(({ headers }): Behaviour | undefined => {
          // A registry that knows no ranges begins at the beginning; that one is let through, or it would never end.
          if (headers['range'] !== undefined && ignores.shift() === true) return wholeAnswer;
          const bytes = left.shift();
          return bytes === undefined ? undefined : { kind: 'truncated', bytes };
        });
        assert.deepEqual(await download.read(), layer.bytes);
      }),
      { numRuns: 25 },
    );
  });

  test('is given up after as many times as the limit says', async (t) => {
    const download = await startDownload(t, { limits: { maxLayerResumes: 3 } });
    download.registry.behave(() => ({ kind: 'truncated', bytes: 10 }));
    await faultOf(download.read(), 'registry/unreachable');
    assert.deepEqual(download.ranges(), ['whole', 'bytes=10-', 'bytes=20-', 'bytes=30-']);
  });

  test('that drips is given up like one that stalls', async (t) => {
    const limits = { layerPaceMs: 30, minLayerPaceBytes: 1_000, maxLayerResumes: 1 };
    const download = await startDownload(t, { limits });
    download.registry.behave(() => ({ kind: 'drip', everyMs: 1 }));
    const fault = await faultOf(download.read(), 'registry/timeout');
    assert.match(fault.message, /slowly/);
    assert.equal(download.ranges().length, 2);
    await download.registry.idle();
  });

  test('is not given up because its reader is slow', async (t) => {
    const limits = { layerStallMs: 200, layerPaceMs: 200, minLayerPaceBytes: layer.size, maxLayerResumes: 0 };
    const download = await startDownload(t, { limits });
    const stream = await download.open();
    const first = Buffer.from((await stream.next()).value);
    await sleep(300);
    assert.deepEqual(Buffer.concat([first, await wholeOf(stream)]), layer.bytes);
  });

  test('of a registry that knows no ranges is given without the bytes that were there already', async (t) => {
    const download = await startDownload(t);
    download.registry.behaveOnce(/blobs/, { kind: 'truncated', bytes: half });
    download.registry.behaveOnce(/blobs/, wholeAnswer);
    assert.deepEqual(await download.read(), layer.bytes);
    assert.deepEqual(download.ranges(), ['whole', rest]);
  });

  const end = layer.size - 1;
  const refused: readonly (readonly [claim: string, behaviour: Behaviour, code: FaultCode])[] = [
    ['with other bytes than asked for', part(`bytes 0-${end}/${layer.size}`), 'registry/protocol'],
    ['with bytes of a longer layer', part(`bytes ${half}-${end}/${layer.size + 1}`), 'registry/protocol'],
    ['with fewer bytes than asked for', part(`bytes ${half}-${end - 1}/${layer.size}`), 'registry/protocol'],
    ['without saying which bytes come', part(undefined), 'registry/protocol'],
    ['with several parts', part('multipart'), 'registry/protocol'],
    ['with another length than its range has', { ...part(`bytes ${half}-${end}/*`), body: 'x' }, 'integrity/size'],
    ['with 416', { kind: 'answer', status: 416, headers: {}, body: '' }, 'registry/protocol'],
    ['with 204', { kind: 'answer', status: 204, headers: {}, body: '' }, 'registry/protocol'],
    ['with 404', { kind: 'answer', status: 404, headers: {}, body: '' }, 'registry/not-found'],
    ['with 403', { kind: 'answer', status: 403, headers: {}, body: '' }, 'registry/unauthorized'],
    ['with a layer of another size', { kind: 'answer', status: 200, headers: {}, body: 'x' }, 'integrity/size'],
    ['with a compressed part', encoded(206, `bytes ${half}-${end}/${layer.size}`), 'registry/protocol'],
  ];
  for (const [claim, behaviour, code] of refused) {
    test(`that is taken up ${claim} is a fault`, async (t) => {
      const download = await startDownload(t);
      download.registry.behaveOnce(/blobs/, { kind: 'truncated', bytes: half });
      download.registry.behave(({ headers }) => (headers['range'] === undefined ? undefined : behaviour));
      await faultOf(download.read(), code);
      assert.equal(download.ranges().length, 2);
      await download.registry.idle();
    });
  }

  test('that is taken up with bytes of no total is whole', async (t) => {
    const download = await startDownload(t);
    download.registry.behaveOnce(/blobs/, { kind: 'truncated', bytes: half });
    const headers = { 'Content-Range': `bytes ${half}-${end}/*` };
    download.registry.behaveOnce(/blobs/, { kind: 'answer', status: 206, headers, body: layer.bytes.subarray(half) });
    assert.deepEqual(await download.read(), layer.bytes);
  });

  test('is asked for at the registry again, whose redirect may be for minutes only, with no login elsewhere', async (t) => {
    const login = { kind: 'basic', users: { deploy: user.login.password } } as const;
    const download = await startDownload(t, { login });
    const store = await startHostileRegistry();
    t.after(() => store.close());
    store.put('shop/api', 'layered', layeredImage);
    store.behaveOnce(/blobs/, { kind: 'truncated', bytes: half });
    download.registry.behave(({ path, headers }) =>
      path === layerPath && headers['authorization'] !== undefined
        ? { kind: 'redirect', location: `${store.origin}${layerPath}` }
        : undefined,
    );
    assert.deepEqual(await download.read(accessWith([user])), layer.bytes);
    assert.deepEqual(download.ranges(), ['whole', rest]);
    assert.deepEqual(rangesAsked(store), ['whole', rest]);
    assert.ok(store.requests.every(({ headers }) => headers['authorization'] === undefined));
  });

  test('is taken up with a new token where the old one has ended', async (t) => {
    const login = { kind: 'bearer', users: { deploy: user.login.password } } as const;
    const download = await startDownload(t, { login });
    let isFirst = true;
    download.registry.behave(({ path, headers }) => {
      if (path !== layerPath || headers['authorization'] === undefined || !isFirst) return undefined;
      isFirst = false;
      return { kind: 'truncated', bytes: half };
    });
    const stream = await download.open(accessWith([user]));
    download.registry.revokeTokens();
    assert.deepEqual(await wholeOf(stream), layer.bytes);
    assert.deepEqual(download.ranges(), ['whole', rest, rest]);
    assert.equal(download.registry.requests.filter(({ path }) => path === '/token').length, 2);
  });

  test('is given up at once by a reader who leaves while it is taken up', async (t) => {
    const download = await startDownload(t, { limits: { responseTimeoutMs: 60_000 } });
    download.registry.behaveOnce(/blobs/, { kind: 'truncated', bytes: half });
    download.registry.behave(({ headers }) => (headers['range'] === undefined ? undefined : { kind: 'silent' }));
    const stream = await download.open();
    let given = 0;
    while (given < half) given += (await stream.next()).value.length;
    const next = stream.next();
    while (download.ranges().length < 2) await new Promise((resolve) => setImmediate(resolve));
    await stream.return?.();
    await faultOf(next, 'cancelled');
    await download.registry.idle();
    assert.equal((await stream.next()).done, true);
  });
});

const wholeAnswer: Behaviour = { kind: 'answer', status: 200, headers: {}, body: layer.bytes };

function part(range: string | undefined): Behaviour & { readonly kind: 'answer' } {
  const headers = range === undefined ? {} : { 'Content-Range': range };
  return { kind: 'answer', status: 206, headers, body: layer.bytes.subarray(half) };
}

function encoded(status: number, range: string): Behaviour {
  const headers = { 'Content-Encoding': 'gzip', 'Content-Range': range };
  return { kind: 'answer', status, headers, body: layer.bytes.subarray(half) };
}
