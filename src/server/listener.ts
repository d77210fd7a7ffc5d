// A port and its life: TLS whose certificate is renewed in place, patience with the API server, none with the slow, and an orderly end.
import { X509Certificate } from 'node:crypto';
import { createServer as createHttpServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { Fault } from '../base/fault.ts';

/** PEM texts. */
export interface TlsMaterial {
  readonly certificate: string;
  readonly key: string;
  /** Authorities one of which must have signed the client's certificate; absent: clients need none. */
  readonly clientAuthorities?: string;
}

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly handler: RequestListener;
  /** Absent: plain HTTP. */
  readonly tls?: TlsMaterial;
  readonly maxConnections: number;
}

interface DrainOptions {
  /** How long to go on serving while the cluster learns that this instance is leaving. */
  readonly graceMs: number;
  /** How long open requests may take after that. */
  readonly finishMs: number;
  /** Ends both waits at once. */
  readonly signal: AbortSignal;
}

export interface Listener {
  readonly address: AddressInfo;
  readonly isDraining: boolean;
  /**
   * New connections get this certificate and are held to these authorities, open ones go on. Whether clients need a certificate at all
   * is settled at the start: material without authorities keeps the earlier ones.
   * @returns when it expires, in milliseconds since the epoch.
   * @throws Fault `document/invalid` when certificate and key cannot be used together; the old ones stay.
   */
  renew(material: TlsMaterial): number;
  /** Serves on for a while, asking clients to leave; then takes no more, finishes what is open, and closes. */
  drain(options: DrainOptions): Promise<void>;
  /** Closes at once. */
  close(): Promise<void>;
}

/** Go's HTTP client, and so the API server, drops idle connections after 90 s; it should be the one who does. */
const keepAliveTimeoutMs = 120_000;

/** The head of a request is one packet; whoever takes longer holds a connection and does nothing. */
const headersTimeoutMs = 10_000;

/** The longest deadline that a webhook can have. */
const requestTimeoutMs = 30_000;

/** How often Node looks for connections that exceed these. */
const connectionsCheckingIntervalMs = 5_000;

const handshakeTimeoutMs = 10_000;

/** @throws Fault `document/invalid` for unusable TLS material, `usage` when the port cannot be had. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const open = new Set<ServerResponse>();
  let isDraining = false;
  const handler: RequestListener = (request, response) => {
    if (isDraining) response.setHeader('Connection', 'close');
    open.add(response);
    response.once('close', () => open.delete(response));
    options.handler(request, response);
  };
  const server = createServer(options, handler);
  server.maxConnections = options.maxConnections;
  await startListening(server, options);
  return {
    address: addressOf(server),
    get isDraining() {
      return isDraining;
    },
    renew: (material) => renew(server, options, material),
    async drain({ graceMs, finishMs, signal }) {
      isDraining = true;
      for (const response of open) if (!response.headersSent) response.setHeader('Connection', 'close');
      await sleep(graceMs, signal);
      await finish(server, finishMs, signal);
    },
    close: () => finish(server, 0, AbortSignal.abort()),
  };
}

function createServer({ tls }: ListenerOptions, handler: RequestListener): Server {
  const timeouts = {
    keepAlive: true,
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: connectionsCheckingIntervalMs,
  };
  if (tls === undefined) return createHttpServer(timeouts, handler);
  return createHttpsServer(
    {
      ...timeouts,
      ...secureContextOptions(tls),
      handshakeTimeout: handshakeTimeoutMs,
      requestCert: tls.clientAuthorities !== undefined,
      rejectUnauthorized: tls.clientAuthorities !== undefined,
    },
    handler,
  );
}

/** Tries the material before anything takes it. */
function secureContextOptions({ certificate, key, clientAuthorities }: TlsMaterial): SecureContextOptions {
  const options: SecureContextOptions = {
    cert: certificate,
    key,
    minVersion: 'TLSv1.2',
    ...(clientAuthorities === undefined ? {} : { ca: clientAuthorities }),
  };
  try {
    createSecureContext(options);
  } catch (cause) {
    throw new Fault('document/invalid', 'the TLS certificate and key cannot be used together', { cause });
  }
  return options;
}

function renew(server: Server, { tls }: ListenerOptions, material: TlsMaterial): number {
  if (tls === undefined || !(server instanceof HttpsServer)) {
    throw new Fault('usage', 'a listener without TLS has no certificate to renew');
  }
  server.setSecureContext(secureContextOptions({ ...tls, ...material }));
  return certificateExpiry(material);
}

/** When the first certificate of a chain expires, in milliseconds since the epoch. */
export function certificateExpiry({ certificate }: TlsMaterial): number {
  return new X509Certificate(certificate).validToDate.getTime();
}

const reasonByCode: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'something else listens there'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['EACCES', 'permission denied'],
  ['ENOTFOUND', 'there is no host of that name'],
]);

function startListening(server: Server, { host, port }: ListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = reasonByCode.get(cause.code ?? '') ?? cause.code ?? 'the system refuses it';
      reject(new Fault('usage', `cannot listen on ${host}:${port}: ${reason}`, { cause }));
    });
    server.listen({ host, port }, resolve);
  });
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Fault('internal', 'a listener without address');
  return address;
}

/** Resolves when no connection is left, or when patience ends: then it cuts what is open. */
async function finish(server: Server, finishMs: number, signal: AbortSignal): Promise<void> {
  // Closes idle connections as well.
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const patience = new AbortController();
  await Promise.race([closed, sleep(finishMs, AbortSignal.any([signal, patience.signal]))]);
  patience.abort();
  server.closeAllConnections();
  await closed;
}

/** Ends early, and without an error, when the signal aborts. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end, { once: true });
  });
}
