// TLS: who is trusted, what is said when nobody is, and that nothing falls back to less.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { generate } from 'selfsigned';
import { parseReference } from '../../src/oci/reference.ts';
import { startHostileRegistry } from '../support/hostile-registry.ts';
import { accessWith, faultOf, nothingKnown, smallImage, testClient } from '../support/registry-client.ts';

const localhost = await certificate('localhost', '127.0.0.1');
const elsewhere = await certificate('elsewhere.example.com', '192.0.2.1');
const expired = await certificate('localhost', '127.0.0.1', new Date('2020-01-01'));

async function certificate(
  name: string,
  ip: string,
  until?: Date,
): Promise<{ readonly cert: string; readonly key: string }> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ...(until === undefined ? {} : { notBeforeDate: new Date('2019-01-01'), notAfterDate: until }),
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: name },
          { type: 7, ip },
        ],
      },
    ],
  });
  return { cert, key };
}

/** A registry with TLS, and a client that reads `files`; every path counts as set for the registry when it is there. */
async function withTls(
  t: { after(close: () => Promise<unknown>): void },
  tls: { readonly cert: string; readonly key: string },
  files: Map<string, string>,
) {
  const registry = await startHostileRegistry({ tls });
  registry.put('shop/api', '1', smallImage);
  const clock = { nowMs: 0 };
  const warnings: string[] = [];
  const entry = { match: registry.host, plainHTTP: false, ...(files.has('ca.pem') ? { caFile: 'ca.pem' } : {}) };
  const client = testClient({
    clock,
    settings: { registries: [entry] },
    limits: { maxRetries: 0 },
    deps: {
      readFile: async (path) => files.get(path) ?? Promise.reject(new Error(`no ${path}`)),
      log: { warn: (message) => warnings.push(message) },
    },
  });
  t.after(() => Promise.all([client.close(), registry.close()]));
  const resolve = () => client.resolve(parseReference(`${registry.host}/shop/api:1`), accessWith(), nothingKnown);
  return { registry, resolve, clock, warnings };
}

suite('a certificate', () => {
  test('that nobody vouches for is refused, with host and reason, and never by plain HTTP', async (t) => {
    const { registry, resolve } = await withTls(t, localhost, new Map());
    const fault = await faultOf(resolve(), 'registry/tls');
    assert.ok(fault.message.includes(registry.host), fault.message);
    assert.match(fault.message, /self-signed.*caFile/);
    assert.equal(registry.requests.length, 0);
  });

  test('of an authority that is set is taken', async (t) => {
    const { resolve } = await withTls(t, localhost, new Map([['ca.pem', localhost.cert]]));
    assert.equal((await resolve()).digest, smallImage.digest);
  });

  test('for another name is refused', async (t) => {
    const { resolve } = await withTls(t, elsewhere, new Map([['ca.pem', elsewhere.cert]]));
    assert.match((await faultOf(resolve(), 'registry/tls')).message, /another name/);
  });

  test('that has expired is refused', async (t) => {
    const { resolve } = await withTls(t, expired, new Map([['ca.pem', expired.cert]]));
    assert.match((await faultOf(resolve(), 'registry/tls')).message, /expired/);
  });
});

test('a CA that is set is added to the public ones, and takes the place of none', async (t) => {
  const before = getCACertificates('default');
  setDefaultCACertificates([localhost.cert]);
  t.after(() => setDefaultCACertificates(before));
  const { resolve } = await withTls(t, localhost, new Map([['ca.pem', elsewhere.cert]]));
  await resolve();
});

suite('the CA file', () => {
  test('counts from its change on, after ten seconds at most', async (t) => {
    const files = new Map([['ca.pem', elsewhere.cert]]);
    const { resolve, clock } = await withTls(t, localhost, files);
    await faultOf(resolve(), 'registry/tls');
    files.set('ca.pem', localhost.cert);
    clock.nowMs += 10_001;
    await resolve();
  });

  test('that vanishes stays in force as it was last read', async (t) => {
    const files = new Map([['ca.pem', localhost.cert]]);
    const { resolve, clock, warnings } = await withTls(t, localhost, files);
    await resolve();
    files.delete('ca.pem');
    clock.nowMs += 10_001;
    await resolve();
    assert.equal(warnings.length, 1);
  });

  test('that was never there is a fault', async (t) => {
    const files = new Map([['ca.pem', '']]);
    const { resolve } = await withTls(t, localhost, files);
    files.delete('ca.pem');
    assert.match((await faultOf(resolve(), 'registry/tls')).message, /^ca\.pem, .*cannot be read/);
  });

  test('that holds no certificate is a fault', async (t) => {
    const { resolve } = await withTls(t, localhost, new Map([['ca.pem', 'not a certificate']]));
    await faultOf(resolve(), 'registry/tls');
  });
});

test('plain HTTP where TLS was expected is a fault of TLS, with no fall back', async (t) => {
  const registry = await startHostileRegistry();
  const client = testClient({ settings: { registries: [{ match: registry.host, plainHTTP: false }] } });
  t.after(() => Promise.all([client.close(), registry.close()]));
  const resolved = client.resolve(parseReference(`${registry.host}/shop/api:1`), accessWith(), nothingKnown);
  assert.match((await faultOf(resolved, 'registry/tls')).message, /does not speak TLS/);
  assert.equal(registry.requests.length, 0);
});

test('a redirect from TLS to plain HTTP is refused', async (t) => {
  const { registry, resolve } = await withTls(t, localhost, new Map([['ca.pem', localhost.cert]]));
  registry.behave(() => ({ kind: 'redirect', location: `http://${registry.host}/v2/shop/api/manifests/1` }));
  await faultOf(resolve(), 'registry/redirect-refused');
});

test('a token server at plain HTTP is refused for a registry with TLS, and nothing is sent there', async (t) => {
  const tokens = await startHostileRegistry();
  const { registry, resolve } = await withTls(t, localhost, new Map([['ca.pem', localhost.cert]]));
  t.after(() => tokens.close());
  const headers = { 'WWW-Authenticate': `Bearer realm="${tokens.origin}/token"` };
  registry.behave(() => ({ kind: 'answer', status: 401, headers }));
  await faultOf(resolve(), 'registry/realm-refused');
  assert.equal(tokens.requests.length, 0);
});
