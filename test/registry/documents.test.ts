// Manifests and configs: asked for rightly, believed only when size and digest say so, bounded whatever is sent.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Descriptor, parseDescriptor } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { defaultDocumentLimits } from '../../src/oci/limits.ts';
import { mediaTypes } from '../../src/oci/media-type.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { Behaviour } from '../support/hostile-registry.ts';
import { image } from '../support/image.ts';
import {
  accessWith,
  everythingKnown,
  faultOf,
  nothingKnown,
  smallImage,
  startRegistryAndClient,
} from '../support/registry-client.ts';

const config = parseDescriptor(JSON.parse(Buffer.from(smallImage.bytes).toString()).config);
const configBytes = Buffer.from(smallImage.config?.bytes ?? []);
const other = image().config({ User: '7' }).build();
const mebibyte = 1024 * 1024;

function served(body: Uint8Array | string, headers: Readonly<Record<string, string>> = {}): Behaviour {
  return { kind: 'answer', status: 200, headers: { 'Content-Type': mediaTypes.ociManifest, ...headers }, body };
}

test('every HEAD and GET of a manifest names the four media types and no wildcard', async (t) => {
  const { registry, client, name } = await startRegistryAndClient(t);
  const tag = parseReference(`${name}:1`);
  await client.resolve(tag, accessWith(), nothingKnown);
  await client.resolve(tag, accessWith(), everythingKnown);
  await client.readManifest(tag, { digest: smallImage.digest }, accessWith());
  const asked = registry.requests.map(({ method, headers }) => ({ method, accept: headers['accept'] }));
  assert.deepEqual(
    asked.map(({ method }) => method),
    ['GET', 'HEAD', 'GET'],
  );
  for (const { accept } of asked) {
    assert.deepEqual(accept?.split(', ').toSorted(), [
      mediaTypes.dockerList,
      mediaTypes.dockerManifest,
      mediaTypes.ociIndex,
      mediaTypes.ociManifest,
    ]);
  }
});

test('bytes are asked for as they are', async (t) => {
  const { registry, client, name } = await startRegistryAndClient(t);
  await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
  assert.equal(registry.requests[0]?.headers['accept-encoding'], 'identity');
  assert.equal(registry.requests[0]?.headers['user-agent'], 'tidewaiter');
});

test('parameters of the content type are ignored', async (t) => {
  const { registry, client, name } = await startRegistryAndClient(t);
  registry.behave(() =>
    served(smallImage.bytes, { 'Content-Type': `${mediaTypes.ociManifest.toUpperCase()}; charset=utf-8` }),
  );
  const resolution = await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
  assert.equal(resolution.mediaType, mediaTypes.ociManifest);
});

test('a space more in the manifest is another manifest', async (t) => {
  const { registry, client, name } = await startRegistryAndClient(t);
  registry.behave(() => served(Buffer.concat([smallImage.bytes, Buffer.from(' ')])));
  const read = client.readManifest(parseReference(name), { digest: smallImage.digest }, accessWith());
  await faultOf(read, 'integrity/digest');
});

test('what HEAD names and GET does not have is refused', async (t) => {
  const { registry, client, name } = await startRegistryAndClient(t);
  const tag = parseReference(`${name}:1`);
  await client.resolve(tag, accessWith(), nothingKnown);
  registry.behaveOnce(/^HEAD/, { kind: 'answer', headers: { 'Docker-Content-Digest': other.digest } });
  registry.behaveOnce(/^GET/, served(smallImage.bytes));
  const isKnown = async (digest: string): Promise<boolean> => digest === smallImage.digest;
  await faultOf(client.resolve(tag, accessWith(), isKnown), 'integrity/digest');
});

test('a wrong digest beside a tag is noted, and the computed one counts', async (t) => {
  const warnings: object[] = [];
  const { registry, client, name } = await startRegistryAndClient(t, {
    deps: { log: { warn: (_message, fields) => warnings.push(fields) } },
  });
  registry.behave(() => served(smallImage.bytes, { 'Docker-Content-Digest': other.digest }));
  const resolution = await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
  assert.equal(resolution.digest, smallImage.digest);
  assert.deepEqual(warnings, [{ host: registry.host, claimed: other.digest, computed: smallImage.digest }]);
});

