// Asks the service as an API server does: POST over HTTPS, many reviews on one connection that is kept open.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';

export interface Answered {
  readonly status: number;
  readonly body: ReviewAnswer;
  /** Of the certificate that the service showed. */
  readonly serialNumber: string;
}

/** As much of an AdmissionReview as tests look at. */
export interface ReviewAnswer {
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly status?: { readonly code: number; readonly message: string };
    readonly warnings?: readonly string[];
    readonly auditAnnotations?: Readonly<Record<string, string>>;
  };
}

export interface ApiServerClient extends Disposable {
  ask(review: object): Promise<Answered>;
  /** Connections opened so far. */
  readonly connections: number;
}

export interface ApiServerClientOptions {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  /** False opens a connection for each review. */
  readonly keepAlive?: boolean;
}

export function createApiServerClient({ url, ca, keepAlive = true }: ApiServerClientOptions): ApiServerClient {
  const agent = new Agent({
    ca,
    keepAlive,
    maxSockets: keepAlive ? 1 : Number.POSITIVE_INFINITY,
    // An API server resumes no TLS sessions either, and a resumed one shows no certificate.
    maxCachedSessions: 0,
  });
  const sockets = new WeakSet<TLSSocket>();
  let connections = 0;
  return {
    get connections() {
      return connections;
    },
    async ask(review) {
      const body = JSON.stringify(review);
      const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
      const asked = request(`${url}?timeout=10s`, { method: 'POST', agent, headers }).end(body);
      const [response]: IncomingMessage[] = await once(asked, 'response');
      if (response === undefined) throw new Error('no response');
      const socket = response.socket as TLSSocket;
      if (!sockets.has(socket)) connections += 1;
      sockets.add(socket);
      const { serialNumber } = socket.getPeerCertificate();
      return { status: response.statusCode ?? 0, body: JSON.parse(await text(response)), serialNumber };
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}
