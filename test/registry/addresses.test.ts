// Addresses are checked when they are dialled, whatever led to them.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseReference } from '../../src/oci/reference.ts';
import type { LookupAll } from '../../src/registry/agents.ts';
import type { RegistrySettings } from '../../src/registry/settings.ts';
import { startHostileRegistry } from '../support/hostile-registry.ts';
import { accessWith, faultOf, nothingKnown, smallImage, testClient } from '../support/registry-client.ts';

/** Answers every name with these addresses, and counts. */
function resolver(...answers: readonly (readonly string[])[]): {
  readonly lookup: LookupAll;
  readonly asked: string[];
} {
  const asked: string[] = [];
  const lookup: LookupAll = (hostname, _options, callback) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(hostname);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { lookup, asked };
}

const strict: Partial<RegistrySettings> = { allowLoopback: false };

suite('a host name is refused that leads to', () => {
  const rows: readonly (readonly [claim: string, addresses: readonly string[]])[] = [
    ['a metadata address', ['169.254.169.254']],
    ['loopback', ['127.0.0.1']],
    ['loopback of IPv6', ['::1']],
    ['metadata in mapped form', ['::ffff:169.254.169.254']],
    ['several addresses, all of them inside', ['127.0.0.1', '169.254.169.254', '::1']],
    ['no address at all', []],
  ];
  for (const [claim, addresses] of rows) {
    test(claim, async (t) => {
      const { lookup, asked } = resolver(addresses);
      const client = testClient({ settings: strict, deps: { lookup } });
      t.after(() => client.close());
      const resolved = client.resolve(parseReference('registry.example.com/x'), accessWith(), nothingKnown);
      const fault = await faultOf(resolved, 'registry/address-refused');
      assert.match(fault.message, /registry\.example\.com/);
      assert.deepEqual(asked, ['registry.example.com']);
    });
  }
});

suite('a literal address is refused', () => {
  for (const host of [
    '127.0.0.1:5000',
    '169.254.169.254',
    '[::1]:5000',
    '[::ffff:a9fe:a9fe]',
    '0.0.0.0',
    'localhost:5000',
  ]) {
    test(`${host}, by default`, async (t) => {
      const client = testClient({ settings: strict });
      t.after(() => client.close());
      const resolved = client.resolve(parseReference(`${host}/a`), accessWith(), nothingKnown);
      const fault = await faultOf(resolved, 'registry/address-refused');
      assert.match(fault.message, /does not dial/);
    });
  }

  test('also when a proxy would be used', async (t) => {
    const client = testClient({ settings: { ...strict, proxy: { httpsProxy: 'http://proxy.example.com:3128' } } });
    t.after(() => client.close());
    const resolved = client.resolve(parseReference('169.254.169.254/a'), accessWith(), nothingKnown);
    await faultOf(resolved, 'registry/address-refused');
  });
});

test('the checked address is the one that is dialled, when names change their answer', async (t) => {
  const registry = await startHostileRegistry();
  registry.put('shop/api', '1', smallImage);
  const { lookup, asked } = resolver(['127.0.0.1'], ['169.254.169.254']);
  const host = `registry.example.com:${registry.host.split(':')[1]}`;
  const entry = { match: host, plainHTTP: true, allowAddresses: ['127.0.0.1'] };
  const client = testClient({ settings: { ...strict, registries: [entry] }, deps: { lookup } });
  t.after(() => Promise.all([client.close(), registry.close()]));
  await client.resolve(parseReference(`${host}/shop/api:1`), accessWith(), nothingKnown);
  assert.equal(asked.length, 1);
  assert.equal(registry.requests.length, 1);
});

test('connections are kept and used again', async (t) => {
  const registry = await startHostileRegistry();
  registry.put('shop/api', '1', smallImage);
  const { lookup, asked } = resolver(['127.0.0.1']);
  const host = `registry.example.com:${registry.host.split(':')[1]}`;
  const client = testClient({ settings: { registries: [{ match: host, plainHTTP: true }] }, deps: { lookup } });
  t.after(() => Promise.all([client.close(), registry.close()]));
  for (const _ of [1, 2, 3]) await client.resolve(parseReference(`${host}/shop/api:1`), accessWith(), nothingKnown);
  assert.equal(registry.requests.length, 3);
  assert.equal(asked.length, 1);
});

test('of several addresses only those are dialled that may be', async (t) => {
  const registry = await startHostileRegistry();
  registry.put('shop/api', '1', smallImage);
  const { lookup } = resolver(['169.254.169.254', '127.0.0.1']);
  const host = `registry.example.com:${registry.host.split(':')[1]}`;
  const entry = { match: host, plainHTTP: true, allowAddresses: ['127.0.0.0/8'] };
  const client = testClient({ settings: { ...strict, registries: [entry] }, deps: { lookup } });
  t.after(() => Promise.all([client.close(), registry.close()]));
  await client.resolve(parseReference(`${host}/shop/api:1`), accessWith(), nothingKnown);
});

test('what is opened for one registry stays closed for the others', async (t) => {
  const registry = await startHostileRegistry();
  const entry = { match: registry.host, plainHTTP: true, allowAddresses: ['127.0.0.1'] };
  const client = testClient({ settings: { ...strict, registries: [entry] } });
  t.after(() => Promise.all([client.close(), registry.close()]));
  await faultOf(client.resolve(parseReference(`${registry.host}/a`), accessWith(), nothingKnown), 'registry/not-found');
  const other = client.resolve(parseReference('127.0.0.1:1/a'), accessWith(), nothingKnown);
  await faultOf(other, 'registry/address-refused');
});

test('the API server is refused by the address that it has', async (t) => {
  const { lookup } = resolver(['10.96.0.1']);
  const client = testClient({ settings: { ...strict, refuseAddresses: ['10.96.0.1'] }, deps: { lookup } });
  t.after(() => client.close());
  const resolved = client.resolve(parseReference('kubernetes.default.svc/a'), accessWith(), nothingKnown);
  await faultOf(resolved, 'registry/address-refused');
});
