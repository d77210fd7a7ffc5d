// Ports and their life, over real sockets: TLS, renewal, draining.
import assert from 'node:assert/strict';
import type { IncomingMessage, RequestListener } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { after, before, describe, it } from 'node:test';
import { connect, TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { Fault } from '../../src/base/fault.ts';
import { certificateExpiry, type Listener, listen, type TlsMaterial } from '../../src/server/listener.ts';

interface Signed extends TlsMaterial {
  readonly fingerprint: string;
}

async function certificate(name: string, options: Parameters<typeof generate>[1] = {}): Promise<Signed> {
  const pems = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    ...options,
  });
  return { certificate: pems.cert, key: pems.private, fingerprint: pems.fingerprint };
}

/** An authority, and the key and certificate of a client that it has signed for. */
async function authorityWithClient() {
  const authority = await certificate('authority', {
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
  });
  const client = await certificate('client', { ca: { key: authority.key, cert: authority.certificate } });
  return { authorities: authority.certificate, identity: { key: client.key, cert: client.certificate } };
}

const hello: RequestListener = (_, response) => response.end('hello');

const running: Listener[] = [];
after(async () => {
  for (const listener of running) await listener.close();
});

async function listening(options: Partial<Parameters<typeof listen>[0]> = {}): Promise<Listener> {
  const listener = await listen({ host: '127.0.0.1', port: 0, handler: hello, maxConnections: 100, ...options });
  running.push(listener);
  return listener;
}

interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly fingerprint: string;
  readonly localPort: number | undefined;
}

function get(listener: Listener, options: { readonly agent?: Agent; readonly tls?: object } = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { port } = listener.address;
    const { agent } = options;
    httpsRequest(
      {
        host: '127.0.0.1',
        port,
        servername: 'localhost',
        rejectUnauthorized: false,
        ...(agent ? { agent } : {}),
        ...options.tls,
      },
      (response) => {
        const { socket } = response;
        assert.ok(socket instanceof TLSSocket);
        const { localPort } = socket;
        const { fingerprint } = socket.getPeerCertificate();
        response.resume().on('end', () => {
          resolve({ status: response.statusCode, headers: response.headers, fingerprint, localPort });
        });
      },
    )
      .on('error', reject)
      .end();
  });
}

let first: Signed;
let second: Signed;
before(async () => {
  [first, second] = await Promise.all([certificate('first'), certificate('second')]);
});

