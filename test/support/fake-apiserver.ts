// A small API server in this process: real HTTP, list, watch and get over objects that a test puts there, and scripted misbehaviour.
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

export interface FakeObject {
  readonly metadata?: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

export interface SeenRequest {
  /** With its query. */
  readonly url: string;
  readonly authorization: string | undefined;
}

/** Answers instead of the server when it returns true. */
export type Script = (request: http.IncomingMessage, response: http.ServerResponse) => boolean;

export interface FakeApiServer {
  readonly port: number;
  readonly seen: readonly SeenRequest[];
  /** Sets an object of a collection (`/api/v1/namespaces`) and tells those who watch it. */
  put(collection: string, object: FakeObject): void;
  remove(collection: string, name: string): void;
  /** What to do with requests from now on, besides the ordinary; undefined for nothing. */
  script(script: Script | undefined): void;
  /** Sends a raw line to every open watch. */
  sendToWatches(line: string): void;
  /** Ends every open watch in order, as the server does after `timeoutSeconds`. */
  endWatches(): void;
  openWatches(): number;
  /** Frees the port; `start` takes it again. */
  stop(): Promise<void>;
  start(): Promise<void>;
  kubeconfig(): string;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startFakeApiServer(tls?: {
  readonly key: string;
  readonly cert: string;
}): Promise<FakeApiServer> {
  const collections = new Map<string, Map<string, FakeObject>>();
  const watches = new Map<http.ServerResponse, string>();
  const seen: SeenRequest[] = [];
  let script: Script | undefined;
  let version = 1;

  function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://localhost');
    seen.push({ url: `${url.pathname}${url.search}`, authorization: request.headers.authorization });
    if (script?.(request, response) === true) return;
    const collection = collections.get(url.pathname);
    if (url.searchParams.get('watch') === 'true') openWatch(url.pathname, response);
    else if (collection !== undefined) sendJson(response, 200, pageOf([...collection.values()], url.searchParams));
    else sendObject(url.pathname, response);
  }

  function sendObject(path: string, response: http.ServerResponse): void {
    const slash = path.lastIndexOf('/');
    const object = collections.get(path.slice(0, slash))?.get(path.slice(slash + 1));
    if (object === undefined) sendJson(response, 404, { kind: 'Status', code: 404 });
    else sendJson(response, 200, object);
  }

  function openWatch(collection: string, response: http.ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    watches.set(response, collection);
    response.on('close', () => watches.delete(response));
  }

  function pageOf(items: readonly FakeObject[], query: URLSearchParams): unknown {
    const [from, limit] = [Number(query.get('continue') ?? 0), Number(query.get('limit') ?? items.length)];
    const more = from + limit < items.length ? { continue: String(from + limit) } : {};
    return {
      kind: 'List',
      metadata: { resourceVersion: String(version), ...more },
      items: items.slice(from, from + limit),
    };
  }

  function tell(collection: string, type: string, object: FakeObject): void {
    version += 1;
    const stamped = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    for (const [response, watched] of watches) {
      if (watched === collection) response.write(`${JSON.stringify({ type, object: stamped })}\n`);
    }
  }

  const server = tls === undefined ? http.createServer(answer) : https.createServer(tls, answer);
  await listen(server, 0);
  const port = portOf(server);

  const fake: FakeApiServer = {
    port,
    seen,
    put(collection, object) {
      const objects = collections.get(collection) ?? new Map<string, FakeObject>();
      const name = object.metadata?.name ?? '';
      const type = objects.has(name) ? 'MODIFIED' : 'ADDED';
      collections.set(collection, objects.set(name, object));
      tell(collection, type, object);
    },
    remove(collection, name) {
      collections.get(collection)?.delete(name);
      tell(collection, 'DELETED', { metadata: { name } });
    },
    script: (next) => {
      script = next;
    },
    sendToWatches(line) {
      for (const response of watches.keys()) response.write(`${line}\n`);
    },
    endWatches() {
      for (const response of watches.keys()) response.end();
    },
    openWatches: () => watches.size,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
    start: () => listen(server, port),
    kubeconfig: () => kubeconfigFor(`http://127.0.0.1:${port}`),
    async [Symbol.asyncDispose]() {
      if (server.listening) await fake.stop();
    },
  };
  return fake;
}

/** A kubeconfig as people have it, with a bearer token. */
export function kubeconfigFor(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'test', user: { token: 'service-account-token' } }],
  });
}

export function sendJson(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Waits for something that happens elsewhere, at most five seconds. */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
  for (let attempts = 0; !condition(); attempts += 1) {
    if (attempts === 500) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function listen(server: http.Server | https.Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

function portOf(server: http.Server | https.Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}
