// A load generator for one HTTPS endpoint: prepared bytes on keep-alive connections, so that the generator costs little.
import { connect, type TLSSocket } from 'node:tls';

export interface LoadOptions {
  readonly port: number;
  readonly ca: string;
  readonly path: string;
  /** Sent in turn, over and over. */
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second, started on time whatever the answers take; absent means as fast as the answers come. */
  readonly rate?: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Answers that were not HTTP 200. */
  readonly failures: number;
}

interface Connection {
  send(request: Buffer): Promise<boolean>;
  close(): void;
}

/** Sends one request at a time and reads the answer by its Content-Length. */
async function open({ port, ca }: LoadOptions): Promise<Connection> {
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca });
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  let received: Buffer = Buffer.alloc(0);
  let waiting: { resolve(ok: boolean): void; reject(reason: Error): void } | undefined;
  const fail = (reason: Error): void => waiting?.reject(reason);
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the connection was closed')));
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const headEnd = received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = received.toString('latin1', 0, headEnd);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (received.length < headEnd + 4 + length) return;
    received = received.subarray(headEnd + 4 + length);
    waiting?.resolve(head.startsWith('HTTP/1.1 200'));
  });
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

function requestBytes(path: string, body: string): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Runs the load and gives its figures. Bounded by `seconds`; a connection that breaks ends it with an error. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const requests = options.bodies.map((body) => requestBytes(options.path, body));
  const connections = await Promise.all(Array.from({ length: options.connections }, () => open(options)));
  const latencies: number[] = [];
  let failures = 0;
  let next = 0;
  const begin = performance.now();
  const end = begin + options.seconds * 1000;
  const ask = async (connection: Connection, since: number): Promise<void> => {
    const request = requests[next % requests.length] ?? Buffer.alloc(0);
    next += 1;
    if (!(await connection.send(request))) failures += 1;
    latencies.push(performance.now() - since);
  };
  if (options.rate === undefined) {
    await Promise.all(
      connections.map(async (connection) => {
        while (performance.now() < end) await ask(connection, performance.now());
      }),
    );
  } else await pace(connections, { begin, end, rate: options.rate, ask });
  const seconds = (performance.now() - begin) / 1000;
  for (const connection of connections) connection.close();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
  return {
    requests: latencies.length,
    perSecond: latencies.length / seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
    failures,
  };
}

interface Pace {
  readonly begin: number;
  readonly end: number;
  readonly rate: number;
  readonly ask: (connection: Connection, since: number) => Promise<void>;
}

/** Starts each request at its time; one that finds no free connection waits, and its wait counts as latency. */
async function pace(connections: readonly Connection[], { begin, end, rate, ask }: Pace): Promise<void> {
  const free = [...connections];
  const due: number[] = [];
  const running = new Set<Promise<void>>();
  const start = (): void => {
    while (free.length > 0 && due.length > 0) {
      const connection = free.pop();
      const since = due.shift();
      if (connection === undefined || since === undefined) return;
      const asked = ask(connection, since).then(() => {
        free.push(connection);
        running.delete(asked);
        start();
      });
      running.add(asked);
    }
  };
  for (let count = 0; performance.now() < end; ) {
    const now = performance.now();
    for (; begin + (count * 1000) / rate <= now; count += 1) due.push(begin + (count * 1000) / rate);
    start();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  while (due.length > 0 || running.size > 0) await Promise.all(running);
}
