// Which requests go through a proxy: HTTP_PROXY, HTTPS_PROXY and NO_PROXY as Go programs read them.
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { isAddressRange } from './address-rule.ts';
import { isLoopbackHost } from './endpoints.ts';
import type { ProxySettings } from './settings.ts';

export interface ProxyRule {
  /** The proxy for this URL, or undefined to connect directly. */
  proxyFor(url: URL): string | undefined;
}

/**
 * The meaning of golang.org/x/net/http/httpproxy: `example.com` is itself and everything below it, `.example.com` and `*.example.com` only
 * what is below, addresses and CIDR ranges match literal hosts, `:port` narrows, `*` is everything; loopback is never proxied.
 */
export function createProxyRule(settings: ProxySettings): ProxyRule {
  const exceptions = (settings.noProxy ?? '')
    .split(',')
    .map((text) => text.trim().toLowerCase())
    .filter((text) => text !== '')
    .map(exceptionFor);
  return {
    proxyFor(url) {
      const proxy = url.protocol === 'https:' ? settings.httpsProxy : settings.httpProxy;
      if (proxy === undefined || proxy === '' || isLoopbackHost(url.host)) return undefined;
      const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
      const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
      if (exceptions.some((matches) => matches(host, port))) return undefined;
      return proxy.includes('://') ? proxy : `http://${proxy}`;
    },
  };
}

type Exception = (host: string, port: string) => boolean;

function exceptionFor(text: string): Exception {
  if (text === '*') return () => true;
  if (text.includes('/') && isAddressRange(text)) return rangeException(text);
  const { name, port: wanted } = splitPort(text);
  const matchesPort = (port: string): boolean => wanted === undefined || wanted === port;
  if (isIPv4(name) || isIPv6(name)) {
    const matches = rangeException(name);
    return (host, port) => matchesPort(port) && matches(host, port);
  }
  const below = name.startsWith('*.') ? name.slice(1) : name.startsWith('.') ? name : `.${name}`;
  const isExactAllowed = below.length > name.length;
  return (host, port) => matchesPort(port) && (host.endsWith(below) || (isExactAllowed && host === name));
}

function rangeException(text: string): Exception {
  const [address = '', bits] = text.split('/');
  const list = new BlockList();
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  list.addSubnet(address, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family);
  return (host) => (isIPv4(host) && list.check(host, 'ipv4')) || (isIPv6(host) && list.check(host, 'ipv6'));
}

function splitPort(text: string): { readonly name: string; readonly port?: string } {
  const bracketed = /^\[([^\]]+)\](?::([0-9]+))?$/.exec(text);
  const plain = bracketed ?? (isIPv6(text) ? null : /^([^:]*):([0-9]+)$/.exec(text));
  if (plain === null) return { name: text };
  const [, name = '', port] = plain;
  return port === undefined ? { name } : { name, port };
}
