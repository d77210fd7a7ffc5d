// Registers a validating webhook with a control plane, and waits until the API server asks it.
import { randomUUID } from 'node:crypto';
import { type Kubectl, succeed } from './kubectl.ts';
import { until } from './until.ts';

export interface WebhookRegistration {
  /** Where the API server finds the webhook, as `https://127.0.0.1:8443/validate`. */
  readonly url: string;
  /** PEM of the authorities that may have signed the webhook's certificate. */
  readonly caBundle: string;
  readonly signal?: AbortSignal | undefined;
}

/** Of the configuration, which `kubectl get validatingwebhookconfiguration` shows. */
export const configurationName = 'tidewaiter';
export const webhookName = 'images.tidewaiter.dev';

const operations = ['CREATE', 'UPDATE'];

/** Every built-in resource that names images; the chart's webhook has the same. */
export const webhookRules = [
  { apiGroups: [''], resources: ['pods', 'pods/ephemeralcontainers', 'replicationcontrollers', 'podtemplates'] },
  { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'] },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'] },
].map((rule) => ({ ...rule, apiVersions: ['v1'], operations, scope: 'Namespaced' }));

/** Replaces an earlier registration. Resolves once the API server asks the webhook about every request that it is for. */
export async function registerWebhook(kubectl: Kubectl, registration: WebhookRegistration): Promise<void> {
  const { url, caBundle, signal } = registration;
  const configuration = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: configurationName },
    webhooks: [
      {
        name: webhookName,
        admissionReviewVersions: ['v1'],
        clientConfig: { url, caBundle: Buffer.from(caBundle).toString('base64') },
        rules: webhookRules,
        failurePolicy: 'Fail',
        sideEffects: 'NoneOnDryRun',
        timeoutSeconds: 10,
      },
    ],
  };
  await succeed(kubectl(['apply', '-f', '-'], { input: configuration, signal }));
  await untilWebhooksAreActive(kubectl, signal);
}

/** Resolves once the API server has stopped asking. */
export async function unregisterWebhook(kubectl: Kubectl, signal?: AbortSignal): Promise<void> {
  await succeed(kubectl(['delete', 'validatingwebhookconfiguration', configurationName], { signal }));
  await untilWebhooksAreActive(kubectl, signal);
}

/** A watch delivers within a second or two; this is for a machine whose cores are all at work. */
const activationTimeoutMs = 60_000;

/**
 * Resolves once every change made so far to any ValidatingWebhookConfiguration is in force, a chart's included.
 *
 * The API server learns of them by one watch, in order. So a last one is added, which refuses a certain dry run and
 * nothing else: when it does, all before it are in force. It asks nobody, so the webhooks under test never hear of it.
 */
export async function untilWebhooksAreActive(kubectl: Kubectl, signal?: AbortSignal): Promise<void> {
  const name = `last-of-all-${randomUUID()}`;
  const configuration = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: 'last.tidewaiter.dev',
        admissionReviewVersions: ['v1'],
        // Never dialled: a condition that cannot be evaluated refuses by itself where the policy is to fail.
        clientConfig: { url: 'https://127.0.0.1:1/' },
        matchConditions: [{ name: 'cannot-be-evaluated', expression: `object.metadata.labels['absent'] == ''` }],
        objectSelector: { matchLabels: { name } },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['namespaces'] }],
        failurePolicy: 'Fail',
        sideEffects: 'None',
      },
    ],
  };
  const refused = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { name } } };
  await succeed(kubectl(['create', '-f', '-'], { input: configuration, signal }));
  try {
    await until(
      async (asking) => {
        const answer = await kubectl(['create', '--dry-run=server', '-f', '-'], { input: refused, signal: asking });
        return answer.stderr.includes('no such key: absent');
      },
      { what: 'the webhooks to be active', timeoutMs: activationTimeoutMs, signal },
    );
  } finally {
    await succeed(kubectl(['delete', 'validatingwebhookconfiguration', name]));
  }
}
