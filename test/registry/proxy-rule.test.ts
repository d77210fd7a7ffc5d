// NO_PROXY means to this program what it means to Go programs beside it.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createProxyRule } from '../../src/registry/proxy-rule.ts';

const proxy = 'http://proxy.example.com:3128';

const rows: readonly (readonly [claim: string, noProxy: string, url: string, isProxied: boolean])[] = [
  ['everything without exceptions', '', 'https://registry.example.com/', true],
  ['a name is itself', 'example.com', 'https://example.com/', false],
  ['a name is everything below it', 'example.com', 'https://registry.example.com/', false],
  ['a name is not what only ends like it', 'example.com', 'https://badexample.com/', true],
  ['a leading dot is what lies below', '.example.com', 'https://registry.example.com/', false],
  ['a leading dot is not the name itself', '.example.com', 'https://example.com/', true],
  ['a leading star is what lies below', '*.example.com', 'https://registry.example.com/', false],
  ['a star is everything', '*', 'https://registry.example.com/', false],
  ['case does not count', 'EXAMPLE.com', 'https://registry.example.COM/', false],
  ['spaces do not count', ' a.example , example.com ', 'https://example.com/', false],
  ['a port narrows', 'example.com:5000', 'https://example.com:5000/', false],
  ['another port is proxied', 'example.com:5000', 'https://example.com/', true],
  ['the default port can be written', 'example.com:443', 'https://example.com/', false],
  ['an address is itself', '10.0.0.5', 'https://10.0.0.5/', false],
  ['an address with a port narrows', '10.0.0.5:5000', 'https://10.0.0.5/', true],
  ['a range has its addresses', '10.0.0.0/8', 'https://10.1.2.3:5000/', false],
  ['a range has no others', '10.0.0.0/8', 'https://11.1.2.3/', true],
  ['a range has no names', '0.0.0.0/0', 'https://registry.example.com/', true],
  ['an IPv6 address is itself', '2001:db8::1', 'https://[2001:db8::1]/', false],
  ['a bracketed IPv6 address with a port narrows', '[2001:db8::1]:5000', 'https://[2001:db8::1]:5000/', false],
  ['a range of IPv6 has its addresses', '2001:db8::/32', 'https://[2001:db8::1]/', false],
  ['loopback is never proxied', '', 'https://127.0.0.1:5000/', false],
  ['localhost is never proxied', '', 'https://localhost:5000/', false],
  ['cluster names are excepted as they are written', '.svc,.cluster.local', 'https://registry.shop.svc:5000/', false],
];

suite('a proxy is used for', () => {
  for (const [claim, noProxy, url, isProxied] of rows) {
    test(claim, () => {
      const rule = createProxyRule({ httpsProxy: proxy, noProxy });
      assert.equal(rule.proxyFor(new URL(url)), isProxied ? proxy : undefined);
    });
  }
});

test('each scheme has its own proxy', () => {
  const rule = createProxyRule({ httpProxy: 'http://plain.example.com', httpsProxy: proxy });
  assert.equal(rule.proxyFor(new URL('http://registry.example.com/')), 'http://plain.example.com');
  assert.equal(rule.proxyFor(new URL('https://registry.example.com/')), proxy);
  assert.equal(createProxyRule({ httpsProxy: proxy }).proxyFor(new URL('http://registry.example.com/')), undefined);
});

test('a proxy without a scheme is an http proxy', () => {
  const rule = createProxyRule({ httpsProxy: 'proxy.example.com:3128' });
  assert.equal(rule.proxyFor(new URL('https://registry.example.com/')), proxy);
});
