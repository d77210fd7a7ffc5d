// The chart as helm renders it, held against what the program takes and what a cluster demands.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { stripTypeScriptTypes } from 'node:module';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { runProgram, type ServeOptions } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { parseConfiguration } from '../../src/files/configuration.ts';
import { type FieldBag, field, fieldAt, listField, textField, textListField } from '../../src/workload/fields.ts';
import { workloadKinds } from '../../src/workload/kinds.ts';
import { lint, type RenderOptions, refusal, render, renderText, withoutHelm } from './helm.ts';

const modes = ['default', 'cert-manager', 'provided'] as const;

function helmTest(claim: string, run: () => void | Promise<void>): void {
  test(claim, { skip: withoutHelm }, run);
}

function find(objects: readonly FieldBag[], kind: string, name?: string): FieldBag {
  const found = objects.find(
    (object) => object['kind'] === kind && (name === undefined || fieldAt(object, ['metadata', 'name']) === name),
  );
  assert.ok(found !== undefined, `no ${kind} ${name ?? ''}`);
  return found;
}

const podSpecOf = (objects: readonly FieldBag[]): unknown =>
  fieldAt(find(objects, 'Deployment'), ['spec', 'template', 'spec']);
const webhookOf = (objects: readonly FieldBag[]): unknown =>
  listField(find(objects, 'ValidatingWebhookConfiguration'), 'webhooks')[0];
const configurationOf = (objects: readonly FieldBag[]): string =>
  textField(field(find(objects, 'ConfigMap', 't-tidewaiter-config'), 'data'), 'config.yaml') ?? '';

