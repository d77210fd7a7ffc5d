// Proves that a registered webhook is asked about everything that names images, at once, and about nothing else.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { createAuthority } from './support/certificates.ts';
import { startControlPlane } from './support/control-plane.ts';
import { createKubectl, type Kubectl, succeed } from './support/kubectl.ts';
import { withoutControlPlane } from './support/tools.ts';
import { registerWebhook, unregisterWebhook } from './support/webhook.ts';
import { everyKind, podSpecOf } from './support/workloads.ts';

const message = 'the tide is out';

interface Review {
  readonly request: { readonly uid: string; readonly resource: { readonly resource: string } };
}

/** Denies whatever it is asked, and adds the resource to `asked`. */
async function startDenier(asked: string[]): Promise<{ server: Server; url: string; caBundle: string }> {
  const authority = await createAuthority('denier');
  const server = createServer(await authority.issueServer(['127.0.0.1']), async (request, response) => {
    const { request: review }: Review = JSON.parse(await text(request));
    asked.push(review.resource.resource);
    response.setHeader('Content-Type', 'application/json').end(
      JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: review.uid, allowed: false, status: { message } },
      }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return { server, url: `https://127.0.0.1:${address.port}/validate`, caBundle: authority.cert };
}

const podSpec = podSpecOf('registry.example/web:1');

const create = (kubectl: Kubectl, object: object): ReturnType<Kubectl> =>
  kubectl(['create', '-f', '-'], { input: { ...object, metadata: { name: 'web', namespace: 'default' } } });

test('registering waits for an API server that is slow to notice, and leaves nothing else registered', async () => {
  const admitted = { code: 0, stdout: '', stderr: '' };
  const refused = { code: 1, stdout: '', stderr: 'resulted in error: no such key: absent' };
  const dryRuns = [admitted, admitted, refused];
  const registered = new Set<string>();
  // The real one notices before a second kubectl has started, so a wait that is missing would go unseen there.
  const slow: Kubectl = async ([verb = '', ...args], { input } = {}) => {
    if (args.includes('--dry-run=server')) return dryRuns.shift() ?? refused;
    const name = verb === 'delete' ? args.at(-1) : JSON.parse(JSON.stringify(input)).metadata.name;
    verb === 'delete' ? registered.delete(name) : registered.add(name);
    return admitted;
  };
  await registerWebhook(slow, { url: 'https://127.0.0.1:8443/validate', caBundle: '' });
  assert.deepEqual(dryRuns, []);
  assert.deepEqual([...registered], ['tidewaiter']);
});

test('a registered webhook', { skip: withoutControlPlane }, async (t) => {
  await using controlPlane = await startControlPlane({ signal: t.signal });
  const kubectl = createKubectl(controlPlane.kubeconfigPath);
  const asked: string[] = [];
  const { server, url, caBundle } = await startDenier(asked);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await succeed(kubectl(['run', 'bystander', '--image=registry.example/web:1']));
  await registerWebhook(kubectl, { url, caBundle, signal: t.signal });
  assert.deepEqual(asked, [], 'waiting until it is active asks it nothing');

  for (const [object] of everyKind(podSpec)) {
    await t.test(`decides on a new ${object.kind}`, async () => {
      asked.length = 0;
      const { code, stderr } = await create(kubectl, object);
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`admission webhook "images.tidewaiter.dev" denied the request: ${message}`));
      assert.deepEqual(asked, [`${object.kind.toLowerCase()}s`]);
    });
  }

  await t.test('decides on a changed image', async () => {
    const { stderr } = await kubectl(['set', 'image', 'pod/bystander', 'bystander=registry.example/web:2']);
    assert.match(stderr, new RegExp(message));
  });

  await t.test('decides on an ephemeral container', async () => {
    const { stderr } = await kubectl(['debug', 'bystander', '--image=registry.example/shell:1', '--attach=false']);
    assert.match(stderr, new RegExp(message));
  });

  await t.test('is not asked about what names no image', async () => {
    asked.length = 0;
    await succeed(kubectl(['create', 'configmap', 'web']));
    assert.deepEqual(asked, []);
  });

  await t.test('is a failure to whoever asks while nobody answers', async () => {
    server.closeAllConnections();
    server.close();
    const { code, stderr } = await create(kubectl, { apiVersion: 'v1', kind: 'Pod', spec: podSpec });
    assert.equal(code, 1);
    assert.match(stderr, /failed calling webhook "images.tidewaiter.dev"/);
  });

  await t.test('is asked no more once it is unregistered', async () => {
    await unregisterWebhook(kubectl, t.signal);
    await succeed(create(kubectl, { apiVersion: 'v1', kind: 'Pod', spec: podSpec }));
  });
});
