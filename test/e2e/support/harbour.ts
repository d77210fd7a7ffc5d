// Everything that the story takes place in: an API server, registries with real images, and the service that stands between them.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createImageBuilder } from '../../support/built-images.ts';
import { type RealRegistry, startRealRegistry } from '../../support/real-registry.ts';
import { type Authority, createAuthority } from './certificates.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import type { Replacements } from './golden.ts';
import { type StoryImage, type StoryImageName, storyImages } from './harbour-images.ts';
import { writePolicies } from './harbour-policies.ts';
import { createKubectl, type Kubectl, succeed } from './kubectl.ts';
import { type Service, startService } from './service.ts';

export interface Harbour {
  readonly plane: ControlPlane;
  readonly kubectl: Kubectl;
  readonly service: Service;
  /** Signs the service's certificates. */
  readonly authority: Authority;
  /** Open to everyone. Its images are `shop/NAME:1`, and `shop/good:latest`. */
  readonly registry: RealRegistry;
  /** Behind a login. `private/NAME:1` opens to `pullSecret` alone, `service/leaking:1` to the service's own login too. */
  readonly locked: RealRegistry;
  readonly login: { readonly user: string; readonly password: string };
  readonly policies: string;
  readonly folder: string;
  image(name: StoryImageName, tag?: string): string;
  /** The same by digest. */
  pinned(name: StoryImageName): string;
  /** Applies an object, or fails. */
  apply(object: object, ...args: readonly string[]): Promise<string>;
  /** A configuration like the service's own, for another instance beside it. */
  readonly configuration: Readonly<Record<string, unknown>>;
  auditEvents(): Promise<readonly AuditEvent[]>;
  /** What is another in each run, for golden files. */
  readonly replacements: Replacements;
  stop(): Promise<void>;
}

export interface AuditEvent {
  readonly verb: string;
  readonly objectRef?: { readonly resource: string; readonly name?: string; readonly namespace?: string };
  readonly responseStatus?: { readonly code: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

const login = { user: 'baker', password: ['bread', 'and', 'salt'].join('-') };
const serviceLogin = { user: 'tidewaiter', password: ['high', 'water'].join('-') };

/** Takes about half a minute, most of it for building images. The webhook is not registered yet. */
export async function startHarbour(): Promise<Harbour> {
  await using unfinished = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-harbour-'));
  unfinished.defer(() => rm(folder, { recursive: true, force: true }));
  const auditLog = join(folder, 'audit.log');
  // Both are waited for even if one fails, lest the other start into a place that is being cleared.
  const [planeStart, registriesStart] = await Promise.allSettled([
    startAuditedControlPlane(folder, auditLog).then((started) => unfinished.use(started)),
    startRegistries(unfinished),
  ]);
  if (planeStart.status === 'rejected') throw planeStart.reason;
  if (registriesStart.status === 'rejected') throw registriesStart.reason;
  const [plane, [registry, locked]] = [planeStart.value, registriesStart.value];
  const kubectl = createKubectl(plane.kubeconfigPath);
  const apply: Harbour['apply'] = (object, ...args) =>
    succeed(kubectl(['apply', ...args, '-f', '-'], { input: object }));
  await apply({
    apiVersion: 'v1',
    kind: 'List',
    items: [...namespaces, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'quay' } }],
  });
  await setPlatform(kubectl, 'quay', 'amd64');
  const policies = await writePolicies(folder);
  const digests = new Map(await Promise.all(Object.keys(storyImages).map((name) => digestIn(registry, name))));
  const authority = await createAuthority('harbour');
  const configuration = await configurationOf({ folder, plane, policies, registry, locked });
  const service = unfinished.use(
    await startService({
      folder: join(folder, 'service'),
      certificate: await authority.issueServer(['127.0.0.1']),
      configuration,
    }),
  );
  const running = unfinished.move();
  return {
    ...{ plane, kubectl, service, authority, registry, locked, login, policies, folder, apply, configuration },
    image: (name, tag = '1') => `${registry.host}/shop/${name}:${tag}`,
    pinned: (name) => `${registry.host}/shop/${name}:1@${digests.get(name)}`,
    auditEvents: async () =>
      (await readFile(auditLog, 'utf8'))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
    replacements: [
      [registry.host, 'REGISTRY'],
      [locked.host, 'LOCKED-REGISTRY'],
      [new URL(service.reviewsUrl).host, 'TIDEWAITER'],
    ],
    stop: () => running.disposeAsync(),
  };
}