test('manifest and config under sha512 verify with sha512', async (t) => {
  const strong = image().algorithm('sha512').config({ User: '7' }).build();
  const { registry, client, name } = await startRegistryAndClient(t);
  registry.put('shop/api', 'strong', strong);
  const resolution = await client.resolve(parseReference(`${name}:strong`), accessWith(), nothingKnown);
  assert.equal(resolution.digest, strong.digest);
  const strongConfig = parseDescriptor(JSON.parse(Buffer.from(strong.bytes).toString()).config);
  assert.match(strongConfig.digest, /^sha512:/);
  await client.readConfig(parseReference(name), strongConfig, accessWith());
  registry.replace(strong.digest, smallImage.bytes);
  await faultOf(client.readManifest(parseReference(name), { digest: strong.digest }, accessWith()), 'integrity/digest');
});

suite('a config', () => {
  const rows: readonly (readonly [claim: string, bytes: Uint8Array, code: 'integrity/size' | 'integrity/digest'])[] = [
    ['longer than its descriptor says', Buffer.concat([configBytes, Buffer.from('x')]), 'integrity/size'],
    ['shorter than its descriptor says', configBytes.subarray(1), 'integrity/size'],
    ['empty', Buffer.alloc(0), 'integrity/size'],
    ['as long as its descriptor says, with another hash', Buffer.alloc(configBytes.length, 32), 'integrity/digest'],
  ];
  for (const [claim, bytes, code] of rows) {
    test(`${claim} is refused`, async (t) => {
      const { registry, client, name } = await startRegistryAndClient(t);
      registry.behave(() => served(bytes));
      await faultOf(client.readConfig(parseReference(name), config, accessWith()), code);
    });
  }

  test('is not read beyond the size that its descriptor says', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    registry.behave(() => ({ kind: 'endless', chunk: Buffer.alloc(16_384, 32) }));
    await faultOf(client.readConfig(parseReference(name), config, accessWith()), 'integrity/size');
    assert.ok(registry.sentBytes < 8 * mebibyte, `${registry.sentBytes} bytes`);
  });

  test('announced beyond the limit is not asked for', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    const size = defaultDocumentLimits.maxConfigBytes + 1;
    const fault = await faultOf(client.readConfig(parseReference(name), { ...config, size }, accessWith()), 'limit');
    assert.equal(fault.limit, 'maxConfigBytes');
    assert.equal(registry.requests.length, 0);
  });

  test('that came with its descriptor is not asked for', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    const embedded: Descriptor = { ...config, data: configBytes };
    assert.deepEqual(await client.readConfig(parseReference(name), embedded, accessWith()), configBytes);
    assert.equal(registry.requests.length, 0);
  });
});

suite('a manifest', () => {
  const { maxManifestBytes } = defaultDocumentLimits;

  test('beyond the limit without an announced length is cut off', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    registry.behave(() => ({ kind: 'endless', chunk: Buffer.alloc(65_536, 32) }));
    const fault = await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'limit');
    assert.equal(fault.limit, 'maxManifestBytes');
    assert.ok(registry.sentBytes < maxManifestBytes + 12 * mebibyte, `${registry.sentBytes} bytes`);
  });

  test('of one byte more than the limit is refused, and of the limit is not', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    registry.behaveOnce(/GET/, served(Buffer.alloc(maxManifestBytes + 1, 32)));
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'limit');
    const largest = Buffer.alloc(maxManifestBytes, 32);
    registry.behaveOnce(/GET/, served(largest));
    const resolution = await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
    assert.equal(resolution.digest, digestOf(largest));
  });

  test('announced beyond the limit is not waited for', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { limits: { bodyTimeoutMs: 10_000 } });
    const headers = { 'Content-Type': mediaTypes.ociManifest, 'Content-Length': String(maxManifestBytes + 1) };
    registry.behave(() => ({ kind: 'answer', headers, body: '' }));
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'limit');
  });

  test('longer than its descriptor says is broken, not large', async (t) => {
    const { client, name } = await startRegistryAndClient(t);
    const target = { digest: smallImage.digest, size: smallImage.bytes.length - 1 };
    await faultOf(client.readManifest(parseReference(name), target, accessWith()), 'integrity/size');
  });

  test('that announces less than it sends is broken off', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t, { limits: { maxRetries: 0 } });
    registry.behave(() => served(smallImage.bytes, { 'Content-Length': '10' }));
    const read = client.readManifest(parseReference(name), { digest: smallImage.digest }, accessWith());
    const thrown: unknown = await read.catch((reason) => reason);
    assert.match(String(Reflect.get(Object(thrown), 'code')), /^(?:integrity\/digest|registry\/)/);
  });
});

