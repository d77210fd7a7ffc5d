// Whatever bytes come, the client answers with verified content or a Fault, and leaves nothing behind.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { Fault } from '../../src/base/fault.ts';
import type { ImageSource } from '../../src/inspection/image-source.ts';
import { type Descriptor, parseDescriptor } from '../../src/oci/descriptor.ts';
import { type ImageReference, parseReference } from '../../src/oci/reference.ts';
import type { Behaviour } from '../support/hostile-registry.ts';
import {
  accessWith,
  nothingKnown,
  smallImage,
  startRegistryAndClient,
  testClient,
} from '../support/registry-client.ts';

const config = parseDescriptor(JSON.parse(Buffer.from(smallImage.bytes).toString()).config);
const configBytes = Buffer.from(smallImage.config?.bytes ?? []);

test('any changed byte of a manifest or config is a Fault of integrity', async (t) => {
  const { registry, client, name } = await startRegistryAndClient(t);
  const reference = parseReference(`${name}@${smallImage.digest}`);
  const changed = fc.record({ at: fc.nat(), mask: fc.integer({ min: 1, max: 255 }) });
  await fc.assert(
    fc.asyncProperty(changed, fc.boolean(), async ({ at, mask }, isConfig) => {
      const bytes = Buffer.from(isConfig ? configBytes : smallImage.bytes);
      const index = at % bytes.length;
      bytes[index] = (bytes[index] ?? 0) ^ mask;
      registry.replace(isConfig ? config.digest : smallImage.digest, bytes);
      const read = isConfig
        ? client.readConfig(reference, config, accessWith())
        : client.resolve(reference, accessWith(), nothingKnown);
      const thrown: unknown = await read.catch((reason: unknown) => reason);
      assert.ok(thrown instanceof Fault && thrown.code === 'integrity/digest', String(thrown));
    }),
    { numRuns: 60 },
  );
});

test('arbitrary bytes on the wire are a Fault', async (t) => {
  let answer = Buffer.alloc(0);
  const server: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = testClient({
    limits: { maxRetries: 0, circuitFailures: 1_000_000, notFoundMs: 0, unauthorizedMs: 0 },
  });
  t.after(async () => {
    client.close();
    await new Promise((resolve) => server.close(resolve));
  });
  const line = fc.constantFrom(
    'HTTP/1.1 200 OK',
    'HTTP/1.0 200 OK',
    'HTTP/1.1 401 X',
    'HTTP/1.1 307 X',
    'HTTP/1.1 100 X',
    'ICY 200',
  );
  const header = fc.constantFrom(
    'Content-Length: 5',
    'Content-Length: -1',
    'Content-Length: 99999999999999999999',
    'Content-Length: x',
    'Transfer-Encoding: chunked',
    'WWW-Authenticate: Bearer realm="',
    'WWW-Authenticate: Bearer realm="http://["',
    'WWW-Authenticate: Basic',
    'Location: //',
    'Location: http://[',
    'Docker-Content-Digest: sha256:0',
    'Content-Type: ;;',
    'Retry-After: -1',
    'Content-Encoding: gzip',
    ': nothing',
    'no colon',
  );
  const response = fc
    .tuple(line, fc.array(header, { maxLength: 4 }), fc.uint8Array({ maxLength: 40 }))
    .map(([first, headers, body]) => Buffer.concat([Buffer.from(`${[first, ...headers].join('\r\n')}\r\n\r\n`), body]));
  const anything = fc.oneof(
    response,
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  );
  await fc.assert(
    fc.asyncProperty(anything, async (bytes) => {
      answer = bytes;
      const read = client.readManifest(
        parseReference(`127.0.0.1:${port}/a`),
        { digest: smallImage.digest },
        accessWith(),
      );
      const thrown: unknown = await read.catch((reason: unknown) => reason);
      assert.ok(thrown instanceof Fault && thrown.code !== 'internal', String(thrown));
      const layer = { ...config, size: 5 };
      const streamed = await streamedBytes(client, parseReference(`127.0.0.1:${port}/a`), layer).catch(
        (reason: unknown) => reason,
      );
      const isTold = streamed instanceof Fault && streamed.code !== 'internal';
      assert.ok(streamed === layer.size || isTold, String(streamed));
    }),
    { numRuns: 150 },
  );
});

test('nothing is left open after hanging, broken and answered requests', async () => {
  const before = openResources();
  const closing: (() => Promise<void>)[] = [];
  const context = { after: (close: () => Promise<void>) => closing.push(close) };
  // With the default limits, whose timers would outlast the test, and with short ones for what never ends.
  const limits = { circuitFailures: 1_000, unauthorizedMs: 0, notFoundMs: 0 };
  await readThrough(await startRegistryAndClient(context, { limits }), [
    undefined,
    { kind: 'reset' },
    { kind: 'truncated', bytes: 3 },
    { kind: 'redirect', location: 'ftp://x' },
    { kind: 'answer', status: 401, headers: {} },
    { kind: 'answer', headers: { 'Content-Encoding': 'gzip' } },
  ]);
  const short = { ...limits, responseTimeoutMs: 30, bodyTimeoutMs: 30, layerStallMs: 30 };
  const hanging = await startRegistryAndClient(context, { limits: short });
  await readThrough(hanging, [{ kind: 'silent' }, { kind: 'drip', everyMs: 20 }, { kind: 'endless', chunk: ' ' }]);
  for (const close of closing) await close();
  for (let turn = 0; turn < 200 && openResources() > before; turn += 1) await sleep(5);
  assert.ok(openResources() <= before, process.getActiveResourcesInfo().join(' '));
});

/** Reads once under each behaviour, and once with a caller who leaves. */
async function readThrough(
  { registry, client, name }: Awaited<ReturnType<typeof startRegistryAndClient>>,
  behaviours: readonly (Behaviour | undefined)[],
): Promise<void> {
  for (const behaviour of behaviours) {
    registry.behave(() => behaviour);
    const read = client.readManifest(parseReference(name), { digest: smallImage.digest }, accessWith());
    await read.catch((reason: unknown) => assert.ok(reason instanceof Fault));
    const streamed = streamedBytes(client, parseReference(name), config);
    await streamed.catch((reason: unknown) => assert.ok(reason instanceof Fault));
  }
  registry.behave(() => ({ kind: 'stalled', bytes: 3 }));
  const unread = await client.openLayer(parseReference(name), config, accessWith());
  await unread[Symbol.asyncIterator]().return?.();
  const controller = new AbortController();
  registry.behave(() => ({ kind: 'silent' }));
  const left = client.resolve(parseReference(`${name}:1`), accessWith([], controller.signal), nothingKnown);
  controller.abort();
  await left.catch((reason: unknown) => assert.ok(reason instanceof Fault));
}

async function streamedBytes(client: ImageSource, reference: ImageReference, layer: Descriptor): Promise<number> {
  let bytes = 0;
  for await (const piece of await client.openLayer(reference, layer, accessWith())) bytes += piece.length;
  return bytes;
}

/** Sockets and timers that keep the process; the sleep of the caller is over when it counts. */
function openResources(): number {
  return process.getActiveResourcesInfo().filter((kind) => /TCP|Timeout|TLS/.test(kind)).length;
}
