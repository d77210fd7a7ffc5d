// The life of the service: a certificate renewed under load, an orderly end, and what people see when it is gone.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { admissionReview, podOf } from '../../support/admission-review.ts';
import { startHostileRegistry } from '../../support/hostile-registry.ts';
import { image as imageBuilder } from '../../support/image.ts';
import { file } from '../../support/tar.ts';
import { createApiClient } from '../support/api-client.ts';
import { createApiServerClient } from '../support/api-server-client.ts';
import { assertGolden } from '../support/golden.ts';
import type { Harbour } from '../support/harbour.ts';
import { succeed } from '../support/kubectl.ts';
import { startService } from '../support/service.ts';
import { until } from '../support/until.ts';
import { registerWebhook } from '../support/webhook.ts';
import { deployment, pod, podSpecOf } from '../support/workloads.ts';

/** How often the certificate is renewed, and how many answers there must be each time. */
const renewals = 3;
const answersEach = 40;

export function tellLifecycle(harbour: () => Harbour): void {
  describe('the life of the service', () => {
    it('a certificate is renewed under load, and no request fails', async () => {
      const { service, authority, plane, image } = harbour();
      using cluster = await createApiClient(plane.kubeconfigPath);
      using fresh = createApiServerClient({ url: service.reviewsUrl, ca: authority.cert, keepAlive: false });
      const review = admissionReview(podOf(image('good')));
      let answers = 0;
      const viaCluster = async (): Promise<void> => {
        const object = pod('under-load', podSpecOf(image('good')));
        const { status, body } = await cluster.post('/api/v1/namespaces/shop/pods?dryRun=All', object);
        assert.equal(status, 201, body);
      };
      const onNewConnection = async (): Promise<void> => {
        const { status, body } = await fresh.ask(review);
        assert.deepEqual([status, body.response.allowed], [200, true]);
      };
      const end = new AbortController();
      const askOnAndOn = async (ask: () => Promise<void>): Promise<void> => {
        for (; !end.signal.aborted; answers += 1) await ask();
      };
      const load = Promise.all([viaCluster, viaCluster, viaCluster, onNewConnection].map(askOnAndOn));
      // Told at the end, unless something else has gone wrong before.
      load.catch(() => end.abort());
      const shown = new Set<string>();
      const isShownAnew = async (): Promise<boolean> => !shown.has((await fresh.ask(review)).serialNumber);
      try {
        for (let renewal = 1; renewal <= renewals; renewal += 1) {
          shown.add((await fresh.ask(review)).serialNumber);
          await service.replaceCertificate(await authority.issueServer(['127.0.0.1']));
          await until(isShownAnew, { what: 'the new certificate', timeoutMs: 30_000 });
          const isLoaded = async (): Promise<boolean> => answers >= renewal * answersEach;
          await until(isLoaded, { what: 'answers', timeoutMs: 30_000, everyMs: 20 });
        }
      } finally {
        end.abort();
      }
      await load;
    });

    it('on SIGTERM what is open is finished, then it ends with 0', async (t) => {
      const { authority, configuration, folder, kubectl, service } = harbour();
      const slow = await startHostileRegistry();
      t.after(() => slow.close());
      slow.put(
        'shop/slow',
        '1',
        imageBuilder()
          .config({ User: '10001' })
          .layer([file('app', 'app')])
          .build(),
      );
      slow.behave(({ path }) => (path.includes('/manifests/') ? { kind: 'drip', everyMs: 4 } : undefined));
      const onLoopback = { plainHTTP: true, allowAddresses: ['127.0.0.1/32'] };
      await using leaving = await startService({
        folder: join(folder, 'leaving'),
        certificate: await authority.issueServer(['127.0.0.1']),
        configuration: {
          ...configuration,
          server: { shutdown: { grace: '1s' } },
          registries: [{ match: slow.host, ...onLoopback }],
        },
      });
      await registerWebhook(kubectl, { url: leaving.reviewsUrl, caBundle: authority.cert });
      t.after(() => registerWebhook(kubectl, { url: service.reviewsUrl, caBundle: authority.cert }));
      const input = pod('slow', podSpecOf(`${slow.host}/shop/slow:1`));
      const creating = kubectl(['create', '--namespace=sandbox', '-f', '-'], { input });
      await until(async () => slow.requests.length > 0, {
        what: 'the registry to be asked',
        timeoutMs: 30_000,
        everyMs: 5,
      });
      const ending = leaving.stop();
      const isUnready = async (): Promise<boolean> => (await fetch(`${leaving.probesUrl}/readyz`)).status === 503;
      await until(isUnready, { what: 'readiness to go', timeoutMs: 5_000, everyMs: 20, signal: leaving.ended });
      assert.equal(leaving.log().filter(({ msg }) => msg === 'decision').length, 0, 'the review is still open');
      assert.match(await succeed(creating), /pod\/slow created/);
      await ending;
      assert.match(String(leaving.ended.reason), /exit code 0/);
    });

    it('without it nothing is let in, and the message says why; what is there can be deleted', async () => {
      const { service, kubectl, image, replacements } = harbour();
      process.kill(service.pid, 'SIGKILL');
      await until(async () => service.ended.aborted, { what: 'the end', timeoutMs: 10_000 });
      const input = deployment('too-late', podSpecOf(image('good')));
      const { code, stdout, stderr } = await kubectl(['apply', '--namespace=shop', '-f', '-'], { input });
      assertGolden(
        'service-down',
        `$ kubectl apply --namespace shop -f deployment.yaml\n${stdout}${stderr}`,
        replacements,
      );
      assert.equal(code, 1);
      await succeed(kubectl(['delete', 'deployment', 'old', '--namespace=shop', '--wait=false']));
    });
  });
}
