// Layer blobs over one login: asked for whole or from some byte on, a few at a time from each registry, with the size that is announced.
import { LRUCache } from 'lru-cache';
import { Fault } from '../base/fault.ts';
import { createGate, type Gate } from '../base/gate.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { waitInLine } from './hosts.ts';
import { type LayerPart, wrongSize } from './layer-stream.ts';
import type { Login } from './login.ts';
import type { Logins } from './logins.ts';
import type { NetworkLimits } from './settings.ts';
import { faultFromReply } from './status-fault.ts';
import type { Reply } from './transport.ts';

type LayerBlob = Pick<Descriptor, 'digest' | 'size'>;

/** `announced`: how many bytes the answer says that it has. */
type AnnouncedPart = LayerPart & { readonly announced: number | undefined };

export interface Layers {
  /**
   * One GET, whose bytes are not verified. It waits for a place among the layers of its registry and holds it until its stream is
   * closed, by its end, its reader or `signal`.
   * @throws Fault `registry/*`, `cancelled`; `integrity/size` when another size is announced than the descriptor's.
   */
  open(login: Login, layer: LayerBlob, offset: number, signal: AbortSignal): Promise<LayerPart>;
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
    asked: { readonly method: 'GET' | 'HEAD'; readonly offset?: number },
    signal: AbortSignal,
    consume: (reply: Reply) => Promise<T>,
  ): Promise<T> {
    const { method, offset = 0 } = asked;
    const what = `${login.repository}@${digest}`;
    const request = {
      method,
      path: `${login.repository}/blobs/${digest}`,
      headers: { Accept: '*/*', ...(offset === 0 ? {} : { Range: `bytes=${offset}-` }) },
      errand: { operation: 'layer' as const, what, identity: login.fingerprint, isStream: method === 'GET' },
    };
    return logins.exchange(login, request, signal, consume);
  }

  function refusal(reply: Reply, login: Login, { digest }: LayerBlob): Promise<Fault> {
    const what = `${login.repository}@${digest}`;
    return faultFromReply(reply, { what, nowMs: now(), maxErrorBytes: limits.maxErrorBytes });
  }

  async function open(login: Login, layer: LayerBlob, offset: number, signal: AbortSignal): Promise<AnnouncedPart> {
    const { apiRoot } = login.endpoint;
    const opened = Promise.withResolvers<AnnouncedPart>();
    // The login is proven inside: while it waits in line, a token may end.
    const whileOpen = (): Promise<void> =>
      exchange(login, layer, { method: 'GET', offset }, signal, async (reply) => {
        const isPart = reply.status === 206;
        if (reply.status !== 200 && !isPart) throw await refusal(reply, login, layer);
        const from = isPart ? rangeStart(reply, offset, layer.size) : 0;
        const announced = announcedBytes(reply);
        const bytes = reply.stream();
        if (announced !== undefined && announced !== layer.size - from) {
          await bytes.return?.();
          throw wrongSize();
        }
        const isDelimited = announced !== undefined || reply.header('transfer-encoding') !== undefined;
        opened.resolve({ bytes, from, isDelimited, announced });
        await bytes.closed;
      });
    waitInLine(gateOf(apiRoot), signal, apiRoot.host, whileOpen).catch(opened.reject);
    return opened.promise;
  }

  return {
    open,
    async has(login, layer, signal) {
      const announced = await exchange(login, layer, { method: 'HEAD' }, signal, async (reply) => {
        if (reply.status === 405 || reply.status === 403) return undefined;
        if (reply.status !== 200) throw await refusal(reply, login, layer);
        return announcedBytes(reply);
      });
      if (announced !== undefined) return announced === layer.size;
      const part = await open(login, layer, 0, signal);
      await part.bytes.return?.();
      return part.announced === layer.size;
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
  throw new Fault('registry/protocol', `${reply.url.host} sent other bytes of a layer than it was asked for`);
}