suite('a HEAD', () => {
  const unsure: readonly (readonly [claim: string, behaviour: Behaviour])[] = [
    ['without a digest', { kind: 'answer', headers: {} }],
    ['with something else than a digest', { kind: 'answer', headers: { 'Docker-Content-Digest': 'latest' } }],
    [
      'with a digest of an unknown algorithm',
      { kind: 'answer', headers: { 'Docker-Content-Digest': `blake3:${'0'.repeat(64)}` } },
    ],
    ['that is not allowed', { kind: 'answer', status: 405, headers: {} }],
  ];
  for (const [claim, behaviour] of unsure) {
    test(`${claim} is followed by a GET`, async (t) => {
      const { registry, client, name } = await startRegistryAndClient(t);
      const tag = parseReference(`${name}:1`);
      await client.resolve(tag, accessWith(), nothingKnown);
      registry.takeRequests();
      registry.behaveOnce(/^HEAD/, behaviour);
      const resolution = await client.resolve(tag, accessWith(), everythingKnown);
      assert.equal(resolution.digest, smallImage.digest);
      assert.deepEqual(registry.takeRequests(), ['HEAD /v2/shop/api/manifests/1', 'GET /v2/shop/api/manifests/1']);
    });
  }

  test('that is refused is repeated as GET for the reason', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    const tag = parseReference(`${name}:1`);
    await client.resolve(tag, accessWith(), nothingKnown);
    registry.behave(() => ({
      kind: 'answer',
      status: 403,
      headers: {},
      body: '{"errors":[{"code":"DENIED","message":"address not on the list"}]}',
    }));
    const fault = await faultOf(client.resolve(tag, accessWith(), everythingKnown), 'registry/unauthorized');
    assert.match(fault.message, /DENIED: address not on the list/);
  });
});

suite('odd answers', () => {
  test('a compressed body is refused for manifests and configs alike', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    registry.behave(() => served(smallImage.bytes, { 'Content-Encoding': 'gzip' }));
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'registry/protocol');
    await faultOf(client.readConfig(parseReference(name), config, accessWith()), 'registry/protocol');
  });

  test('header names in any case and an empty body are handled', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    registry.behaveOnce(/GET/, {
      kind: 'answer',
      headers: { 'cOnTeNt-TyPe': mediaTypes.ociManifest },
      body: smallImage.bytes,
    });
    const resolution = await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
    assert.equal(resolution.mediaType, mediaTypes.ociManifest);
    registry.behaveOnce(/GET/, served(''));
    await faultOf(
      client.readManifest(parseReference(name), { digest: smallImage.digest }, accessWith()),
      'integrity/digest',
    );
  });

  test('a web page is not taken for a manifest', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    registry.behave(() => ({ kind: 'answer', headers: { 'Content-Type': 'text/html' }, body: '<html>sign in' }));
    await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), 'registry/protocol');
  });

  test('a manifest cut short by its connection is asked for again', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    registry.behaveOnce(/GET/, { kind: 'truncated', bytes: 20 });
    await client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown);
    assert.equal(registry.requests.length, 2);
  });

  test('a body in single bytes arrives whole', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    registry.behaveOnce(/blobs/, { kind: 'drip', everyMs: 0 });
    assert.deepEqual(Buffer.from(await client.readConfig(parseReference(name), config, accessWith())), configBytes);
  });
});

