// The end of a channel that reads: holds the connections to a layer's bytes in its own thread, and asks the other end where they are.
import { lookup } from 'node:dns';
import type { MessagePort } from 'node:worker_threads';
import { Fault } from '../base/fault.ts';
import { faultFromMessage, messageFromThrown } from '../base/fault-message.ts';
import { createAddressRule } from './address-rule.ts';
import { createAgentPool } from './agents.ts';
import type { BodyStream } from './body-stream.ts';
import type { ChannelRequest, ToAsker, ToReader } from './channel-messages.ts';
import { endedBy, type LayerPart, LayerStream } from './layer-stream.ts';
import { createProxyRule } from './proxy-rule.ts';
import type { NetworkLimits, RegistrySettings } from './settings.ts';
import { createTransport, type DirectReply, type DirectTransport, type HttpRequest } from './transport.ts';

/** Has the connections of all channels that are read in one thread. */
export interface ChannelCarrier {
  readonly transport: DirectTransport;
  readonly limits: Pick<NetworkLimits, 'maxErrorBytes' | 'maxLayerResumes'>;
}

/** What a thread needs to know to carry channels; plain data. */
export type CarrierSettings = Pick<RegistrySettings, 'limits' | 'proxy' | 'userAgent'>;

export function createChannelCarrier({ limits, proxy, userAgent }: CarrierSettings): ChannelCarrier {
  const agents = createAgentPool({ limits, proxies: createProxyRule(proxy), lookup });
  return { transport: createTransport({ agents, limits, userAgent }), limits };
}

export interface ReadChannelOptions {
  /** Bytes that the whole layer has. */
  readonly size: number;
  /** Ends it at once, also between two pieces. */
  readonly signal: AbortSignal;
}

/**
 * The bytes of the layer at the other end of the channel, under the terms of `ImageSource.openLayer`. Takes the channel: it is closed with the stream.
 * @throws Fault `registry/*`, `integrity/size`, `cancelled`, before the first byte and while it is iterated.
 */
export async function readChannel(
  channel: MessagePort,
  { size, signal }: ReadChannelOptions,
  carrier: ChannelCarrier,
): Promise<LayerStream> {
  const end = new ReadingEnd(channel, carrier, signal);
  try {
    return new LayerStream({
      first: await end.connect(0),
      resume: (offset) => end.connect(offset),
      ended: () => end.close(),
      size,
      maxResumes: carrier.limits.maxLayerResumes,
      signal,
    });
  } catch (thrown) {
    end.close();
    throw endedBy(signal, thrown);
  }
}

/** An exchange under way, or its open body. */
interface Exchange {
  readonly controller: AbortController;
  body?: BodyStream;
}

class ReadingEnd {
  readonly #port: MessagePort;
  readonly #carrier: ChannelCarrier;
  readonly #signal: AbortSignal;
  readonly #exchanges = new Map<number, Exchange>();
  readonly #close = (): void => this.close();
  #connecting: PromiseWithResolvers<LayerPart> | undefined;
  #isClosed = false;

  constructor(port: MessagePort, carrier: ChannelCarrier, signal: AbortSignal) {
    this.#port = port;
    this.#carrier = carrier;
    this.#signal = signal;
    port.on('message', (message: ToReader) => this.#receive(message));
    port.on('close', this.#close);
    if (signal.aborted) this.close();
    else signal.addEventListener('abort', this.#close, { once: true });
  }

  /** One at a time. @throws Fault. */
  connect(offset: number): Promise<LayerPart> {
    const connecting = Promise.withResolvers<LayerPart>();
    this.#connecting = connecting;
    // Then its connection keeps the process alive.
    this.#port.ref();
    connecting.promise.catch(() => undefined).finally(() => this.#port.unref());
    if (this.#isClosed) connecting.reject(gone());
    else this.#post({ kind: 'connect', offset });
    return connecting.promise;
  }

  /** Closes every connection, and the channel. */
  close(): void {
    this.#isClosed = true;
    this.#signal.removeEventListener('abort', this.#close);
    for (const { controller } of this.#exchanges.values()) controller.abort();
    this.#exchanges.clear();
    this.#connecting?.reject(gone());
    this.#port.close();
  }

  #post(message: ToAsker): void {
    this.#port.postMessage(message);
  }

  #receive(message: ToReader): void {
    switch (message.kind) {
      case 'send':
        void this.#send(message.exchange, message.request);
        break;
      case 'abandon':
        this.#exchanges.get(message.exchange)?.controller.abort();
        break;
      case 'connected':
        this.#connected(message);
        break;
      case 'refused':
        this.#connecting?.reject(faultFromMessage(message.fault));
        break;
      default:
        message satisfies never;
    }
  }

  #connected({ exchange, from, isDelimited }: Extract<ToReader, { readonly kind: 'connected' }>): void {
    const bytes = this.#exchanges.get(exchange)?.body;
    if (bytes === undefined) this.#connecting?.reject(new Fault('internal', 'a body was given up before it was read'));
    else this.#connecting?.resolve({ bytes, from, isDelimited });
  }

  async #send(id: number, request: ChannelRequest): Promise<void> {
    const exchange: Exchange = { controller: new AbortController() };
    this.#exchanges.set(id, exchange);
    const { transport } = this.#carrier;
    try {
      const reply = await transport.send(httpRequestFrom(request), exchange.controller.signal, request.timeoutMs);
      const { status, headers } = reply;
      if (status === 200 || status === 206) {
        exchange.body = reply.stream();
        exchange.body.closed.then(() => this.#closed(id));
        this.#post({ kind: 'replied', exchange: id, status, headers });
      } else {
        const body = await this.#text(reply);
        this.#exchanges.delete(id);
        this.#post({ kind: 'replied', exchange: id, status, headers, body });
      }
    } catch (thrown) {
      this.#exchanges.delete(id);
      this.#post({ kind: 'failed', exchange: id, fault: messageFromThrown(thrown) });
    }
  }

  /** What a registry says of a failure; nothing where it cannot be read. */
  async #text(reply: DirectReply): Promise<Uint8Array> {
    const limit = {
      maxBytes: this.#carrier.limits.maxErrorBytes,
      tooLong: () => new Fault('limit', 'a body nobody wants'),
    };
    return reply.read(limit).catch(() => new Uint8Array());
  }

  #closed(id: number): void {
    this.#exchanges.delete(id);
    this.#post({ kind: 'closed', exchange: id });
  }
}

function gone(): Fault {
  return new Fault('cancelled', 'nobody reads the layer any more');
}

function httpRequestFrom({ url, headers, route }: ChannelRequest): HttpRequest {
  return { method: 'GET', url: new URL(url), headers, route: { ...route, rule: createAddressRule(route.rule) } };
}
