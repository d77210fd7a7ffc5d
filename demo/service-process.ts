// The real service as a process of its own, with a certificate made for the occasion.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createAuthority } from '../test/e2e/support/certificates.ts';

export interface ServiceProcess {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** PEM of the authority that signed its certificate. */
  readonly ca: string;
  readonly configFile: string;
  readonly processId: number;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL('../bin/tidewaiter', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));

/** Everything is on loopback, which the service dials only where it is told to. */
function configuration(registryHost: string): string {
  return `apiVersion: tidewaiter.dev/v1alpha1
kind: Configuration
server:
  listen: 127.0.0.1:0
  probeListen: 127.0.0.1:0
  tls: { certFile: tls.crt, keyFile: tls.key }
  shutdown: { grace: 0s }
kubernetes: { enabled: false }
registries:
  - match: ${registryHost}
    plainHTTP: true
    allowAddresses: [127.0.0.1/32]
`;
}

/** Starts the service and waits until it says that it is ready; fails with what it said instead. */
export async function startServiceProcess(options: {
  readonly registryHost: string;
  readonly policies: readonly string[];
}): Promise<ServiceProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'tidewaiter-'));
  const authority = await createAuthority('tidewaiter demonstration');
  const { key, cert } = await authority.issueServer(['localhost', '127.0.0.1']);
  const configFile = join(directory, 'config.yaml');
  await Promise.all([
    writeFile(join(directory, 'tls.crt'), cert),
    writeFile(join(directory, 'tls.key'), key, { mode: 0o600 }),
    writeFile(configFile, configuration(options.registryHost)),
  ]);
  const policies = options.policies.flatMap((path) => ['--policies', path]);
  const child = spawn(program, ['serve', '--config', configFile, ...policies], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const url = await readyUrl(createInterface({ input: child.stdout }));
  if (url === undefined || child.pid === undefined) throw new Error('the service ended before it was ready');
  return {
    url,
    ca: authority.cert,
    configFile,
    processId: child.pid,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Listens for as long as the service lives: a pipe that nobody reads fills, and the service would stand still. */
function readyUrl(lines: Interface): Promise<string | undefined> {
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      const url = /"reviews":"([^"]+)"/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
      else if (line.includes('"level":"error"')) process.stderr.write(`${line}\n`);
    });
    lines.on('close', () => resolve(undefined));
  });
}
