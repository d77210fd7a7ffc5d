// Starts an etcd and a kube-apiserver of a test's own, as envtest does, and stops them.
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from './certificates.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { freePorts } from './free-ports.ts';
import { formatKubeconfig } from './kubeconfig.ts';
import { toolPath } from './tools.ts';
import { until } from './until.ts';

/** No controllers and no kubelet run in it: a Deployment makes no Pods, and nothing is ever scheduled. */
export interface ControlPlane extends AsyncDisposable {
  /** For the administrator, in a folder that `stop` removes. */
  readonly kubeconfigPath: string;
  readonly url: string;
  /** Of etcd and the API server. */
  readonly processIds: readonly number[];
  /** Resolves when both processes are gone; again and again if asked so. */
  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** Added to the API server's own, as `--audit-policy-file=…`. */
  readonly apiServerFlags?: readonly string[];
  /** Gives up the start. */
  readonly signal?: AbortSignal;
}

/** Many times what an idle machine needs, for one whose cores are all at work. */
const startTimeoutMs = 120_000;
const probeTimeoutMs = 2_000;

/** Leaves no process and no file behind if it fails. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  await using unfinished = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-e2e-'));
  unfinished.defer(() => rm(folder, { recursive: true, force: true }));
  const [clientPort, peerPort, securePort] = await freePorts(3);
  const etcdUrl = `http://127.0.0.1:${clientPort}`;
  const url = `https://127.0.0.1:${securePort}`;
  const credentials = await writeCredentials(folder, url);

  const etcd = unfinished.use(
    await startDaemon('etcd', toolPath('etcd'), [
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
      // What it keeps need not outlive the test.
      '--unsafe-no-fsync=true',
    ]),
  );
  await untilServing('etcd', etcd, options.signal, async (signal) => (await fetch(`${etcdUrl}/health`, { signal })).ok);

  const apiServer = unfinished.use(
    await startDaemon('kube-apiserver', toolPath('kube-apiserver'), [
      `--etcd-servers=${etcdUrl}`,
      '--bind-address=127.0.0.1',
      // Without it the API server looks for a default route, which a sandbox need not have.
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--secure-port=${securePort}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      '--allow-privileged=true',
      '--authorization-mode=RBAC',
      // Nobody is there to make the `default` service accounts that this plugin would wait for.
      '--disable-admission-plugins=ServiceAccount',
      ...credentials.flags,
      ...(options.apiServerFlags ?? []),
    ]),
  );
  await untilServing('kube-apiserver', apiServer, options.signal, (signal) =>
    answersOk(`${url}/readyz`, { ...credentials.client, signal }),
  );

  const running = unfinished.move();
  const stop = (): Promise<void> => running.disposeAsync();
  return {
    kubeconfigPath: credentials.kubeconfigPath,
    url,
    processIds: [etcd.pid, apiServer.pid],
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface Credentials {
  readonly kubeconfigPath: string;
  /** The API server's flags that name the files written. */
  readonly flags: readonly string[];
  readonly client: Pick<RequestOptions, 'ca' | 'cert' | 'key'>;
}

async function writeCredentials(folder: string, url: string): Promise<Credentials> {
  const authority = await createAuthority('tidewaiter-e2e');
  const server = await authority.issueServer(['localhost', '127.0.0.1']);
  const admin = await authority.issueClient({ commonName: 'admin', organization: 'system:masters' });
  const signer = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const write = async (name: string, content: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };
  return {
    kubeconfigPath: await write('kubeconfig', formatKubeconfig({ url, ca: authority.cert }, admin)),
    flags: [
      `--tls-cert-file=${await write('apiserver.crt', server.cert)}`,
      `--tls-private-key-file=${await write('apiserver.key', server.key)}`,
      `--client-ca-file=${await write('ca.crt', authority.cert)}`,
      `--service-account-issuer=${url}/`,
      `--service-account-key-file=${await write('service-account-signer.pub', signer.publicKey)}`,
      `--service-account-signing-key-file=${await write('service-account-signer.key', signer.privateKey)}`,
    ],
    client: { ca: authority.cert, ...admin },
  };
}

async function untilServing(
  name: string,
  daemon: Daemon,
  signal: AbortSignal | undefined,
  probe: (signal: AbortSignal) => Promise<boolean>,
): Promise<void> {
  await until((asking) => probe(AbortSignal.any([asking, AbortSignal.timeout(probeTimeoutMs)])), {
    what: `${name} to be ready`,
    timeoutMs: startTimeoutMs,
    signal: signal === undefined ? daemon.ended : AbortSignal.any([daemon.ended, signal]),
  });
}

/** `fetch` cannot be told which authority to trust. */
async function answersOk(url: string, options: RequestOptions): Promise<boolean> {
  const asked = request(url, { ...options, agent: false }).end();
  const [response]: IncomingMessage[] = await once(asked, 'response');
  response?.resume();
  return response?.statusCode === 200;
}
