// Records the AdmissionReviews in reviews/ from a real API server: E2E_BIN=$(test/e2e/tools/build) node test/admission/record-reviews.ts
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createAuthority } from '../e2e/support/certificates.ts';
import { startControlPlane } from '../e2e/support/control-plane.ts';
import { createKubectl, type Kubectl, succeed } from '../e2e/support/kubectl.ts';
import { untilWebhooksAreActive } from '../e2e/support/webhook.ts';

interface Review {
  readonly request: { readonly uid: string; readonly operation: string };
}

/** One request that is made and recorded: which of the reviews it causes, and what makes it. */
interface Step {
  readonly name: string;
  readonly operation?: string;
  readonly run: (kubectl: Kubectl) => Promise<unknown>;
}

const namespace = 'shop';
const image = 'registry.example.com/shop/api:1.4';
const labels = { app: 'api' };
const podSpec = {
  securityContext: { runAsNonRoot: true },
  containers: [
    {
      name: 'api',
      image,
      ports: [{ containerPort: 8080 }],
      resources: { requests: { cpu: '1m' } },
      readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
    },
    { name: 'log', image: 'registry.example.com/shop/log:2.0' },
  ],
};
const template = { metadata: { labels }, spec: podSpec };
const workload = { selector: { matchLabels: labels }, template };
const jobTemplate = { spec: { template: { spec: { ...podSpec, restartPolicy: 'Never' } } } };

function create(object: object, ...options: readonly string[]): Step['run'] {
  return (kubectl) => succeed(kubectl(['create', '-f', '-', ...options], { input: object }));
}

function kubectlStep(name: string, args: readonly string[], operation?: string): Step {
  return {
    name,
    ...(operation === undefined ? {} : { operation }),
    run: (kubectl) => succeed(kubectl(args)),
  };
}

function patch(resource: string, change: object, ...options: readonly string[]): readonly string[] {
  return ['patch', resource, '-n', namespace, '--type=strategic', '-p', JSON.stringify(change), ...options];
}

function named(apiVersion: string, kind: string, name: string, body: object, metadata: object = {}): object {
  return { apiVersion, kind, metadata: { name, namespace, ...metadata }, ...body };
}

function pod(name: string, spec: object = podSpec, metadata: object = { labels }): object {
  return named('v1', 'Pod', name, { spec }, metadata);
}

const asKubelet = ['--as=system:node:node-1', '--as-group=system:nodes'];
const specOnNode = { ...podSpec, nodeName: 'node-1' };
const mirror = { annotations: { 'kubernetes.io/config.mirror': 'b1946ac92492d2347c6235b4d2611184' } };

const kinds: readonly (readonly [string, object])[] = [
  ['replication-controller', named('v1', 'ReplicationController', 'api', { spec: { template } })],
  ['pod-template', named('v1', 'PodTemplate', 'api', { template })],
  ['deployment', named('apps/v1', 'Deployment', 'api', { spec: workload })],
  ['deployment-without-replicas', named('apps/v1', 'Deployment', 'idle', { spec: { ...workload, replicas: 0 } })],
  ['stateful-set', named('apps/v1', 'StatefulSet', 'api', { spec: { ...workload, serviceName: 'api' } })],
  ['daemon-set', named('apps/v1', 'DaemonSet', 'api', { spec: workload })],
  ['replica-set', named('apps/v1', 'ReplicaSet', 'api', { spec: workload })],
  ['job', named('batch/v1', 'Job', 'api', jobTemplate)],
  ['cron-job', named('batch/v1', 'CronJob', 'api', { spec: { schedule: '@daily', jobTemplate } })],
];

const specOfAllUses = {
  initContainers: [
    { name: 'migrate', image: 'registry.example.com/shop/migrate:3' },
    { name: 'proxy', image: 'registry.example.com/shop/proxy:4', restartPolicy: 'Always' },
  ],
  containers: podSpec.containers,
  volumes: [{ name: 'model', image: { reference: 'registry.example.com/shop/model:5' } }],
};

