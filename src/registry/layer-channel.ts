// The end of a channel that asks: finds the way to a layer's bytes for whoever reads them in another thread, and never has them itself.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Fault, faultFromUnknown } from '../base/fault.ts';
import { faultFromMessage, messageFromThrown } from '../base/fault-message.ts';
import type { ChannelRequest, ToAsker, ToReader } from './channel-messages.ts';
import type { HttpRequest, Reply, Transport } from './transport.ts';

/** A body at the other end of a channel. */
export interface RemoteBody {
  readonly exchange: number;
  /** Resolves when its connection is closed or serves another request. */
  readonly closed: Promise<void>;
  /** Closes its connection. */
  abandon(): void;
}

/** Where the bytes of a layer from some byte on have been found. */
export interface FoundPart {
  readonly body: RemoteBody;
  /** Where in the layer its first byte belongs. */
  readonly from: number;
  /** Whether its end shows that it is whole: nothing says so of a body that ends with its connection. */
  readonly isDelimited: boolean;
}

/** Finds the bytes from `offset` on; whatever it sends on the way goes over the channel's transport. @throws Fault. */
export type FindPart = (offset: number, transport: Transport, signal: AbortSignal) => Promise<FoundPart>;

/**
 * The end for the reader (`readChannel`), to be handed to its thread. The channel lasts until that end is closed, by its reader or with its
 * thread; `signal` ends what is under way on it.
 */
export function createLayerChannel(find: FindPart, signal: AbortSignal): MessagePort {
  const { port1, port2 } = new MessageChannel();
  new AskingEnd(port1, find, signal);
  return port2;
}

/** The body that a reply left at the other end of its channel; undefined for any other reply. */
export function remoteBodyOf(reply: Reply): RemoteBody | undefined {
  return reply instanceof RemoteReply ? reply.remoteBody : undefined;
}

type Replied = Extract<ToAsker, { readonly kind: 'replied' }>;

/** An exchange that the other end was asked for, until its connection is free again. */
interface Exchange {
  readonly request: HttpRequest;
  readonly reply: PromiseWithResolvers<Reply>;
  readonly closed: PromiseWithResolvers<void>;
}

class AskingEnd implements Transport {
  readonly #port: MessagePort;
  readonly #find: FindPart;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  readonly #exchanges = new Map<number, Exchange>();
  #lastId = 0;

  constructor(port: MessagePort, find: FindPart, signal: AbortSignal) {
    this.#port = port;
    this.#find = find;
    this.#signal = AbortSignal.any([signal, this.#closing.signal]);
    port.on('message', (message: ToAsker) => this.#receive(message));
    port.on('close', () => this.#close());
    // Whoever waits for the layer keeps the process alive.
    port.unref();
  }

  async send(request: HttpRequest, signal: AbortSignal, timeoutMs: number): Promise<Reply> {
    signal.throwIfAborted();
    this.#lastId += 1;
    const id = this.#lastId;
    const exchange: Exchange = { request, reply: Promise.withResolvers(), closed: Promise.withResolvers() };
    this.#exchanges.set(id, exchange);
    const abandon = (): void => {
      exchange.reply.reject(faultFromUnknown(signal.reason));
      this.#post({ kind: 'abandon', exchange: id });
    };
    signal.addEventListener('abort', abandon, { once: true });
    exchange.closed.promise.then(() => signal.removeEventListener('abort', abandon));
    this.#post({ kind: 'send', exchange: id, request: channelRequestFrom(request, timeoutMs) });
    return exchange.reply.promise;
  }

  #post(message: ToReader): void {
    this.#port.postMessage(message);
  }

  #receive(message: ToAsker): void {
    if (message.kind === 'connect') return void this.#connect(message.offset);
    const exchange = this.#exchanges.get(message.exchange);
    if (exchange === undefined) return;
    switch (message.kind) {
      case 'replied':
        exchange.reply.resolve(this.#replyFrom(message, exchange));
        if (message.body !== undefined) this.#end(message.exchange);
        break;
      case 'failed':
        exchange.reply.reject(faultFromMessage(message.fault));
        this.#end(message.exchange);
        break;
      case 'closed':
        this.#end(message.exchange);
        break;
      default:
        message satisfies never;
    }
  }

  async #connect(offset: number): Promise<void> {
    try {
      const { body, from, isDelimited } = await this.#find(offset, this, this.#signal);
      this.#post({ kind: 'connected', exchange: body.exchange, from, isDelimited });
    } catch (thrown) {
      this.#post({ kind: 'refused', fault: messageFromThrown(thrown) });
    }
  }

  #replyFrom({ exchange, status, headers, body }: Replied, { request, closed }: Exchange): Reply {
    if (body !== undefined) return new RemoteReply({ status, request, headers }, body);
    const abandon = (): void => this.#post({ kind: 'abandon', exchange });
    return new RemoteReply({ status, request, headers }, { exchange, closed: closed.promise, abandon });
  }

  #end(id: number): void {
    this.#exchanges.get(id)?.closed.resolve();
    this.#exchanges.delete(id);
  }

  #close(): void {
    const gone = new Fault('cancelled', 'nobody reads the layer any more');
    this.#closing.abort(gone);
    for (const [id, { reply }] of this.#exchanges) {
      reply.reject(gone);
      this.#end(id);
    }
  }
}

function channelRequestFrom({ url, headers, route }: HttpRequest, timeoutMs: number): ChannelRequest {
  const { rule, ...identity } = route;
  return { url: url.href, headers, route: { ...identity, rule: rule.options }, timeoutMs };
}

class RemoteReply implements Reply {
  readonly status: number;
  readonly request: HttpRequest;
  readonly #headers: ReadonlyMap<string, string>;
  readonly #body: Uint8Array | RemoteBody;

  constructor(
    { status, request, headers }: Pick<Replied, 'status' | 'headers'> & Pick<Reply, 'request'>,
    body: Uint8Array | RemoteBody,
  ) {
    this.status = status;
    this.request = request;
    this.#headers = headers;
    this.#body = body;
  }

  get remoteBody(): RemoteBody | undefined {
    return this.#body instanceof Uint8Array ? undefined : this.#body;
  }

  header(name: string): string | undefined {
    return this.#headers.get(name.toLowerCase());
  }

  async read({ maxBytes, tooLong }: Parameters<Reply['read']>[0]): Promise<Uint8Array> {
    if (!(this.#body instanceof Uint8Array) || this.#body.length > maxBytes) throw tooLong();
    return this.#body;
  }

  async discard(): Promise<void> {
    this.remoteBody?.abandon();
  }
}
