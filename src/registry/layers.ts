// Layer blobs over one login: found whole or from some byte on, a few at a time from each registry, with the size that is announced.
import { LRUCache } from 'lru-cache';
import { Fault } from '../base/fault.ts';
import { createGate, type Gate } from '../base/gate.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { waitInLine } from './hosts.ts';
import { type FoundPart, remoteBodyOf } from './layer-channel.ts';
import { wrongSize } from './layer-stream.ts';
import type { Login } from './login.ts';
import type { Logins } from './logins.ts';
import type { NetworkLimits } from './settings.ts';
import { faultFromReply } from './status-fault.ts';
import type { Reply, Transport } from './transport.ts';

type LayerBlob = Pick<Descriptor, 'digest' | 'size'>;

/** How a blob is asked for. */
interface Asked {
  readonly method: 'GET' | 'HEAD';
  readonly offset?: number;
  readonly channel?: Transport;
}

interface FindOptions {
  /** Where the first byte that is wanted lies in the layer. */
  readonly offset: number;
  /** Over which it is asked for, and at whose other end the bytes stay. */
  readonly channel: Transport;
  readonly signal: AbortSignal;
}

export interface Layers {
  /**
   * One GET, whose bytes are not verified. It waits for a place among the layers of its registry and holds it until the body is
   * closed, by its end, its reader or `signal`.
   * @throws Fault `registry/*`, `cancelled`; `integrity/size` when another size is announced than the descriptor's.
   */
  find(login: Login, layer: LayerBlob, options: FindOptions): Promise<FoundPart>;
  /** Whether the registry gives the login a blob of this digest and size: one HEAD, or a GET that is left at once where HEAD does not say. @throws Fault. */
  has(login: Login, layer: LayerBlob, signal: AbortSignal): Promise<boolean>;
}

export interface LayersDeps {
  readonly logins: Logins;
  readonly limits: NetworkLimits;
  readonly now: () => number;
}

export function createLayers({ logins, limits, now }: LayersDeps): Layers {
  const gates = new LRUCache<string, Gate>({ max: limits.maxHosts });

  function gateOf({ origin }: URL): Gate {
    const gate = gates.get(origin) ?? createGate(limits.maxLayersPerHost);
    gates.set(origin, gate);
    return gate;
  }

  function exchange<T>(
    login: Login,
    { digest }: LayerBlob,
    asked: Asked,
    signal: AbortSignal,
    consume: (reply: Reply) => Promise<T>,
  ): Promise<T> {
    const { method, offset = 0, channel } = asked;
    const what = `${login.repository}@${digest}`;
    const request = {
      method,
      path: `${login.repository}/blobs/${digest}`,
      headers: { Accept: '*/*', ...(offset === 0 ? {} : { Range: `bytes=${offset}-` }) },
      errand: {
        operation: 'layer' as const,
        what,
        identity: login.fingerprint,
        ...(channel === undefined ? {} : { channel }),
      },
    };
    return logins.exchange(login, request, signal, consume);
  }

  function refusal(reply: Reply, login: Login, { digest }: LayerBlob): Promise<Fault> {
    const what = `${login.repository}@${digest}`;
    return faultFromReply(reply, { what, nowMs: now(), maxErrorBytes: limits.maxErrorBytes });
  }

  /** Undefined where the answer does not say, or there is none. */
  async function sizeTold(login: Login, layer: LayerBlob, method: 'GET' | 'HEAD', signal: AbortSignal) {
    return exchange(login, layer, { method }, signal, async (reply) => {
      if (method === 'HEAD' && (reply.status === 405 || reply.status === 403)) return undefined;
      if (reply.status !== 200) throw await refusal(reply, login, layer);
      return announcedBytes(reply);
    });
  }

  return {
    async find(login, layer, { offset, channel, signal }) {
      const { apiRoot } = login.endpoint;
      const found = Promise.withResolvers<FoundPart>();
      // The login is proven inside: while it waits in line, a token may end.
      const whileOpen = (): Promise<void> =>
        exchange(login, layer, { method: 'GET', offset, channel }, signal, async (reply) => {
          const body = remoteBodyOf(reply);
          if (body === undefined) throw await refusal(reply, login, layer);
          const from = reply.status === 206 ? rangeStart(reply, offset, layer.size) : 0;
          const announced = announcedBytes(reply);
          if (announced !== undefined && announced !== layer.size - from) throw wrongSize();
          const isDelimited = announced !== undefined || reply.header('transfer-encoding') !== undefined;
          found.resolve({ body, from, isDelimited });
          await body.closed;
        });
      waitInLine(gateOf(apiRoot), signal, apiRoot.host, whileOpen).catch(found.reject);
      return found.promise;
    },
    async has(login, layer, signal) {
      const told = (await sizeTold(login, layer, 'HEAD', signal)) ?? (await sizeTold(login, layer, 'GET', signal));
      return told === layer.size;
    },
  };
}

/** `Content-Length`; Node has refused what is no number. */
function announcedBytes(reply: Reply): number | undefined {
  const text = reply.header('content-length');
  return text === undefined ? undefined : Number(text);
}

/** Where the bytes of a 206 begin: exactly where they were asked for, and they go to the end (RFC 9110 14.4). */
function rangeStart(reply: Reply, offset: number, size: number): number {
  const range = reply.header('content-range') ?? '';
  const isWanted = [String(size), '*'].some((total) => range === `bytes ${offset}-${size - 1}/${total}`);
  if (isWanted) return offset;
  throw new Fault('registry/protocol', `${reply.request.url.host} sent other bytes of a layer than it was asked for`);
}
