// Sends requests with regard for each host: few at once, none while it is failing or has asked for quiet, all of them counted.
import { LRUCache } from 'lru-cache';
import { Fault } from '../base/fault.ts';
import { createGate, type Gate } from '../base/gate.ts';
import { printable } from '../base/printable.ts';
import { repeatsCredential } from './echo.ts';
import { createHostHealth, type HostHealth, type HostOutcome } from './host-health.ts';
import type { RegistryLog, RegistryMetrics, RegistryOperation } from './registry-log.ts';
import type { NetworkLimits } from './settings.ts';
import { faultFromReply, isPassingStatus } from './status-fault.ts';
import type { HttpRequest, Reply, Transport } from './transport.ts';

/** Who asks, and for what; none of it goes over the wire. */
export interface Errand {
  readonly operation: RegistryOperation;
  /** What is asked for, as a noun phrase for messages. */
  readonly what: string;
  /** Separates blocks: a rate limit of one credential does not silence another. */
  readonly identity: string;
  /**
   * Over what else than the usual transport it goes. Its body then is streamed and may last for minutes: it takes no place that short
   * requests share, and its headers alone tell how the host is. Whoever sends it bounds how many there are.
   */
  readonly channel?: Transport;
}

export interface Hosts {
  /**
   * Sends one request and hands the reply to `consume`, during which the host's place is held. Statuses that pass by themselves
   * (5xx, 429, …) never reach `consume`: they are Faults.
   * @throws Fault `registry/*`, `cancelled`, and whatever `consume` throws.
   */
  exchange<T>(
    request: HttpRequest,
    errand: Errand,
    signal: AbortSignal,
    consume: (reply: Reply) => Promise<T>,
  ): Promise<T>;
}

export interface HostsDeps {
  readonly transport: Transport;
  readonly limits: NetworkLimits;
  readonly now: () => number;
  readonly log: RegistryLog;
  readonly metrics: RegistryMetrics;
}

interface HostState {
  readonly gate: Gate;
  readonly health: HostHealth;
}

/** Distinct `Warning` texts that are remembered, so that each is logged once. */
const maxWarnings = 500;

export function createHosts({ transport, limits, now, log, metrics }: HostsDeps): Hosts {
  const states = new LRUCache<string, HostState>({ max: limits.maxHosts });
  const warned = new LRUCache<string, true>({ max: maxWarnings });
  const everywhere = createGate(limits.maxRequests);
  const reading = createGate(limits.maxReads);

  function stateOf(url: URL): HostState {
    const known = states.get(url.origin);
    if (known !== undefined) return known;
    const state = {
      gate: createGate(limits.maxRequestsPerHost),
      health: createHostHealth(url.host, limits, now),
    };
    states.set(url.origin, state);
    return state;
  }

  function noteHeaders(reply: Reply): void {
    const remaining = /^([0-9]{1,12})(?:;|$)/.exec(reply.header('ratelimit-remaining')?.trim() ?? '')?.[1];
    if (remaining !== undefined) metrics.rateLimitRemaining(reply.request.url.host, Number(remaining));
    const header = reply.header('warning');
    if (header === undefined || repeatsCredential(header, reply.request)) return;
    const warning = printable(header);
    const key = `${reply.request.url.host} ${warning}`;
    if (warned.has(key)) return;
    warned.set(key, true);
    log.warn('a registry sent a warning', { host: reply.request.url.host, warning });
  }

  async function sendOnce<T>(
    request: HttpRequest,
    errand: Errand,
    signal: AbortSignal,
    consume: (reply: Reply) => Promise<T>,
  ): Promise<T> {
    const { health } = stateOf(request.url);
    const leave = health.enter(errand.identity);
    let outcome: HostOutcome = 'unknown';
    try {
      // A blob store that fetches what is cold is as slow with its headers as with its bytes.
      const timeoutMs = errand.channel === undefined ? limits.responseTimeoutMs : limits.layerStallMs;
      const reply = await timed(request, errand, () => (errand.channel ?? transport).send(request, signal, timeoutMs));
      noteHeaders(reply);
      if (isPassingStatus(reply.status)) {
        outcome = reply.status >= 500 ? 'failed' : 'answered';
        throw await passingFault(reply, errand, health);
      }
      if (errand.channel !== undefined) leave('answered');
      const result = await (errand.channel === undefined ? read(reply, signal, consume) : taken(reply, consume));
      outcome = 'answered';
      return result;
    } catch (thrown) {
      if (outcome === 'unknown') outcome = outcomeOf(thrown);
      throw thrown;
    } finally {
      leave(outcome);
    }
  }

  /** A reply that waits here holds its connection but no memory; its own timer runs on. */
  function read<T>(reply: Reply, signal: AbortSignal, consume: (reply: Reply) => Promise<T>): Promise<T> {
    return taken(reply, () => waitInLine(reading, signal, reply.request.url.host, () => consume(reply)));
  }

  async function taken<T>(reply: Reply, consume: (reply: Reply) => Promise<T>): Promise<T> {
    try {
      return await consume(reply);
    } finally {
      await reply.discard();
    }
  }

  async function timed(request: HttpRequest, errand: Errand, send: () => Promise<Reply>): Promise<Reply> {
    const startedMs = now();
    const report = (status: string): void =>
      metrics.request({ host: request.url.host, operation: errand.operation, status, durationMs: now() - startedMs });
    try {
      const reply = await send();
      report(String(reply.status));
      return reply;
    } catch (thrown) {
      report(thrown instanceof Fault ? thrown.code : 'internal');
      throw thrown;
    }
  }

  async function passingFault(reply: Reply, errand: Errand, health: HostHealth): Promise<Fault> {
    const fault = await faultFromReply(reply, { what: errand.what, nowMs: now(), maxErrorBytes: limits.maxErrorBytes });
    if (fault.retryAtMs !== undefined && fault.retryAtMs - now() > limits.maxRetryAfterMs) {
      health.block(errand.identity, fault.retryAtMs);
    }
    return fault;
  }

  return {
    async exchange<T>(
      request: HttpRequest,
      errand: Errand,
      signal: AbortSignal,
      consume: (reply: Reply) => Promise<T>,
    ): Promise<T> {
      // Refused at once while the host is out of bounds, without waiting in its line.
      const { gate, health } = stateOf(request.url);
      health.enter(errand.identity)('unknown');
      const { host } = request.url;
      const send = (): Promise<T> => sendOnce(request, errand, signal, consume);
      if (errand.channel !== undefined) return send();
      return waitInLine(gate, signal, host, () => waitInLine(everywhere, signal, host, send));
    },
  };
}

/** The gate answers an abort with the signal's reason; here that becomes a Fault. */
export async function waitInLine<T>(gate: Gate, signal: AbortSignal, host: string, job: () => Promise<T>): Promise<T> {
  let isInside = false;
  try {
    return await gate.run(signal, () => {
      isInside = true;
      return job();
    });
  } catch (thrown) {
    if (isInside || thrown instanceof Fault) throw thrown;
    const isDeadline = thrown instanceof Error && thrown.name === 'TimeoutError';
    throw new Fault(isDeadline ? 'registry/timeout' : 'cancelled', `${host} was busy until the deadline passed`);
  }
}

/** Only what shows the host unwell counts as a failure; refusals by this program and TLS settings do not. */
function outcomeOf(thrown: unknown): HostOutcome {
  if (!(thrown instanceof Fault)) return 'unknown';
  if (thrown.code === 'registry/unreachable' || thrown.code === 'registry/timeout') return 'failed';
  return thrown.code === 'cancelled' || thrown.code === 'registry/address-refused' ? 'unknown' : 'answered';
}
