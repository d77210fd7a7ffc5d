// How the API server is reached, and that what opens it goes nowhere else.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { generate } from 'selfsigned';
import { createCluster } from '../../src/kubernetes/cluster.ts';
import { eventually, kubeconfigFor, startFakeApiServer } from '../support/fake-apiserver.ts';
import { connect, quickLimits } from './connected.ts';

const quiet = { info: () => undefined, warn: () => undefined };
const nothing = { lookup: () => Promise.resolve([]) };
const rest = {
  own: nothing,
  log: quiet,
  limits: quickLimits,
  now: () => 1,
  random: () => 0,
};

const unusable: readonly (readonly [claim: string, text: string])[] = [
  ['a text that is not YAML', '{'],
  ['a context without a cluster', JSON.stringify({ 'current-context': 'x', contexts: [], clusters: [], users: [] })],
  ['a server that is no URL', kubeconfigFor('somewhere')],
  ['a server of another protocol', kubeconfigFor('ftp://127.0.0.1')],
  ['plain http without saying so', kubeconfigFor('http://127.0.0.1:1').replace('true', 'false')],
];

for (const [claim, text] of unusable) {
  test(`a kubeconfig with ${claim} does not load`, () => {
    assert.throws(() => createCluster({ access: { kind: 'kubeconfig', text }, ...rest }), { code: 'document/invalid' });
  });
}

test('the token goes to the API server, and no redirect carries it elsewhere', async () => {
  await using elsewhere = await startFakeApiServer();
  await using connected = await connect({
    prepare: (api) =>
      api.script((request, response) => {
        if (request.url !== '/api/v1/namespaces/moved') return false;
        response.writeHead(307, { location: `http://127.0.0.1:${elsewhere.port}/api/v1/namespaces/moved` }).end();
        return true;
      }),
  });
  const { api, cluster } = connected;
  await assert.rejects(cluster.namespaceLabels('moved', AbortSignal.timeout(5_000)), {
    code: 'kubernetes/unavailable',
  });
  assert.ok(api.seen.length > 0);
  assert.ok(api.seen.every(({ authorization }) => authorization === 'Bearer service-account-token'));
  assert.deepEqual(elsewhere.seen, []);
});

test('a gateway’s path goes before every request', async () => {
  await using api = await startFakeApiServer();
  const cluster = createCluster({
    access: { kind: 'kubeconfig', text: kubeconfigFor(`http://127.0.0.1:${api.port}/k8s/clusters/c-1/`) },
    ...rest,
  });
  await eventually('a request', () =>
    api.seen.some(({ url }) => url.startsWith('/k8s/clusters/c-1/api/v1/namespaces')),
  );
  cluster.close();
});

test('addresses of the server are those its name has', async () => {
  await using connected = await connect();
  assert.deepEqual(await connected.cluster.apiServerAddresses(), ['127.0.0.1']);
  const access = { kind: 'kubeconfig', text: kubeconfigFor('http://no-such-host.invalid:6443') } as const;
  const cluster = createCluster({ access, ...rest });
  assert.deepEqual(await cluster.apiServerAddresses(), []);
  cluster.close();
});

test('inside a pod, the service account’s CA and token are used', async () => {
  const days = (count: number): Date => new Date(Date.now() + count * 86_400_000);
  const pair = await generate([{ name: 'commonName', value: 'kubernetes' }], {
    notAfterDate: days(2),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  await using api = await startFakeApiServer({ key: pair.private, cert: pair.cert });
  api.put('/api/v1/namespaces', { metadata: { name: 'shop', labels: { tier: 'production' } } });
  const root = await mkdtemp(join(tmpdir(), 'pod-'));
  const directory = join(root, 'var/run/secrets/kubernetes.io/serviceaccount');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'ca.crt'), pair.cert);
  await writeFile(join(directory, 'token'), 'projected-token');
  process.env['KUBERNETES_SERVICE_HOST'] = '127.0.0.1';
  process.env['KUBERNETES_SERVICE_PORT'] = String(api.port);
  const cluster = createCluster({ access: { kind: 'in-cluster', root }, ...rest });
  try {
    await eventually('the list', () => cluster.synced());
    assert.ok(api.seen.every(({ authorization }) => authorization === 'Bearer projected-token'));
  } finally {
    cluster.close();
    await rm(root, { recursive: true });
  }
});