const steps: readonly Step[] = [
  { name: 'pod-create', run: create(pod('api')) },
  { name: 'pod-create-dry-run', run: create(pod('dry'), '--dry-run=server') },
  { name: 'pod-create-all-uses', run: create(pod('uses', specOfAllUses)) },
  {
    name: 'pod-create-generate-name',
    run: create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { generateName: 'api-7d4b9c-', namespace, labels },
      spec: podSpec,
    }),
  },
  ...kinds.map(([name, object]) => ({ name: `${name}-create`, run: create(object) })),
  kubectlStep('pod-update-image', [
    'set',
    'image',
    'pod/api',
    '-n',
    namespace,
    'log=registry.example.com/shop/log:2.1',
  ]),
  kubectlStep('pod-update-label', ['label', 'pod/api', '-n', namespace, 'tier=front']),
  kubectlStep('pod-debug', [
    'debug',
    'pod/api',
    '-n',
    namespace,
    '--image=registry.example.com/tools/debug:1',
    '--container=debugger',
    '--target=api',
    '--attach=false',
  ]),
  kubectlStep('pod-status', patch('pod/api', { status: { message: 'hello' } }, '--subresource=status')),
  kubectlStep(
    'pod-resize',
    patch(
      'pod/api',
      { spec: { containers: [{ name: 'api', resources: { requests: { cpu: '2m' } } }] } },
      '--subresource=resize',
    ),
  ),
  {
    name: 'pod-binding',
    run: (kubectl) =>
      succeed(
        kubectl(['create', '--raw', `/api/v1/namespaces/${namespace}/pods/api/binding`, '-f', '-'], {
          input: named('v1', 'Binding', 'api', { target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' } }),
        }),
      ),
  },
  // Nothing runs that could be connected to; the review comes before that is found out.
  {
    name: 'pod-exec',
    operation: 'CONNECT',
    run: (kubectl) => kubectl(['exec', 'api', '-n', namespace, '-c', 'api', '--', 'ls']),
  },
  kubectlStep('deployment-update-image', [
    'set',
    'image',
    'deployment/api',
    '-n',
    namespace,
    'api=registry.example.com/shop/api:1.5',
  ]),
  kubectlStep('deployment-update-annotation', ['annotate', 'deployment/api', '-n', namespace, 'note=hello']),
  kubectlStep('deployment-update-replicas', patch('deployment/api', { spec: { replicas: 0 } })),
  kubectlStep('deployment-scale', ['scale', 'deployment/api', '-n', namespace, '--replicas=2']),
  {
    name: 'deployment-apply-server-side',
    run: (kubectl) =>
      succeed(
        kubectl(['apply', '--server-side', '-f', '-'], {
          input: named('apps/v1', 'Deployment', 'applied', { spec: workload }),
        }),
      ),
  },
  {
    name: 'deployment-apply-server-side-again',
    run: (kubectl) =>
      succeed(
        kubectl(['apply', '--server-side', '-f', '-'], {
          input: named('apps/v1', 'Deployment', 'applied', {
            spec: {
              ...workload,
              template: { ...template, spec: { containers: [{ name: 'api', image: `${image}.1` }] } },
            },
          }),
        }),
      ),
  },
  { name: 'mirror-pod-by-kubelet', run: create(pod('static-node-1', specOnNode, mirror), ...asKubelet) },
  { name: 'mirror-pod-by-user', run: create(pod('static-fake', specOnNode, mirror)) },
  {
    name: 'pod-create-with-finalizer',
    run: create(pod('leaving', podSpec, { labels, finalizers: ['example.com/wait'] })),
  },
  kubectlStep('pod-delete', ['delete', 'pod/leaving', '-n', namespace, '--wait=false', '--grace-period=0'], 'DELETE'),
  kubectlStep('pod-deleting-update-image', [
    'set',
    'image',
    'pod/leaving',
    '-n',
    namespace,
    'log=registry.example.com/shop/log:2.2',
  ]),
  kubectlStep('pod-deleting-drop-finalizer', patch('pod/leaving', { metadata: { finalizers: null } })),
  kubectlStep('config-map-create', ['create', 'configmap', 'settings', '-n', namespace, '--from-literal=a=b']),
];

const recorded: Review[] = [];
const authority = await createAuthority('recorder');
const server = createServer(await authority.issueServer(['127.0.0.1']), async (request, response) => {
  const review: Review = JSON.parse(await text(request));
  recorded.push(review);
  response.setHeader('Content-Type', 'application/json').end(
    JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: review.request.uid, allowed: true },
    }),
  );
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
const port = typeof address === 'object' ? address?.port : undefined;

await using controlPlane = await startControlPlane();
const kubectl = createKubectl(controlPlane.kubeconfigPath);
await succeed(kubectl(['create', 'namespace', namespace]));
await succeed(
  kubectl(['create', 'clusterrolebinding', 'nodes', '--clusterrole=cluster-admin', '--group=system:nodes']),
);
await create({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'recorder' },
  webhooks: [
    {
      name: 'recorder.tidewaiter.dev',
      admissionReviewVersions: ['v1'],
      clientConfig: {
        url: `https://127.0.0.1:${port}/`,
        caBundle: Buffer.from(authority.cert).toString('base64'),
      },
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      rules: [{ apiGroups: ['', 'apps', 'batch'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] }],
      sideEffects: 'None',
    },
  ],
})(kubectl);
await untilWebhooksAreActive(kubectl);

for (const { name, operation, run } of steps) {
  recorded.length = 0;
  await run(kubectl);
  const review = recorded.find(({ request }) => operation === undefined || request.operation === operation);
  if (review === undefined) throw new Error(`${name} caused no review`);
  await writeFile(join(import.meta.dirname, 'reviews', `${name}.json`), `${JSON.stringify(review, null, 2)}\n`);
}
server.close();
server.closeAllConnections();