for (const mode of modes) {
  helmTest(`${mode}: lint has nothing to say`, () => {
    assert.match(lint(mode), /0 chart\(s\) failed/);
  });

  helmTest(`${mode}: every pod satisfies Pod Security "restricted"`, () => {
    const objects = render({ values: mode, set: ['hostNetwork=false'] });
    for (const pod of [podSpecOf(objects), field(find(objects, 'Pod'), 'spec')]) {
      assert.equal(fieldAt(pod, ['securityContext', 'runAsNonRoot']), true);
      assert.equal(fieldAt(pod, ['securityContext', 'runAsUser']), 65532);
      assert.equal(fieldAt(pod, ['securityContext', 'seccompProfile', 'type']), 'RuntimeDefault');
      assert.ok(![field(pod, 'hostNetwork'), field(pod, 'hostPID'), field(pod, 'hostIPC')].includes(true));
      const kinds = listField(pod, 'volumes').flatMap((volume) =>
        Object.keys(volume ?? {}).filter((key) => key !== 'name'),
      );
      assert.ok(
        kinds.every((kind) => ['configMap', 'secret', 'emptyDir', 'projected'].includes(kind)),
        kinds.join(),
      );
      for (const container of listField(pod, 'containers')) {
        const context = field(container, 'securityContext');
        assert.equal(field(context, 'allowPrivilegeEscalation'), false);
        assert.equal(field(context, 'readOnlyRootFilesystem'), true);
        assert.deepEqual(fieldAt(context, ['capabilities', 'drop']), ['ALL']);
      }
    }
  });

  helmTest(`${mode}: the program takes the arguments, and every file they name is mounted`, async () => {
    const container = listField(podSpecOf(render({ values: mode })), 'containers')[0];
    const seen: ServeOptions[] = [];
    const none = (): Promise<0> => Promise.resolve(0);
    const serve = (_: readonly string[], options: ServeOptions): Promise<0> => {
      seen.push(options);
      return none();
    };
    const terminal: Terminal = {
      out: () => undefined,
      err: () => undefined,
      stdin: Readable.from([]),
      environment: { noColor: true },
      outIsTerminal: false,
      errIsTerminal: false,
      interrupted: new AbortController().signal,
      endedInPeace: () => undefined,
    };
    const code = await runProgram(
      textListField(container, 'args') ?? [],
      { serve, check: none, inspect: none, test: none, explain: none },
      terminal,
    );
    assert.equal(code, 0);
    const { config, policies = [], tlsCert, tlsKey, dataDir, listen, probeListen } = seen[0] ?? {};
    const mounts = listField(container, 'volumeMounts').map((mount) => textField(mount, 'mountPath') ?? '?');
    for (const path of [config, tlsCert, tlsKey, dataDir, ...policies]) {
      assert.ok(
        [...mounts, '/app/policies'].some((mount) => path?.startsWith(mount)),
        `${path} is not mounted`,
      );
    }
    assert.deepEqual([listen, probeListen], ['0.0.0.0:8443', '0.0.0.0:8080']);
  });

  helmTest(`${mode}: the webhook is asked for every kind that carries images, and for no status or scale`, () => {
    const resources = listField(webhookOf(render({ values: mode })), 'rules').flatMap((rule) =>
      listField(rule, 'apiGroups').flatMap((group) =>
        (textListField(rule, 'resources') ?? []).map((resource) => `${String(group)}/${resource}`),
      ),
    );
    const wanted = workloadKinds.map(({ kind, groups }) => `${groups[0]}/${kind.toLowerCase()}s`);
    assert.deepEqual(resources.toSorted(), [...wanted, '/pods/ephemeralcontainers'].toSorted());
  });

  helmTest(`${mode}: the webhook leaves out kube-system, kube-node-lease and its own namespace`, () => {
    const selector = field(webhookOf(render({ values: mode, namespace: 'image-policy' })), 'namespaceSelector');
    const names = textListField(listField(selector, 'matchExpressions')[0], 'values') ?? [];
    assert.deepEqual(names.slice(0, 3), ['kube-system', 'kube-node-lease', 'image-policy']);
  });

  helmTest(`${mode}: selectors pick the pods of the Deployment, and not the test's`, () => {
    const objects = render({ values: mode });
    const selector = fieldAt(find(objects, 'Service'), ['spec', 'selector']);
    assert.deepEqual(fieldAt(find(objects, 'Deployment'), ['spec', 'selector', 'matchLabels']), selector);
    const matches = (labels: unknown): boolean =>
      Object.entries(selector ?? {}).every(([key, value]) => field(labels, key) === value);
    assert.ok(matches(fieldAt(find(objects, 'Deployment'), ['spec', 'template', 'metadata', 'labels'])));
    assert.ok(!matches(fieldAt(find(objects, 'Pod'), ['metadata', 'labels'])));
  });

  helmTest(`${mode}: no role lists or watches secrets, or writes anything`, () => {
    for (const role of render({ values: mode }).filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')) {
      for (const rule of listField(role, 'rules')) {
        const verbs = textListField(rule, 'verbs') ?? [];
        assert.ok(
          verbs.every((verb) => ['get', 'list', 'watch'].includes(verb)),
          verbs.join(),
        );
        if (textListField(rule, 'resources')?.includes('secrets')) assert.deepEqual(verbs, ['get']);
      }
    }
  });

  helmTest(`${mode}: the test pod's script is a program`, () => {
    const container = listField(field(find(render({ values: mode }), 'Pod'), 'spec'), 'containers')[0];
    const script = textListField(container, 'args')?.[0] ?? '';
    assert.match(stripTypeScriptTypes(script), /readyz/);
  });
}

for (const mode of ['cert-manager', 'provided']) {
  helmTest(`${mode}: rendering twice gives the same, as tools that render charts need it`, () => {
    assert.equal(renderText({ values: mode }), renderText({ values: mode }));
  });
}

helmTest('helm-generated: the CA in the webhook signed a certificate for the name that the API server verifies', () => {
  const objects = render({ values: 'default' });
  const data = field(find(objects, 'Secret'), 'data');
  const certificate = (base64: unknown): X509Certificate => new X509Certificate(Buffer.from(String(base64), 'base64'));
  const caBundle = fieldAt(webhookOf(objects), ['clientConfig', 'caBundle']);
  const [ca, leaf] = [certificate(caBundle), certificate(field(data, 'tls.crt'))];
  assert.ok(leaf.verify(ca.publicKey), 'signed by the CA');
  assert.equal(leaf.checkHost('t-tidewaiter.tidewaiter.svc'), 't-tidewaiter.tidewaiter.svc');
  assert.equal(field(data, 'ca.crt'), caBundle);
});

