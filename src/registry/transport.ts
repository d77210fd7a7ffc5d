// One HTTP exchange: sent as it is, answered as it came, bounded in time and size; no redirects, no retries, no credentials of its own.
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import fetch, { type Response } from 'node-fetch';
import { Fault } from '../base/fault.ts';
import type { AgentPool, Route } from './agents.ts';
import { BodyStream } from './body-stream.ts';
import { RequestLifetime } from './request-lifetime.ts';
import type { NetworkLimits } from './settings.ts';
import { addressRefused } from './transport-fault.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly route: Route;
}

/** Bounds one body. */
interface ReadLimit {
  readonly maxBytes: number;
  /** Made when the body is longer; it is not read beyond `maxBytes` + 1. */
  readonly tooLong: () => Fault;
}

export interface Reply {
  readonly status: number;
  /** What it answers. */
  readonly request: HttpRequest;
  /** A header's value, several lines joined with `, `. */
  header(name: string): string | undefined;
  /** Reads the body, once. @throws Fault `registry/*`, `cancelled`, or what `tooLong` makes. */
  read(limit: ReadLimit): Promise<Uint8Array>;
  /** Lets go of a body that was not taken; the connection is kept when little of it is left. Every reply is read, streamed or discarded. */
  discard(): Promise<void>;
}

/** A reply whose body comes in here. */
export interface DirectReply extends Reply {
  /** By lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  /** The body piece by piece, once. @throws Fault `registry/protocol`. */
  stream(): BodyStream;
}

export interface Transport {
  /**
   * @param timeoutMs until the response headers are there.
   * @throws Fault `registry/unreachable`, `/timeout`, `/tls`, `/protocol`, `/address-refused`, or `cancelled`.
   */
  send(request: HttpRequest, signal: AbortSignal, timeoutMs: number): Promise<Reply>;
}

/** Has the connections itself. */
export interface DirectTransport extends Transport {
  send(request: HttpRequest, signal: AbortSignal, timeoutMs: number): Promise<DirectReply>;
}

export interface TransportOptions {
  readonly agents: AgentPool;
  readonly limits: NetworkLimits;
  readonly userAgent: string;
}

/** As much of an unwanted body as is read to keep its connection. */
const maxDiscardedBytes = 64 * 1024;

export function createTransport({ agents, limits, userAgent }: TransportOptions): DirectTransport {
  return {
    async send(request, signal, timeoutMs) {
      const { url, route } = request;
      // Names are checked when they are looked up; a literal address is never looked up.
      const literal = url.hostname.replace(/^\[|\]$/g, '');
      const refusal = isIP(literal) === 0 ? undefined : route.rule.refusal(literal);
      if (refusal !== undefined) throw addressRefused(url.host, refusal);

      const agent = agents.agentFor(url, route);
      const lifetime = new RequestLifetime(url.host, signal);
      lifetime.endAfter(timeoutMs);
      const options = {
        method: request.method,
        headers: { ...request.headers, 'Accept-Encoding': 'identity', 'User-Agent': userAgent },
        ...(request.body === undefined ? {} : { body: request.body }),
        redirect: 'manual' as const,
        compress: false,
        agent,
        signal: lifetime.signal,
      };
      const response = await lifetime.guard(fetch(url, options));
      return replyFrom(response, { request, lifetime, limits });
    },
  };
}

interface Exchange {
  readonly request: HttpRequest;
  readonly lifetime: RequestLifetime;
  readonly limits: NetworkLimits;
}

function replyFrom(response: Response, { request, lifetime, limits }: Exchange): DirectReply {
  const { url } = request;
  const header = (name: string): string | undefined => response.headers.get(name) ?? undefined;
  let isTaken = false;
  return {
    status: response.status,
    request,
    header,
    get headers() {
      return new Map(response.headers);
    },
    async read(limit) {
      isTaken = true;
      lifetime.endAfter(limits.bodyTimeoutMs);
      return lifetime.finish(readWhole(response, header, limit, url.host));
    },
    stream() {
      refuseEncoding(header, url.host);
      isTaken = true;
      return new BodyStream(response.body ?? Readable.from([]), { host: url.host, lifetime, limits });
    },
    async discard() {
      if (isTaken) return;
      isTaken = true;
      const limit = { maxBytes: maxDiscardedBytes, tooLong: () => new Fault('limit', 'a body nobody wants') };
      // Whatever goes wrong here concerns bytes that nobody wants; the next request finds out for itself.
      await lifetime.finish(collect(response, limit)).catch(() => undefined);
    },
  };
}

async function readWhole(
  response: Response,
  header: (name: string) => string | undefined,
  limit: ReadLimit,
  host: string,
): Promise<Uint8Array> {
  refuseEncoding(header, host);
  const announced = Number(header('content-length') ?? 0);
  if (announced > limit.maxBytes) throw limit.tooLong();
  return collect(response, limit);
}

function refuseEncoding(header: Reply['header'], host: string): void {
  const encoding = header('content-encoding');
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  throw new Fault('registry/protocol', `${host} compressed an answer although it was asked not to`);
}

async function collect(response: Response, limit: ReadLimit): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    length += bytes.length;
    if (length > limit.maxBytes) throw limit.tooLong();
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, length);
}
