// A private image: read with the credentials of the pod that wants it, and nothing of it told to anybody else.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertGolden } from '../support/golden.ts';
import type { Harbour } from '../support/harbour.ts';
import { type KubectlResult, succeed } from '../support/kubectl.ts';
import { until } from '../support/until.ts';
import { deployment, type PodSpec, pod, podSpecOf } from '../support/workloads.ts';

export function tellTenancy(harbour: () => Harbour): void {
  const create = (namespace: string, name: string, spec: PodSpec): Promise<KubectlResult> =>
    harbour().kubectl(['create', `--namespace=${namespace}`, '-f', '-'], { input: pod(name, spec) });

  async function createPullSecret(namespace: string, name: string, password: string): Promise<void> {
    const { kubectl, locked, login } = harbour();
    const given = [
      `--docker-server=${locked.host}`,
      `--docker-username=${login.user}`,
      `--docker-password=${password}`,
    ];
    await succeed(kubectl(['create', 'secret', 'docker-registry', name, `--namespace=${namespace}`, ...given]));
  }

  const privateImage = (name = 'good'): string => `${harbour().locked.host}/private/${name}:1`;

  describe('a private image', () => {
    it('is judged with the pull secret of the pod', async () => {
      await createPullSecret('shop', 'regcred', harbour().login.password);
      const pulling = { imagePullSecrets: [{ name: 'regcred' }] };
      await succeed(create('shop', 'with-secret', { ...podSpecOf(privateImage()), ...pulling }));
      const { code, stderr } = await create('shop', 'leaking', { ...podSpecOf(privateImage('leaking')), ...pulling });
      assert.equal(code, 1);
      assert.match(stderr, /secrets\/env: the environment variable REGISTRY_TOKEN/);
    });

    it('is judged with the pull secret of the service account, which the API server writes into Pods alone', async () => {
      const { kubectl, apply } = harbour();
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'baker' } };
      await apply({ ...account, imagePullSecrets: [{ name: 'regcred' }] }, '--namespace=shop');
      const rehearse = (spec: PodSpec) =>
        kubectl(['create', '--dry-run=server', '--namespace=shop', '-f', '-'], { input: deployment('baked', spec) });
      await succeed(rehearse({ ...podSpecOf(privateImage()), serviceAccountName: 'baker' }));
      assert.equal((await rehearse(podSpecOf(privateImage()))).code, 1);
    });

    it('is refused in a namespace without the secret, although others have just read it', async () => {
      const refused = await create('bakery', 'without', podSpecOf(privateImage()));
      const absent = await create('bakery', 'without', podSpecOf(privateImage('no-such')));
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /undecided\/unauthorized/);
      assert.doesNotMatch(refused.stderr, /sha256:/);
      assert.equal(refused.stderr.replaceAll('private/good', ''), absent.stderr.replaceAll('private/no-such', ''));
    });

    it('is refused with a wrong password, and the message names the secret that was tried', async () => {
      const wrong = ['stale', 'bread'].join('-');
      await createPullSecret('bakery', 'stale', wrong);
      const spec = { ...podSpecOf(privateImage()), imagePullSecrets: [{ name: 'stale' }] };
      const { code, stderr } = await create('bakery', 'wrong', spec);
      assertGolden(
        'wrong-password',
        `$ kubectl create --namespace bakery -f pod.yaml\n${stderr}`,
        harbour().replacements,
      );
      assert.equal(code, 1);
      assert.ok(!stderr.includes(wrong));
    });

    it('is refused with a secret that does not exist, and the log says so', async () => {
      const spec = { ...podSpecOf(privateImage()), imagePullSecrets: [{ name: 'absent' }] };
      const { code, stderr } = await create('bakery', 'absent', spec);
      assert.equal(code, 1);
      assert.match(stderr, /imagePullSecret.* check that it exists/);
      const isTold = () =>
        harbour()
          .service.log()
          .some((line) => line['name'] === 'absent' && line.level === 'warn');
      await until(async () => isTold(), { what: 'the line of the log', timeoutMs: 10_000 });
    });
  });
}