/** `production` and `restricted` are asked more than `baseline`; `exempt` is a plain one until it is labelled. */
const namespaces = Object.entries({
  shop: { tier: 'production' },
  vault: { tier: 'restricted' },
  sandbox: {},
  exempt: {},
  bakery: { tier: 'production' },
}).map(([name, labels]) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }));

async function startAuditedControlPlane(folder: string, auditLog: string): Promise<ControlPlane> {
  const policy = join(folder, 'audit-policy.yaml');
  const document = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'] };
  await writeFile(policy, JSON.stringify({ ...document, rules: [{ level: 'Metadata' }] }));
  return startControlPlane({ apiServerFlags: [`--audit-policy-file=${policy}`, `--audit-log-path=${auditLog}`] });
}

/** Says of a node what its kubelet would. */
export async function setPlatform(kubectl: Kubectl, node: string, architecture: string): Promise<void> {
  const rest = ['machineID', 'systemUUID', 'bootID', 'kernelVersion', 'osImage', 'containerRuntimeVersion'];
  const told = Object.fromEntries([...rest, 'kubeletVersion', 'kubeProxyVersion'].map((name) => [name, 'test']));
  const status = { status: { nodeInfo: { ...told, operatingSystem: 'linux', architecture } } };
  const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify(status)];
  await succeed(kubectl(['patch', 'node', node, ...patch]));
}

async function startRegistries(stack: AsyncDisposableStack): Promise<readonly [RealRegistry, RealRegistry]> {
  const users = { [login.user]: login.password, [serviceLogin.user]: serviceLogin.password };
  const registry = await startRealRegistry();
  stack.defer(() => registry.close());
  const locked = await startRealRegistry({ login: 'basic', users });
  stack.defer(() => locked.close());
  const builder = await createImageBuilder();
  try {
    const push = (name: string, place: string): Promise<void> =>
      builder.copy(name, `docker://${place}`, [
        '--dest-tls-verify=false',
        `--dest-creds=${login.user}:${login.password}`,
      ]);
    for (const [name, { containerfile, options }] of Object.entries<StoryImage>(storyImages)) {
      await builder.build(name, containerfile, options);
      await push(name, `${registry.host}/shop/${name}:1`);
    }
    await push('good', `${registry.host}/shop/good:latest`);
    await push('good', `${locked.host}/private/good:1`);
    await push('leaking', `${locked.host}/private/leaking:1`);
    await push('leaking', `${locked.host}/service/leaking:1`);
  } finally {
    await builder.close();
  }
  return [registry, locked];
}

async function digestIn({ origin }: RealRegistry, name: string): Promise<readonly [string, string | null]> {
  const accept = 'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json';
  const options = { method: 'HEAD', headers: { Accept: accept } };
  const { headers } = await fetch(`${origin}/v2/shop/${name}/manifests/1`, options);
  return [name, headers.get('docker-content-digest')];
}

interface Place extends Pick<Harbour, 'folder' | 'plane' | 'policies' | 'registry' | 'locked'> {}

async function configurationOf({
  folder,
  plane,
  policies,
  registry,
  locked,
}: Place): Promise<Harbour['configuration']> {
  const auth = Buffer.from(`${serviceLogin.user}:${serviceLogin.password}`).toString('base64');
  const credentials = join(folder, 'service-login.json');
  await writeFile(credentials, JSON.stringify({ auths: { [`${locked.host}/service`]: { auth } } }));
  const onLoopback = { plainHTTP: true, allowAddresses: ['127.0.0.1/32'] };
  return {
    server: { shutdown: { grace: '0s' } },
    policies: { paths: [policies], checkEvery: '1s' },
    kubernetes: { kubeconfig: plane.kubeconfigPath, limits: { nodesRefresh: '200ms', secretCache: '1s' } },
    credentialFiles: [credentials],
    // Port 1 stands for a registry that is down.
    registries: [registry.host, locked.host, '127.0.0.1:1'].map((match) => ({ match, ...onLoopback })),
  };
}
