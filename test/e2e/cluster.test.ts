// The cluster as a real API server tells it, and the chart as a real API server takes it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { parseDocument } from 'yaml';
import type { Keyring } from '../../src/inspection/image-source.ts';
import { type ConnectedCluster, createCluster } from '../../src/kubernetes/cluster.ts';
import { formatPlatform } from '../../src/oci/platform.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { fieldAt } from '../../src/workload/fields.ts';
import { render } from '../charts/helm.ts';
import { workload } from '../kubernetes/connected.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { createKubectl, type Kubectl, succeed } from './support/kubectl.ts';
import { without } from './support/tools.ts';
import { until } from './support/until.ts';

const nothing: Keyring = { lookup: () => Promise.resolve([]) };
const quiet = { info: () => undefined, warn: () => undefined };

describe('with the role that the chart gives, against a real API server', {
  skip: without('etcd', 'kube-apiserver', 'kubectl', 'helm'),
}, () => {
  let plane: ControlPlane;
  let kubectl: Kubectl;
  let cluster: ConnectedCluster;
  const signal = (): AbortSignal => AbortSignal.timeout(30_000);
  const apply = (document: unknown): Promise<string> =>
    succeed(kubectl(['apply', '-f', '-'], { input: JSON.stringify(document) }));

  before(async () => {
    plane = await startControlPlane();
    kubectl = createKubectl(plane.kubeconfigPath);
    await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tidewaiter' } });
    const roles = ['ClusterRole', 'ClusterRoleBinding', 'ServiceAccount'];
    const items = render({ values: 'default' }).filter(({ kind }) => roles.includes(String(kind)));
    await apply({ apiVersion: 'v1', kind: 'List', items });
    cluster = createCluster({
      access: { kind: 'kubeconfig', text: asServiceAccount(await readFile(plane.kubeconfigPath, 'utf8')) },
      own: nothing,
      log: quiet,
      limits: { nodesRefreshMs: 200 },
      now: () => performance.now(),
      random: () => 0,
    });
    await until(() => Promise.resolve(cluster.synced()), { what: 'the list of namespaces', timeoutMs: 30_000 });
  });
  after(async () => {
    cluster?.close();
    await plane?.stop();
  });

  test('labels of namespaces follow every change', async () => {
    await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { tier: 'production' } } });
    assert.equal((await cluster.namespaceLabels('shop', signal()))['tier'], 'production');
    await succeed(kubectl(['label', 'namespace', 'shop', 'tier=test', '--overwrite']));
    await until(async () => (await cluster.namespaceLabels('shop', signal()))['tier'] === 'test', {
      what: 'the new label',
      timeoutMs: 30_000,
    });
    await assert.rejects(cluster.namespaceLabels('no-such', signal()), { code: 'kubernetes/unavailable' });
  });

  test('platforms are those of nodes', async () => {
    assert.equal(cluster.platforms(), undefined);
    await apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'one' } });
    const status = { status: { nodeInfo: nodeInfo('linux', 'arm64') } };
    await succeed(
      kubectl(['patch', 'node', 'one', '--subresource=status', '--type=merge', '-p', JSON.stringify(status)]),
    );
    await until(() => Promise.resolve(cluster.platforms() !== undefined), { what: 'the node', timeoutMs: 30_000 });
    assert.deepEqual(cluster.platforms()?.map(formatPlatform), ['linux/arm64']);
  });

  test('pull secrets are those of the service account, read by name', async () => {
    await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bakery' } });
    await succeed(
      kubectl([
        ...[
          'create',
          'secret',
          'docker-registry',
          'regcred',
          '--namespace=bakery',
          '--docker-server=registry.example.com',
        ],
        ...['--docker-username=baker', '--docker-password=bread'],
      ]),
    );
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'oven', namespace: 'bakery' } };
    await apply({ ...account, imagePullSecrets: [{ name: 'regcred' }] });
    const found = await cluster
      .keyringFor(workload({ serviceAccountName: 'oven' }), 'bakery')
      .lookup(parseReference('registry.example.com/bread:1'), signal());
    assert.deepEqual(
      found.map(({ source }) => source),
      ['secret bakery/regcred'],
    );
    assert.match(JSON.stringify(found), /baker/);
  });

  test('the role reads secrets by name and lists none', async () => {
    const as = '--as=system:serviceaccount:tidewaiter:t-tidewaiter';
    const can = async (verb: string): Promise<boolean> =>
      (await kubectl(['auth', 'can-i', verb, 'secrets', '--all-namespaces', as])).code === 0;
    assert.deepEqual(
      [await can('get'), await can('list'), await can('watch'), await can('delete')],
      [true, false, false, false],
    );
  });

  for (const values of ['default', 'provided', 'cert-manager']) {
    test(`the chart with ${values} values is taken as it is`, async () => {
      // What cert-manager defines is known only where it is installed.
      const items = render({ values }).filter(({ apiVersion }) => !String(apiVersion).startsWith('cert-manager.io/'));
      const namespaces = items
        .map((item) => fieldAt(item, ['metadata', 'namespace']))
        .filter((name) => name !== undefined);
      for (const name of new Set(namespaces)) await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      const options = { input: { apiVersion: 'v1', kind: 'List', items } };
      const answer = await succeed(kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], options));
      assert.match(answer, /validatingwebhookconfiguration\S* created/);
      assert.match(answer, /deployment\S* created/);
    });
  }
});

/** The administrator's kubeconfig, who acts as the chart's service account: what the role does not allow is then refused. */
function asServiceAccount(kubeconfig: string): string {
  const document = parseDocument(kubeconfig);
  document.setIn(['users', 0, 'user', 'as'], 'system:serviceaccount:tidewaiter:t-tidewaiter');
  return document.toString();
}

/** The fields that the API demands of a node that says anything of itself. */
function nodeInfo(operatingSystem: string, architecture: string): Readonly<Record<string, string>> {
  const rest = ['machineID', 'systemUUID', 'bootID', 'kernelVersion', 'osImage', 'containerRuntimeVersion'];
  return {
    ...Object.fromEntries([...rest, 'kubeletVersion', 'kubeProxyVersion'].map((name) => [name, 'test'])),
    operatingSystem,
    architecture,
  };
}