helmTest('cert-manager: the CA is left to whoever injects it', () => {
  const objects = render({ values: 'cert-manager' });
  assert.ok(!Object.hasOwn(Object(field(webhookOf(objects), 'clientConfig')), 'caBundle'));
  const annotations = fieldAt(find(objects, 'ValidatingWebhookConfiguration'), ['metadata', 'annotations']);
  assert.equal(field(annotations, 'cert-manager.io/inject-ca-from'), 'tidewaiter/t-tidewaiter');
  assert.equal(
    fieldAt(find(objects, 'Certificate', 't-tidewaiter'), ['spec', 'secretName']),
    't-tidewaiter-tls',
    'the secret that the pods mount',
  );
});

helmTest('provided: the CA is encoded once, and no secret is made', () => {
  const objects = render({ values: 'provided' });
  const caBundle = textField(field(webhookOf(objects), 'clientConfig'), 'caBundle') ?? '';
  assert.match(Buffer.from(caBundle, 'base64').toString(), /^-----BEGIN CERTIFICATE-----\n/);
  assert.ok(objects.every(({ kind }) => kind !== 'Secret'));
});

helmTest('provided: without a CA the field is left out, so that an upgrade does not wipe an injected one', () => {
  const objects = render({ values: 'provided', set: ['tls.provided.caBundle=""'] });
  assert.ok(!Object.hasOwn(Object(field(webhookOf(objects), 'clientConfig')), 'caBundle'));
});

helmTest('what the roles allow and what the program is told of pull secrets agree', () => {
  const secretsIn = (objects: readonly FieldBag[], kind: string): readonly unknown[] =>
    objects
      .filter((object) => object['kind'] === kind)
      .filter((role) => listField(role, 'rules').some((rule) => textListField(rule, 'resources')?.includes('secrets')))
      .map((role) => fieldAt(role, ['metadata', 'namespace']));
  const [all, listed, none] = [
    render({ values: 'default' }),
    render({ values: 'cert-manager' }),
    render({ values: 'provided' }),
  ];
  assert.deepEqual([secretsIn(all, 'ClusterRole').length, secretsIn(all, 'Role')], [1, []]);
  assert.deepEqual([secretsIn(listed, 'ClusterRole'), secretsIn(listed, 'Role')], [[], ['shop', 'billing']]);
  assert.deepEqual([secretsIn(none, 'ClusterRole'), secretsIn(none, 'Role')], [[], []]);
  const told = [all, listed, none].map(
    (objects) => parseConfiguration(configurationOf(objects), 'config.yaml').kubernetes,
  );
  assert.deepEqual(
    told.map(({ pullSecrets, pullSecretNamespaces }) => [pullSecrets, pullSecretNamespaces]),
    [
      [true, []],
      [true, ['shop', 'billing']],
      [false, []],
    ],
  );
});

helmTest('a disruption budget is made only where something is left to keep', () => {
  const has = (values: string): boolean => render({ values }).some(({ kind }) => kind === 'PodDisruptionBudget');
  assert.deepEqual([has('default'), has('provided')], [true, false]);
});

helmTest('policies may be texts and objects', () => {
  const data = field(find(render({ values: 'provided' }), 'ConfigMap', 't-tidewaiter-policies'), 'data');
  assert.match(textField(data, 'size.yaml') ?? '', /name: size/);
  assert.match(textField(data, 'user.yaml') ?? '', /name: user/);
});

const refused: readonly { readonly claim: string; readonly options: RenderOptions; readonly says: RegExp }[] = [
  {
    claim: 'no image',
    options: { values: 'default', set: ['image.repository=""'] },
    says: /image\.repository is required/,
  },
  { claim: 'kube-system', options: { values: 'default', namespace: 'kube-system' }, says: /namespace of its own/ },
  { claim: 'no policies', options: { values: 'default', set: ['policies.builtIn=[]'] }, says: /no policies/ },
  { claim: 'one replica that fails closed', options: { values: 'default', set: ['replicas=1'] }, says: /one replica/ },
  {
    claim: 'a provided certificate without a secret',
    options: { values: 'provided', set: ['tls.provided.secretName=""'] },
    says: /secretName is required/,
  },
  {
    claim: 'listed namespaces without a list',
    options: { values: 'cert-manager', set: ['rbac.pullSecretNamespaces=[]'] },
    says: /lists none/,
  },
  { claim: 'a value that is not there', options: { values: 'default', set: ['replicaCount=3'] }, says: /replicaCount/ },
];

for (const { claim, options, says } of refused) {
  helmTest(`the chart does not render with ${claim}, and says why`, () => {
    assert.match(refusal(options) ?? 'it rendered', says);
  });
}
