// Debian's docker-registry on a free loopback port, open or with a login, filled through its own API.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { BuiltImage } from './image.ts';
import { startTokenServer, type TokenServer } from './real-registry-tokens.ts';

/** Programs that must be installed; `htpasswd` only for `basic`. */
export const realRegistryPrograms = ['docker-registry', 'htpasswd'] as const;

export interface RealRegistryOptions {
  readonly login?: 'open' | 'basic' | 'token';
  /** Who may pull and push, where there is a login. */
  readonly users?: Readonly<Record<string, string>>;
  /** PEM; absent for plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface RealRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly origin: string;
  /** With `token`. */
  readonly tokens?: TokenServer;
  /** Pushes an image with all it leads to; only to an open registry, or one with `basic`, as its first user. */
  push(repository: string, tag: string, image: BuiltImage): Promise<void>;
  close(): Promise<void>;
}

const run = promisify(execFile);

/** @throws when the program does not come up within ten seconds; its output is in the message. */
export async function startRealRegistry(options: RealRegistryOptions = {}): Promise<RealRegistry> {
  const { login = 'open', users = {} } = options;
  const directory = await mkdtemp(join(tmpdir(), 'tidewaiter-registry-'));
  const tokens = login === 'token' ? await startTokenServer(users) : undefined;
  await writeFile(join(directory, 'config.yml'), stringify(await configuration(directory, options, tokens)));
  const process = spawn('docker-registry', ['serve', join(directory, 'config.yml')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: globalThis.process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
  });
  const host = await listeningAddress(process);
  const origin = `${options.tls === undefined ? 'http' : 'https'}://${host}`;
  const [first] = Object.entries(users);
  const headers =
    first === undefined ? {} : { Authorization: `Basic ${Buffer.from(first.join(':')).toString('base64')}` };
  return {
    host,
    origin,
    ...(tokens === undefined ? {} : { tokens }),
    push: (repository, tag, image) => pushImage(`${origin}/v2/${repository}`, tag, image, headers),
    async close() {
      process.kill('SIGKILL');
      if (process.exitCode === null && process.signalCode === null) await once(process, 'exit');
      await tokens?.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function configuration(
  directory: string,
  { login, users = {}, tls }: RealRegistryOptions,
  tokens: TokenServer | undefined,
): Promise<object> {
  return {
    version: 0.1,
    log: { accesslog: { disabled: true }, level: 'info' },
    storage: { filesystem: { rootdirectory: join(directory, 'data') } },
    http: { addr: '127.0.0.1:0', ...(tls === undefined ? {} : { tls: await tlsFiles(directory, tls) }) },
    ...(login === 'basic' ? { auth: { htpasswd: await passwordFile(directory, users) } } : {}),
    ...(tokens === undefined ? {} : { auth: { token: await tokenFiles(directory, tokens) } }),
  };
}

async function tlsFiles(directory: string, tls: { readonly cert: string; readonly key: string }): Promise<object> {
  const files = { certificate: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
  await writeFile(files.certificate, tls.cert);
  await writeFile(files.key, tls.key);
  return files;
}

async function passwordFile(directory: string, users: Readonly<Record<string, string>>): Promise<object> {
  const path = join(directory, 'htpasswd');
  const lines = Object.entries(users).map(async ([user, password]) => {
    const { stdout } = await run('htpasswd', ['-Bbn', '-C', '4', user, password]);
    return stdout.trim();
  });
  await writeFile(path, `${(await Promise.all(lines)).join('\n')}\n`);
  return { realm: 'real registry', path };
}

async function tokenFiles(directory: string, tokens: TokenServer): Promise<object> {
  const rootcertbundle = join(directory, 'tokens.pem');
  await writeFile(rootcertbundle, tokens.certificate);
  return { realm: tokens.realm, service: tokens.service, issuer: tokens.issuer, rootcertbundle };
}

/** The registry picks the port itself and logs it, so that no two tests ever choose the same. */
async function listeningAddress(process: ChildProcess): Promise<string> {
  const output: string[] = [];
  const deadline = setTimeout(() => process.kill('SIGKILL'), 10_000);
  try {
    for (const stream of [process.stdout, process.stderr]) stream?.on('data', (chunk) => output.push(String(chunk)));
    if (process.stderr === null) throw new Error('docker-registry has no standard error');
    for await (const line of createInterface({ input: process.stderr })) {
      const host = /listening on (127\.0\.0\.1:[0-9]+)/.exec(line)?.[1];
      if (host !== undefined) return host;
    }
    throw new Error(`docker-registry did not come up:\n${output.join('')}`);
  } finally {
    clearTimeout(deadline);
    process.stderr?.resume();
  }
}

/** Blobs first, then manifests from the last to the first, because an index comes before its children. */
async function pushImage(
  root: string,
  tag: string,
  image: BuiltImage,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [digest, bytes] of image.blobs) {
    const begun = await expectStatus(fetch(`${root}/blobs/uploads/`, { method: 'POST', headers }), 202);
    const upload = new URL(begun.headers.get('location') ?? '', root);
    upload.searchParams.set('digest', digest);
    const body = new Uint8Array(bytes);
    const type = { 'Content-Type': 'application/octet-stream' };
    await expectStatus(fetch(upload, { method: 'PUT', headers: { ...headers, ...type }, body }), 201);
  }
  for (const [digest, { bytes, mediaType }] of [...image.manifests].toReversed()) {
    const name = digest === image.digest ? tag : digest;
    const type = { 'Content-Type': mediaType };
    const body = new Uint8Array(bytes);
    await expectStatus(
      fetch(`${root}/manifests/${name}`, { method: 'PUT', headers: { ...headers, ...type }, body }),
      201,
    );
  }
}

async function expectStatus(pending: Promise<Response>, status: number): Promise<Response> {
  const response = await pending;
  const text = await response.text();
  if (response.status !== status) throw new Error(`${response.status} from ${new URL(response.url).pathname}: ${text}`);
  return response;
}
