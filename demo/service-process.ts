// The real service as a process of its own, with a certificate made for the occasion.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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
  /** Where facts are kept; in memory alone if nothing is said. */
  readonly dataDirectory?: string;
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
  const data = options.dataDirectory === undefined ? [] : ['--data-dir', options.dataDirectory];
  const logFile = join(directory, 'service.log');
  // A file and no pipe: reading the log would cost whoever measures the service more than writing it costs the service.
  const log = await open(logFile, 'w');
  const child = spawn(program, ['serve', '--config', configFile, ...policies, ...data], {
    cwd: root,
    stdio: ['ignore', log.fd, 'inherit'],
  });
  await log.close();
  const ended = once(child, 'exit');
  const url = await readyUrl(logFile, child);
  if (url === undefined || child.pid === undefined) {
    child.kill('SIGKILL');
    throw new Error(`the service was not ready in time; it said:\n${await readFile(logFile, 'utf8')}`);
  }
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

/** Ten seconds, looking twenty times a second; ends early when the service does. */
async function readyUrl(logFile: string, child: ChildProcess): Promise<string | undefined> {
  for (let look = 0; look < 200 && child.exitCode === null; look += 1) {
    const url = /"reviews":"([^"]+)"/.exec(await readFile(logFile, 'utf8'))?.[1];
    if (url !== undefined) return url;
    await sleep(50);
  }
  return undefined;
}
