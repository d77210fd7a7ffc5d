// Reads from the API server: bounded, cancellable GETs and watches over one pool of connections. It never writes and never follows redirects.
import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../base/fault.ts';
import { createGate } from '../base/gate.ts';
import type { ApiEndpoint } from './api-access.ts';
import type { ClusterLimits } from './cluster-limits.ts';

export interface ApiRequest {
  /** Begins with `/`; names in it come from `objectPath`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** For messages, to follow "may not read": `secrets in namespace shop`. */
  readonly what: string;
  readonly signal: AbortSignal;
}

export interface ApiClient {
  /**
   * The object, or undefined when it does not exist (404).
   * @throws Fault `kubernetes/forbidden` (401, 403), `kubernetes/unavailable` (all else that failed, after retries), `limit`; the signal's reason.
   */
  get(request: ApiRequest): Promise<unknown>;
  /** Lines of a watch until the server ends it. @throws as `get`, also for a connection that breaks. */
  watch(request: ApiRequest): AsyncGenerator<unknown, void, undefined>;
  close(): void;
}

export interface ApiClientOptions {
  readonly endpoint: ApiEndpoint;
  readonly limits: ClusterLimits;
  /** In [0, 1): spreads retries. */
  readonly random: () => number;
}

/** RFC 1123 names are all that a path may hold: `..` would make another request of it. */
const objectName = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** Whether the API server could know an object of this name at all (secrets, service accounts, namespaces). */
export function isObjectName(name: string): boolean {
  return objectName.test(name) && !name.includes('..');
}

/** @throws Fault `internal` for a name that callers should have refused. */
export function objectPath(...segments: readonly string[]): string {
  const odd = segments.some((segment) => !isObjectName(segment));
  if (odd) throw new Fault('internal', 'an object name does not fit into a path');
  return `/api/v1/${segments.join('/')}`;
}

export function createApiClient({ endpoint, limits, random }: ApiClientOptions): ApiClient {
  const pool = { keepAlive: true, maxSockets: limits.maxInFlight + 2, timeout: 60_000 };
  const agent = endpoint.server.startsWith('https:') ? new https.Agent(pool) : new http.Agent(pool);
  const gate = createGate(limits.maxInFlight);

  async function open(request: ApiRequest, timeout: AbortSignal): Promise<http.IncomingMessage> {
    const options: https.RequestOptions = { headers: { accept: 'application/json', 'user-agent': 'tidewaiter' } };
    const url = new URL(endpoint.server + request.path);
    for (const [key, value] of Object.entries(request.query ?? {})) url.searchParams.set(key, value);
    try {
      await endpoint.kubeConfig.applyToHTTPSOptions(options);
    } catch (cause) {
      throw new Fault('kubernetes/unavailable', 'the credentials for the API server cannot be read', { cause });
    }
    const signal = AbortSignal.any([request.signal, timeout]);
    return send(url, { ...options, ...(endpoint.throughProxy ? {} : { agent }), signal });
  }

  async function attempt(request: ApiRequest): Promise<unknown> {
    const response = await open(request, AbortSignal.timeout(limits.requestTimeoutMs));
    if (response.statusCode === 404) {
      response.resume();
      return undefined;
    }
    refuseStatus(response, request.what);
    return parseJson(await readBody(response, limits.maxApiResponseBytes));
  }

  async function get(request: ApiRequest): Promise<unknown> {
    for (let retries = 0; ; retries += 1) {
      try {
        return await attempt(request);
      } catch (thrown) {
        const fault = faultFromFailure(thrown, request.signal);
        if (fault.code !== 'kubernetes/unavailable' || retries >= limits.maxRetries) throw fault;
        // 100 ms, then three times that, each with up to as much again: replicas must not ask in step.
        await sleep(100 * 3 ** retries * (1 + random()), undefined, { signal: request.signal });
      }
    }
  }

  return {
    get: (request) => gate.run(request.signal, () => get(request)),
    async *watch(request) {
      try {
        // A watch outlives its own timeout only when the connection is dead and nobody said so.
        const response = await open(request, AbortSignal.timeout(limits.watchMs + limits.requestTimeoutMs));
        refuseStatus(response, request.what);
        for await (const line of readLines(response, limits.maxApiResponseBytes)) yield parseJson(line);
      } catch (thrown) {
        throw faultFromFailure(thrown, request.signal);
      }
    },
    close: () => agent.destroy(),
  };
}

function send(url: URL, options: https.RequestOptions): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? https.request(url, options) : http.request(url, options);
    request.once('response', resolve);
    request.once('error', reject);
    request.end();
  });
}

function refuseStatus(response: http.IncomingMessage, what: string): void {
  const status = response.statusCode ?? 0;
  if (status === 200) return;
  response.resume();
  if (status === 401 || status === 403) throw new Fault('kubernetes/forbidden', `this service may not read ${what}`);
  throw new Fault('kubernetes/unavailable', `the API server answered ${status} when asked for ${what}`);
}

async function readBody(response: http.IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytesOf(response)) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function* readLines(response: http.IncomingMessage, maxBytes: number): AsyncGenerator<Buffer, void, undefined> {
  let pieces: Buffer[] = [];
  let size = 0;
  const add = (piece: Buffer): void => {
    size += piece.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    pieces.push(piece);
  };
  for await (const chunk of bytesOf(response)) {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      add(chunk.subarray(start, end));
      const line = Buffer.concat(pieces);
      [pieces, size, start] = [[], 0, end + 1];
      if (line.length > 0) yield line;
    }
    add(chunk.subarray(start));
  }
}

/** The body as buffers; leaving the loop early closes the connection. */
async function* bytesOf(response: http.IncomingMessage): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of response) {
    if (Buffer.isBuffer(chunk)) yield chunk;
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // The parser's own message quotes what it read, and that may be a secret.
    throw new Fault('kubernetes/unavailable', 'the API server sent something that is not JSON');
  }
}

function tooLarge(maxBytes: number): Fault {
  return new Fault('limit', `an answer of the API server is larger than ${maxBytes} bytes`, {
    limit: 'maxApiResponseBytes',
  });
}

function faultFromFailure(thrown: unknown, signal: AbortSignal): Fault {
  if (thrown instanceof Fault) return thrown;
  if (signal.aborted) return new Fault('cancelled', 'the question to the API server was given up', { cause: thrown });
  return new Fault('kubernetes/unavailable', 'the API server cannot be reached', { cause: thrown });
}
