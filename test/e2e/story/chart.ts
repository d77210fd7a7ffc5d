// The webhook as the chart registers it, on a real API server: the same rules, and what it leaves out on purpose.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { field, listField, textListField } from '../../../src/workload/fields.ts';
import { render } from '../../charts/helm.ts';
import type { Harbour } from '../support/harbour.ts';
import { succeed } from '../support/kubectl.ts';
import { without } from '../support/tools.ts';
import { registerWebhook, unregisterWebhook, untilWebhooksAreActive, webhookRules } from '../support/webhook.ts';
import { pod, podSpecOf } from '../support/workloads.ts';

/** As rendered for a release in the namespace `tidewaiter`. */
function chartWebhook(): { readonly name: string; readonly configuration: object; readonly webhook: object } {
  const kind = 'ValidatingWebhookConfiguration';
  const configuration = render({ values: 'default' }).find((object) => object['kind'] === kind) ?? assert.fail(kind);
  const [webhook] = listField(configuration, 'webhooks');
  assert.ok(typeof webhook === 'object' && webhook !== null);
  return { name: String(field(field(configuration, 'metadata'), 'name')), configuration, webhook };
}

/** Without the order in which a list happens to be written. */
function sorted(rules: readonly unknown[]): readonly string[] {
  return rules
    .flatMap((rule) =>
      (textListField(rule, 'resources') ?? []).map((resource) =>
        JSON.stringify([
          ...[field(rule, 'apiGroups'), field(rule, 'apiVersions'), resource],
          ...[field(rule, 'operations'), field(rule, 'scope')],
        ]),
      ),
    )
    .toSorted();
}

export function tellChart(harbour: () => Harbour): void {
  describe("the chart's webhook", { skip: without('helm') }, () => {
    const create = (namespace: string, metadata: object = {}, ...args: readonly string[]) => {
      const { kubectl, image } = harbour();
      // A mirror pod has to name its node.
      const spec = { ...podSpecOf(image('root')), nodeName: 'quay' };
      const input = { ...pod('', spec), metadata: { name: 'charted', ...metadata } };
      return kubectl(['create', '--dry-run=server', `--namespace=${namespace}`, ...args, '-f', '-'], { input });
    };

    before(async () => {
      const { kubectl, service, authority, apply } = harbour();
      await unregisterWebhook(kubectl);
      const { configuration, webhook } = chartWebhook();
      // The service is no Service here; all else is the chart's.
      const caBundle = Buffer.from(authority.cert).toString('base64');
      const reachable = { ...webhook, clientConfig: { url: service.reviewsUrl, caBundle } };
      await apply({ ...configuration, webhooks: [reachable] });
      await succeed(kubectl(['create', 'namespace', 'tidewaiter']));
      await untilWebhooksAreActive(kubectl);
    });
    after(async () => {
      const { kubectl, service, authority } = harbour();
      await succeed(kubectl(['delete', 'validatingwebhookconfiguration', chartWebhook().name]));
      await registerWebhook(kubectl, { url: service.reviewsUrl, caBundle: authority.cert });
    });

    it('has the rules of the one that the rest of the story registers', () => {
      assert.deepEqual(sorted(listField(chartWebhook().webhook, 'rules')), sorted(webhookRules));
    });

    it('is asked about what people create', async () => {
      const { code, stderr } = await create('shop');
      assert.equal(code, 1);
      assert.match(stderr, /user\/root/);
    });

    it('is asked neither in kube-system, nor in the namespace of the release', async () => {
      for (const namespace of ['kube-system', 'tidewaiter']) await succeed(create(namespace));
    });

    it('is not asked about the mirror of a static pod by a kubelet, and is about one by anybody else', async () => {
      const metadata = { annotations: { 'kubernetes.io/config.mirror': 'hash' } };
      const impersonated = ['--as=system:node:quay', '--as-group=system:masters'];
      await succeed(create('shop', metadata, ...impersonated, '--as-group=system:nodes'));
      assert.equal((await create('shop', metadata, ...impersonated)).code, 1);
    });
  });
}
