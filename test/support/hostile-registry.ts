// A registry inside the test's process: well-behaved until scripted otherwise, and a witness of every request it got.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, createRegistryContent, type RegistryContent, rangeOf } from './hostile-registry-content.ts';
import { createLoginDesk, type LoginDesk, type LoginRules } from './hostile-registry-logins.ts';

export interface RecordedRequest {
  readonly method: string;
  /** Without the query: `/v2/library/nginx/manifests/latest`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What to do instead of answering well. */
export type Behaviour =
  /** Answers this; parts that are absent are those of the good answer. */
  | {
      readonly kind: 'answer';
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string | readonly string[]>>;
      readonly body?: Uint8Array | string;
    }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
  /** Closes the connection before any answer. */
  | { readonly kind: 'reset' }
  /** Takes the request and never answers. */
  | { readonly kind: 'silent' }
  /** Announces the whole good body, sends this many bytes of it and closes. */
  | { readonly kind: 'truncated'; readonly bytes: number }
  /** Announces the whole good body, sends this many bytes of it and nothing more. */
  | { readonly kind: 'stalled'; readonly bytes: number }
  /** Sends this many bytes of the good body as if that were all of it: with an end that says so, one that only the connection's end tells, or none. */
  | { readonly kind: 'short'; readonly bytes: number; readonly end: 'chunked' | 'closed' | 'broken' }
  /** Sends the good body byte by byte. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** Sends this over and over, without announcing a length, until the other side leaves. */
  | { readonly kind: 'endless'; readonly chunk: Uint8Array | string };

/** Undefined lets the good answer happen. */
export type Script = (request: RecordedRequest) => Behaviour | undefined;

export interface HostileRegistryOptions {
  readonly login?: LoginRules;
  /** PEM; absent for plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface HostileRegistry extends RegistryContent, Pick<LoginDesk, 'revokeTokens'> {
  /** `127.0.0.1:PORT`, as it stands in a reference. */
  readonly host: string;
  readonly origin: string;
  /** In the order in which they came. */
  readonly requests: readonly RecordedRequest[];
  /** `GET /v2/app/manifests/1`, … of all requests so far, then forgets them. */
  takeRequests(): readonly string[];
  /** Runs for every request, before anything else. */
  behave(script: Script): void;
  /** Behaves so for the next request whose `METHOD /path` matches, and well again afterwards. */
  behaveOnce(matching: RegExp, behaviour: Behaviour): void;
  /** Resolves when no connection is open any longer but idle ones. */
  idle(): Promise<void>;
  /** Bytes of bodies sent so far, for limits that are tested by counting. */
  readonly sentBytes: number;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function startHostileRegistry(options: HostileRegistryOptions = {}): Promise<HostileRegistry> {
  const content = createRegistryContent();
  const desk = createLoginDesk(options.login ?? { kind: 'open' });
  const requests: RecordedRequest[] = [];
  const once: { readonly matching: RegExp; readonly behaviour: Behaviour }[] = [];
  const counter = { bytes: 0 };
  const answering = new Set<ServerResponse>();
  let script: Script = () => undefined;

  function behaviourFor(request: RecordedRequest): Behaviour | undefined {
    const line = lineOf(request);
    const index = once.findIndex(({ matching }) => matching.test(line));
    return index === -1 ? script(request) : once.splice(index, 1)[0]?.behaviour;
  }

  function goodAnswer(request: RecordedRequest): Answer {
    if (request.path === '/token') return desk.token(request);
    const whole = desk.check(request, origin) ?? content.answer(request.path.replace(/^\/v2\//, ''));
    return rangeOf(whole, request.headers['range']);
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await recordOf(incoming);
    requests.push(request);
    answering.add(response);
    response.once('close', () => answering.delete(response));
    await perform(behaviourFor(request), goodAnswer(request), request, response, counter);
  }

  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    handle(incoming, response).catch(() => response.destroy());
  };
  const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${portOf(server.address())}`;
  const origin = `${options.tls === undefined ? 'http' : 'https'}://${host}`;

  return {
    ...content,
    host,
    origin,
    requests,
    takeRequests: () => requests.splice(0).map(lineOf),
    behave(next) {
      script = next;
    },
    behaveOnce: (matching, behaviour) => once.push({ matching, behaviour }),
    async idle() {
      while (answering.size > 0) await sleep(1);
    },
    get sentBytes() {
      return counter.bytes;
    },
    revokeTokens: desk.revokeTokens,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function lineOf({ method, path }: RecordedRequest): string {
  return `${method} ${path}`;
}

async function recordOf(incoming: IncomingMessage): Promise<RecordedRequest> {
  const url = new URL(incoming.url ?? '/', 'http://registry.example.com');
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(Buffer.from(part));
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
  return {
    method: incoming.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: Object.fromEntries(headers),
    body: Buffer.concat(parts).toString('utf8'),
  };
}

async function perform(
  behaviour: Behaviour | undefined,
  good: Answer,
  request: RecordedRequest,
  response: ServerResponse,
  counter: { bytes: number },
): Promise<void> {
  const send = (answer: SentAnswer): void => {
    const body = request.method === 'HEAD' ? Buffer.alloc(0) : Buffer.from(answer.body);
    counter.bytes += body.length;
    response.writeHead(answer.status, { 'Content-Length': String(answer.body.length), ...answer.headers }).end(body);
  };
  switch (behaviour?.kind) {
    case undefined:
      return send(good);
    case 'answer':
      return send(changed(good, behaviour));
    case 'redirect':
      return send({
        status: behaviour.status ?? 307,
        headers: { Location: behaviour.location },
        body: Buffer.alloc(0),
      });
    case 'reset':
      response.destroy();
      return;
    case 'silent':
      return;
    case 'truncated':
      response.writeHead(good.status, { ...good.headers, 'Content-Length': String(good.body.length) });
      response.write(good.body.subarray(0, behaviour.bytes), () => response.destroy());
      return;
    case 'stalled':
      response.writeHead(good.status, { ...good.headers, 'Content-Length': String(good.body.length) });
      response.write(good.body.subarray(0, behaviour.bytes));
      return;
    case 'short':
      return sendShort(good, behaviour, response);
    case 'drip':
      response.writeHead(good.status, { ...good.headers, 'Content-Length': String(good.body.length) });
      return drip(good.body, behaviour.everyMs, response);
    case 'endless':
      response.writeHead(good.status, good.headers);
      return pourForEver(Buffer.from(behaviour.chunk), response, counter);
    default:
      return behaviour satisfies never;
  }
}

interface SentAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Uint8Array;
}

function changed(good: Answer, change: Behaviour & { readonly kind: 'answer' }): SentAnswer {
  const { status = good.status, headers, body } = change;
  return {
    status,
    headers: headers ?? good.headers,
    body: body === undefined ? good.body : Buffer.from(body),
  };
}

/** Without a length Node chunks the body, unless it may not. */
function sendShort(
  good: Answer,
  { bytes, end }: Behaviour & { readonly kind: 'short' },
  response: ServerResponse,
): void {
  if (end === 'closed') {
    response.shouldKeepAlive = false;
    response.useChunkedEncodingByDefault = false;
  }
  response.writeHead(good.status, good.headers);
  const sent = good.body.subarray(0, bytes);
  if (end === 'broken') response.write(sent, () => response.destroy());
  else response.end(sent);
}

async function drip(body: Uint8Array, everyMs: number, response: ServerResponse): Promise<void> {
  for (const byte of body) {
    if (response.destroyed) return;
    response.write(Buffer.of(byte));
    await sleep(everyMs);
  }
  response.end();
}

async function pourForEver(chunk: Uint8Array, response: ServerResponse, counter: { bytes: number }): Promise<void> {
  const closed = new Promise((resolve) => response.once('close', resolve));
  while (!response.destroyed) {
    counter.bytes += chunk.length;
    const hasRoom = response.write(chunk);
    await Promise.race([hasRoom ? sleep(0) : new Promise((resolve) => response.once('drain', resolve)), closed]);
  }
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