suite('what a registry says of an error', () => {
  const rows: readonly (readonly [claim: string, body: string, shown: RegExp | undefined])[] = [
    [
      'is shown from its JSON form',
      '{"errors":[{"code":"NAME_INVALID","message":"no such name"}]}',
      /NAME_INVALID: no such name$/,
    ],
    ['is shown from plain text', 'You have no access.', /You have no access\.$/],
    ['is shown from the first of several', '{"errors":[{"code":"A"},{"code":"B"}]}', /: A$/],
    ['is left out when it is markup', '<html><body>Not found</body></html>', undefined],
    ['is left out when it is JSON of another form', '{"a":{"b":1}}', undefined],
    ['is left out when it is empty', '', undefined],
  ];
  for (const [claim, body, shown] of rows) {
    test(claim, async (t) => {
      const { registry, client, name } = await startRegistryAndClient(t);
      registry.behave(() => ({ kind: 'answer', status: 404, headers: {}, body }));
      const fault = await faultOf(
        client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown),
        'registry/not-found',
      );
      assert.match(fault.message, shown ?? /has no shop\/api:1$/);
    });
  }

  test('has no control characters and at most 200 characters', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    const message = `\u001b[31m\u202e${'long '.repeat(1_000)}`;
    registry.behave(() => ({
      kind: 'answer',
      status: 404,
      headers: {},
      body: JSON.stringify({ errors: [{ code: 'X', message }] }),
    }));
    const fault = await faultOf(
      client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown),
      'registry/not-found',
    );
    assert.ok(!/[\u0000-\u001f\u202e]/.test(fault.message));
    assert.ok(fault.message.length < 300);
  });

  test('of 10 MiB is not read to its end', async (t) => {
    const { registry, client, name } = await startRegistryAndClient(t);
    registry.behave(() => ({ kind: 'endless', chunk: Buffer.alloc(65_536, 60) }));
    registry.behaveOnce(/GET/, { kind: 'answer', status: 404, headers: {}, body: '<'.repeat(10 * mebibyte) });
    const fault = await faultOf(
      client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown),
      'registry/not-found',
    );
    assert.ok(fault.message.length < 300);
  });
});

suite('what a status means', () => {
  const rows: readonly (readonly [status: number, code: Parameters<typeof faultOf>[1]])[] = [
    [400, 'registry/protocol'],
    [401, 'registry/unauthorized'],
    [402, 'registry/unauthorized'],
    [403, 'registry/unauthorized'],
    [404, 'registry/not-found'],
    [405, 'registry/protocol'],
    [406, 'registry/protocol'],
    [408, 'registry/server-error'],
    [410, 'registry/not-found'],
    [412, 'registry/unauthorized'],
    [418, 'registry/protocol'],
    [425, 'registry/server-error'],
    [429, 'registry/rate-limited'],
    [451, 'registry/unauthorized'],
    [499, 'registry/server-error'],
    [500, 'registry/server-error'],
    [501, 'registry/server-error'],
    [502, 'registry/server-error'],
    [503, 'registry/server-error'],
    [504, 'registry/server-error'],
    [522, 'registry/server-error'],
    [599, 'registry/server-error'],
    [204, 'registry/protocol'],
    [206, 'registry/protocol'],
    [300, 'registry/protocol'],
    [304, 'registry/protocol'],
  ];
  for (const [status, code] of rows) {
    test(`${status} is ${code}`, async (t) => {
      const { registry, client, name } = await startRegistryAndClient(t);
      registry.behave(() => ({ kind: 'answer', status, headers: {}, body: '' }));
      await faultOf(client.resolve(parseReference(`${name}:1`), accessWith(), nothingKnown), code);
    });
  }
});
