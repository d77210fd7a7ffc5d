// What the registry client is told of the environment: proxies that can be used, and nothing of those that cannot.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import { registrySettings } from '../../src/cli/registry-settings.ts';
import { defaultConfiguration } from '../../src/files/configuration.ts';

const proxyOf = (httpsProxy: string): string | undefined =>
  registrySettings(defaultConfiguration(), { httpsProxy, noColor: false }, { allowLoopback: true, refuseAddresses: [] })
    .proxy.httpsProxy;

test('a proxy is a URL of HTTP, or a host and port alone', () => {
  assert.equal(proxyOf('https://proxy.example.com:3128'), 'https://proxy.example.com:3128');
  assert.equal(proxyOf('proxy.example.com:3128'), 'http://proxy.example.com:3128');
});

for (const wrong of ['socks5://me:hidden@proxy.example.com', 'http://[::1', 'http://', 'host:port:hidden']) {
  test(`${wrong} is refused, and not told`, () => {
    assert.throws(
      () => proxyOf(wrong),
      (thrown) =>
        thrown instanceof Fault && thrown.code === 'usage' && /^HTTPS_PROXY (?!.*hidden)/.test(thrown.message),
    );
  });
}