describe('TLS', () => {
  it('a renewed certificate is shown to new connections, and open ones go on', async () => {
    const listener = await listening({ tls: first });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const before = await get(listener, { agent });
    listener.renew(second);
    const afterwards = await get(listener, { agent });
    const fresh = await get(listener, { agent: new Agent() });
    assert.equal(before.localPort, afterwards.localPort);
    assert.notEqual(fresh.fingerprint, before.fingerprint);
    agent.destroy();
  });

  it('renewal tells when the new certificate expires', async () => {
    const listener = await listening({ tls: first });
    assert.equal(listener.renew(second), certificateExpiry(second));
    assert.ok(certificateExpiry(second) > Date.now());
  });

  it('a key that does not belong to the certificate is refused, and the old one stays', async () => {
    const listener = await listening({ tls: first });
    const broken = { certificate: second.certificate, key: first.key };
    assert.throws(
      () => listener.renew(broken),
      (thrown) => thrown instanceof Fault && thrown.code === 'document/invalid',
    );
    assert.equal((await get(listener)).status, 200);
    await assert.rejects(listening({ tls: broken }), (thrown) => thrown instanceof Fault);
  });

  it('requests go on without a single failure while certificates change', async () => {
    const listener = await listening({ tls: first });
    const requests = Array.from({ length: 40 }, async (_, index) => {
      if (index % 5 === 0) listener.renew(index % 2 === 0 ? second : first);
      return (await get(listener, { agent: new Agent({ keepAlive: false }) })).status;
    });
    assert.deepEqual(new Set(await Promise.all(requests)), new Set([200]));
  });

  it('speaks HTTP/1.1 only, and TLS 1.2 at least', async () => {
    const listener = await listening({ tls: first });
    const socket = connect({
      port: listener.address.port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    assert.equal(socket.alpnProtocol, 'http/1.1');
    socket.destroy();
    await assert.rejects(
      get(listener, { tls: { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } }),
    );
  });

  it('with client authorities only their clients come in, also after a renewal', async () => {
    const { authorities, identity } = await authorityWithClient();
    const listener = await listening({ tls: { ...first, clientAuthorities: authorities } });
    for (const renewal of [undefined, second]) {
      if (renewal !== undefined) listener.renew(renewal);
      assert.equal((await get(listener, { tls: { ...identity, agent: new Agent(identity) } })).status, 200);
      await assert.rejects(get(listener, { agent: new Agent() }));
    }
  });
});

describe('client authorities', () => {
  it('a renewal may replace them, and never does away with them', async () => {
    const [before, later] = await Promise.all([authorityWithClient(), authorityWithClient()]);
    const listener = await listening({ tls: { ...first, clientAuthorities: before.authorities } });
    listener.renew({ ...second, clientAuthorities: later.authorities });
    assert.equal((await get(listener, { tls: { ...later.identity, agent: new Agent() } })).status, 200);
    await assert.rejects(get(listener, { tls: { ...before.identity, agent: new Agent() } }));
    listener.renew(second);
    await assert.rejects(get(listener, { agent: new Agent() }));
  });
});

describe('draining', () => {
  const { signal } = new AbortController();

  it('open requests are finished, new ones are served during the grace, and clients are asked to leave', async () => {
    const held = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    const listener = await listening({
      tls: first,
      handler: async (request, response) => {
        if (request.url === '/slow') {
          arrived.resolve();
          await held.promise;
        }
        response.end('hello');
      },
    });
    const agent = new Agent({ keepAlive: true });
    const slow = get(listener, { agent, tls: { path: '/slow' } });
    await arrived.promise;
    const drained = listener.drain({ graceMs: 200, finishMs: 10_000, signal });
    assert.equal(listener.isDraining, true);
    const meanwhile = await get(listener, { agent });
    assert.equal(meanwhile.headers.connection, 'close');
    held.resolve();
    assert.equal((await slow).headers.connection, 'close');
    await drained;
    await assert.rejects(get(listener));
    agent.destroy();
  });

  it('no request fails when it drains under load', async () => {
    const listener = await listening({ tls: first });
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const statuses = new Set<number | undefined>();
    let isOver = false;
    const client = async (): Promise<void> => {
      while (!isOver) statuses.add((await get(listener, { agent })).status);
    };
    const clients = [client(), client(), client(), client()];
    const drained = listener.drain({ graceMs: 300, finishMs: 10_000, signal });
    // What a cluster does within the grace: it takes the instance out of the service.
    setTimeout(() => {
      isOver = true;
    }, 150);
    await Promise.all(clients);
    await drained;
    assert.deepEqual(statuses, new Set([200]));
    agent.destroy();
  });

  it('a request that never ends is cut when patience ends', async () => {
    const arrived = Promise.withResolvers<void>();
    const listener = await listening({ tls: first, handler: () => arrived.resolve() });
    const endless = assert.rejects(get(listener));
    await arrived.promise;
    await listener.drain({ graceMs: 0, finishMs: 20, signal });
    await endless;
  });

  it('an aborted signal ends both waits', async () => {
    const listener = await listening({ tls: first });
    await listener.drain({ graceMs: 1_000_000, finishMs: 1_000_000, signal: AbortSignal.abort() });
    await assert.rejects(get(listener));
  });

  it('a kept-alive connection without a request does not hold it up', async () => {
    const listener = await listening({ tls: first });
    const agent = new Agent({ keepAlive: true });
    await get(listener, { agent });
    await listener.drain({ graceMs: 0, finishMs: 1_000_000, signal });
    agent.destroy();
  });
});

describe('ports', () => {
  it('a port that is taken is a Fault that names it', async () => {
    const listener = await listening();
    await assert.rejects(
      listening({ port: listener.address.port }),
      (thrown) =>
        thrown instanceof Fault && thrown.code === 'usage' && thrown.message.includes(`${listener.address.port}`),
    );
  });

  it('a connection that nobody uses is kept for longer than an API server keeps it, so that none is closed under a review', async () => {
    const agent = new Agent({ keepAlive: true });
    const { headers } = await get(await listening({ tls: first }), { agent });
    const [, seconds] = /^timeout=(\d+)$/.exec(String(headers['keep-alive'])) ?? [];
    // Go's client closes idle connections after 90 s.
    assert.ok(Number(seconds) > 90, `${seconds} s`);
    agent.destroy();
  });

  it('without TLS it speaks plain HTTP and has nothing to renew', async () => {
    const listener = await listening();
    const response = await fetch(`http://127.0.0.1:${listener.address.port}/`);
    assert.equal(await response.text(), 'hello');
    assert.throws(() => listener.renew(first), Fault);
  });
});
