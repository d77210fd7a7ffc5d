// Asks a running service about workloads, as an API server does: over TLS, on connections that stay open.
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { TLSSocket } from 'node:tls';

export interface Answered {
  readonly status: number;
  readonly allowed: boolean;
  readonly message: string;
  /** SHA-256 fingerprint of the certificate that the service showed on this connection. */
  readonly certificate: string;
  readonly tookMs: number;
}

export interface ReviewerOptions {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  /** A new connection for every question; absent: connections are kept. */
  readonly fresh?: boolean;
}

export interface Reviewer {
  /** Rejects when the service does not answer. `timeout` is what the webhook's registration says, such as `10s`. */
  ask(review: object, timeout?: string): Promise<Answered>;
  close(): void;
}

export function createReviewer({ url, ca, fresh = false }: ReviewerOptions): Reviewer {
  const agent = new Agent({ keepAlive: !fresh, ca });
  return {
    async ask(review, timeout = '10s') {
      const startedAt = performance.now();
      const body = JSON.stringify(review);
      const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
      const sent = request(`${url}?timeout=${timeout}`, { method: 'POST', agent, headers });
      sent.end(body);
      const [response] = await once(sent, 'response');
      const { socket } = response;
      const certificate = socket instanceof TLSSocket ? String(socket.getPeerCertificate().fingerprint256) : '';
      const answer = JSON.parse(await text(response));
      const { allowed = false, status } = answer.response ?? {};
      const message = status?.message ?? answer.error ?? '';
      return { status: response.statusCode, allowed, message, certificate, tookMs: performance.now() - startedAt };
    },
    close: () => agent.destroy(),
  };
}
