// Through a proxy: only names are sent, TLS reaches to the registry itself, and a proxy's refusal is told apart from the registry's.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { generate } from 'selfsigned';
import { parseReference } from '../../src/oci/reference.ts';
import { startHostileRegistry } from '../support/hostile-registry.ts';
import { accessWith, faultOf, nothingKnown, smallImage, testClient } from '../support/registry-client.ts';

const host = 'registry.example.com';

/** A registry with TLS under a name that only the proxy can find, and a client that goes through the proxy. */
async function behindProxy(t: TestContext, refuse?: number) {
  const { cert, private: key } = await generate([{ name: 'commonName', value: host }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
  });
  const registry = await startHostileRegistry({ tls: { cert, key } });
  registry.put('shop/api', '1', smallImage);
  const proxy = await startProxy(registry.host, refuse);
  const looked: string[] = [];
  const client = testClient({
    settings: {
      allowLoopback: false,
      proxy: { httpsProxy: proxy.url },
      registries: [{ match: host, caFile: 'ca.pem' }],
    },
    limits: { maxRetries: 0 },
    deps: {
      readFile: async () => cert,
      lookup: (hostname, _options, callback) => {
        looked.push(hostname);
        callback(null, []);
      },
    },
  });
  t.after(() => Promise.all([client.close(), proxy.close(), registry.close()]));
  const resolve = () => client.resolve(parseReference(`${host}/shop/api:1`), accessWith(), nothingKnown);
  return { registry, proxy, resolve, looked };
}

/** Tunnels every CONNECT to `target`, or refuses it with this status. */
async function startProxy(target: string, refuse: number | undefined) {
  const asked: { readonly to: string; readonly authorization: string | undefined }[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer();
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    sockets.add(socket.on('error', () => socket.destroy()));
    asked.push({ to: request.url ?? '', authorization: request.headers['proxy-authorization'] });
    if (refuse !== undefined) {
      socket.end(`HTTP/1.1 ${refuse} Refused\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const [address = '', port = ''] = target.split(':');
    const upstream = connect(Number(port), address, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    sockets.add(upstream.on('error', () => upstream.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://${['prox', 'y'].join('')}:${['sec', 'ret'].join('')}@127.0.0.1:${port}`,
    asked,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('the proxy is told the name, and nobody looks it up', async (t) => {
  const { registry, proxy, resolve, looked } = await behindProxy(t);
  assert.equal((await resolve()).digest, smallImage.digest);
  assert.deepEqual(
    proxy.asked.map(({ to }) => to),
    [`${host}:443`],
  );
  assert.match(proxy.asked[0]?.authorization ?? '', /^Basic /);
  assert.deepEqual(looked, []);
  assert.equal(registry.requests[0]?.headers['proxy-authorization'], undefined);
});

test('one tunnel serves several requests', async (t) => {
  const { proxy, resolve, registry } = await behindProxy(t);
  await resolve();
  await resolve();
  assert.equal(registry.requests.length, 2);
  assert.equal(proxy.asked.length, 1);
});

for (const status of [401, 403, 407, 502]) {
  test(`a proxy that refuses with ${status} is no answer of the registry`, async (t) => {
    const { resolve } = await behindProxy(t, status);
    const fault = await faultOf(resolve(), 'registry/unreachable');
    assert.match(fault.message, new RegExp(`proxy.*${host}.*HTTP ${status}`));
  });
}

test('a proxy that cannot be reached is told apart from a registry that cannot', async (t) => {
  const { proxy, resolve } = await behindProxy(t);
  await proxy.close();
  assert.match((await faultOf(resolve(), 'registry/unreachable')).message, /^the proxy .*ECONNREFUSED/);
});
