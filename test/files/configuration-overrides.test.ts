// Flags over the configuration: what is given as a flag outranks the file, and nothing else changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import { defaultConfiguration, parseConfiguration } from '../../src/files/configuration.ts';
import { withOverrides } from '../../src/files/configuration-overrides.ts';

const configured = parseConfiguration(
  `
apiVersion: tidewaiter.dev/v1alpha1
kind: Configuration
server: { tls: { certFile: /c, keyFile: /k, clientCaFile: /a } }
policies: { paths: [/p], checkEvery: 30s }
`,
  'config.yaml',
);

test('no flag changes nothing', () => {
  assert.deepEqual(withOverrides(configured, {}), configured);
});

test('each flag takes the place of its setting', () => {
  const { server, policies, dataDirectory } = withOverrides(configured, {
    listen: '127.0.0.1:0',
    probeListen: '[::1]:9',
    policies: ['mine'],
    dataDir: 'data',
    tlsCert: 'cert',
    tlsKey: 'key',
    clientCa: 'authorities',
  });
  assert.deepEqual(
    [server.listen, server.probeListen],
    [
      { host: '127.0.0.1', port: 0 },
      { host: '::1', port: 9 },
    ],
  );
  assert.deepEqual(policies, { paths: ['mine'], checkEveryMs: 30_000 });
  assert.equal(dataDirectory, 'data');
  assert.deepEqual(server.tls, { certFile: 'cert', keyFile: 'key', clientCaFile: 'authorities' });
});

test('a new certificate keeps the authorities of clients that are configured', () => {
  const { server } = withOverrides(configured, { tlsCert: 'cert', tlsKey: 'key' });
  assert.deepEqual(server.tls, { certFile: 'cert', keyFile: 'key', clientCaFile: '/a' });
});

test('--insecure-http takes the certificate away', () => {
  const { server } = withOverrides(configured, { insecureHttp: true });
  assert.deepEqual([server.insecureHttp, server.tls], [true, undefined]);
});

for (const [claim, overrides, code] of [
  ['a certificate without its key', { tlsCert: 'c' }, 'usage'],
  ['a key without its certificate', { tlsKey: 'k' }, 'usage'],
  ['authorities of clients without a certificate', { clientCa: 'a' }, 'usage'],
  ['a place to listen that is none', { listen: '8443' }, 'document/invalid'],
] as const) {
  test(`refuses ${claim}`, () => {
    assert.throws(
      () => withOverrides(defaultConfiguration(), overrides),
      (thrown) => thrown instanceof Fault && thrown.code === code,
    );
  });
}
