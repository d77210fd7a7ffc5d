// Keep-alive connections: one agent per host, TLS identity and proxy, each of which checks the address that it dials.
import type { LookupAddress, LookupAllOptions } from 'node:dns';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { LRUCache } from 'lru-cache';
import { Fault } from '../base/fault.ts';
import type { AddressRule } from './address-rule.ts';
import type { ProxyRule } from './proxy-rule.ts';
import type { NetworkLimits } from './settings.ts';

/** How connections to a host are made. PEM texts, not files. */
export interface Route {
  readonly rule: AddressRule;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** The part of `dns.lookup` that is used: every address of a name. */
export type LookupAll = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface AgentPool {
  /** @throws Fault `registry/tls` when the route's PEM texts cannot be used. */
  agentFor(url: URL, route: Route): HttpAgent;
  close(): void;
}

export interface AgentPoolOptions {
  readonly limits: NetworkLimits;
  readonly proxies: ProxyRule;
  readonly lookup: LookupAll;
}

/** `code` of the error with which a connection fails whose name has only refused addresses. */
export const addressRefusedCode = 'ERR_ADDRESS_REFUSED';

/** `code` of the error with which a connection fails that a proxy does not make. */
export const proxyRefusedCode = 'ERR_PROXY_REFUSED';

/** Idle connections are closed after this; registries and load balancers mostly close theirs after 60 s or more. */
const idleTimeoutMs = 50_000;

/** Distinct pairs of CA and client certificate; settings have a handful. */
const maxSecureContexts = 50;

export function createAgentPool({ limits, proxies, lookup }: AgentPoolOptions): AgentPool {
  // What falls out is not destroyed, because requests may be under way on it: its idle connections close by themselves.
  const agents = new LRUCache<string, HttpAgent>({ max: limits.maxHosts });
  // Each holds all public roots; hosts with the same CA share one.
  const contexts = new LRUCache<string, SecureContext>({ max: maxSecureContexts });

  function secureContextFor(route: Route): { readonly secureContext?: SecureContext } {
    if (route.ca === undefined && route.certificate === undefined) return {};
    const key = JSON.stringify([route.ca, route.certificate, route.key]);
    const secureContext = contexts.get(key) ?? createContext(route);
    contexts.set(key, secureContext);
    return { secureContext };
  }

  function create(url: URL, route: Route, proxy: string | undefined): HttpAgent {
    // How many there are is for those to bound who send: a request that waited in here would seem to wait for the host.
    const base = { keepAlive: true, timeout: idleTimeoutMs };
    const secure = url.protocol === 'https:' ? { minVersion: 'TLSv1.2' as const, ...secureContextFor(route) } : {};
    if (proxy !== undefined) return new TunnelAgent(proxy, base, { ...secure, timeout: idleTimeoutMs });
    const guarded = { ...base, ...secure, lookup: guardedLookup(route.rule, lookup) };
    const connect = limits.connectTimeoutMs;
    return url.protocol === 'https:' ? new TimedHttpsAgent(guarded, connect) : new TimedHttpAgent(guarded, connect);
  }

  return {
    agentFor(url, route) {
      const proxy = proxies.proxyFor(url);
      const key = JSON.stringify([url.origin, route.rule.id, route.ca, route.certificate, route.key, proxy]);
      const known = agents.get(key);
      if (known !== undefined) return known;
      const agent = create(url, route, proxy);
      agents.set(key, agent);
      return agent;
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

/** Only addresses that the rule lets pass reach the dialler, so that the checked address is the dialled one. */
function guardedLookup(rule: AddressRule, lookup: LookupAll): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '');
      const allowed = addresses.filter(({ address }) => rule.refusal(address) === undefined);
      const [first] = allowed;
      if (first === undefined) return callback(addressRefused(rule, addresses), '');
      return options.all === true ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
}

function addressRefused(rule: AddressRule, addresses: readonly LookupAddress[]): NodeJS.ErrnoException {
  const [first] = addresses;
  const reason = first === undefined ? 'no address' : (rule.refusal(first.address) ?? 'no address');
  return Object.assign(new Error(reason), { code: addressRefusedCode });
}

function createContext({ ca, certificate, key }: Route): SecureContext {
  try {
    return createSecureContext({
      // Node replaces its roots by `ca`; public registries must go on verifying.
      ca: [...getCACertificates('default'), ...(ca === undefined ? [] : [ca])],
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key }),
    });
  } catch (cause) {
    throw new Fault('registry/tls', 'the CA or client certificate set for the registry cannot be used', { cause });
  }
}

interface DirectOptions {
  readonly keepAlive: boolean;
  readonly timeout: number;
  readonly lookup: LookupFunction;
  readonly secureContext?: SecureContext;
}

class TimedHttpAgent extends HttpAgent {
  readonly #connectTimeoutMs: number;

  constructor(options: DirectOptions, connectTimeoutMs: number) {
    super(options);
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  override createConnection(...parameters: Parameters<HttpAgent['createConnection']>): Duplex | null | undefined {
    return endUnlessConnected(super.createConnection(...parameters), 'connect', this.#connectTimeoutMs);
  }
}

class TimedHttpsAgent extends HttpsAgent {
  readonly #connectTimeoutMs: number;

  constructor(options: DirectOptions, connectTimeoutMs: number) {
    super(options);
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  override createConnection(...parameters: Parameters<HttpsAgent['createConnection']>): Duplex | null | undefined {
    return endUnlessConnected(super.createConnection(...parameters), 'secureConnect', this.#connectTimeoutMs);
  }
}

/** Sends CONNECT for every host, plain HTTP included; its base class forgets options for the far end, which are put back here. */
class TunnelAgent extends HttpsProxyAgent<string> {
  constructor(proxy: string, options: ConstructorParameters<typeof HttpAgent>[0], farEnd: object) {
    super(proxy, { ...options });
    Object.assign(this.options, farEnd);
  }

  /** The base class passes a proxy's refusal, and that it cannot be reached, on as if the far end had done so. */
  override async connect(...parameters: Parameters<HttpsProxyAgent<string>['connect']>): Promise<Socket> {
    const [request] = parameters;
    let status: number | undefined;
    request.once('proxyConnect', (answer: { readonly statusCode: number }) => {
      status = answer.statusCode;
    });
    const refused = (reason: string): Error => Object.assign(new Error(reason), { code: proxyRefusedCode });
    const socket = await super.connect(...parameters).catch((thrown: NodeJS.ErrnoException) => {
      throw refused(`it cannot be reached itself: ${thrown.code ?? thrown.message}`);
    });
    if (status === 200) return socket;
    socket.destroy();
    throw refused(`HTTP ${status ?? 'without status'}`);
  }
}

function endUnlessConnected<S extends Duplex | null | undefined>(
  socket: S,
  event: 'connect' | 'secureConnect',
  timeoutMs: number,
): S {
  if (socket === null || socket === undefined) return socket;
  const timer = setTimeout(() => {
    socket.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }));
  }, timeoutMs);
  const stop = (): void => clearTimeout(timer);
  socket.once(event, stop).once('close', stop).once('error', stop);
  return socket;
}
