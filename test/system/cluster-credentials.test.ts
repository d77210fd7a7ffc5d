// What opens the API server and what opens a registry: each goes to the one that it is for, and neither is told to anybody.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from '../e2e/support/certificates.ts';
import { type Service, startService } from '../e2e/support/service.ts';
import { until } from '../e2e/support/until.ts';
import { admissionReview, podWith } from '../support/admission-review.ts';
import { type FakeApiServer, startFakeApiServer } from '../support/fake-apiserver.ts';
import { type HostileRegistry, startHostileRegistry } from '../support/hostile-registry.ts';
import { image } from '../support/image.ts';
import { file } from '../support/tar.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { createReviewer, type Reviewer } from './support/reviewer.ts';

/** In the kubeconfig of the API server that stands in for a cluster. */
const apiToken = 'service-account-token';
const password = ['cor', 'rect-', 'horse'].join('');
const login = Buffer.from(`deploy:${password}`).toString('base64');

const policy = {
  apiVersion: 'tidewaiter.dev/v1alpha1',
  kind: 'ImageAdmissionPolicy',
  metadata: { name: 'everything' },
  spec: {
    match: { namespaceSelector: { matchLabels: { tier: 'production' } } },
    action: 'deny',
    checks: { user: { nonRoot: true }, secrets: { in: ['file'] } },
  },
};

describe('the service in a cluster', () => {
  const stack = new AsyncDisposableStack();
  let api: FakeApiServer;
  let registry: HostileRegistry;
  let tokens: HostileRegistry;
  let storage: HostileRegistry;
  let service: Service;
  let reviewer: Reviewer;

  before(async () => {
    const directory = await temporaryDirectory({ after: (remove) => stack.defer(remove) });
    const authority = await createAuthority('cluster credentials');
    const users = { deploy: password };
    api = stack.use(await startFakeApiServer());
    registry = stack.adopt(await startHostileRegistry({ login: { kind: 'bearer', users } }), (one) => one.close());
    tokens = stack.adopt(await startHostileRegistry(), (one) => one.close());
    storage = stack.adopt(await startHostileRegistry(), (one) => one.close());
    api.put('/api/v1/namespaces', { metadata: { name: 'shop', labels: { tier: 'production' } } });
    const pullSecret = JSON.stringify({ auths: { [registry.host]: { auth: login } } });
    api.put('/api/v1/namespaces/shop/secrets', {
      metadata: { name: 'regcred' },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': Buffer.from(pullSecret).toString('base64') },
    });
    await writeFile(join(directory, 'kubeconfig'), api.kubeconfig());
    await writeFile(join(directory, 'policy.yaml'), JSON.stringify(policy));
    const own = ['127.0.0.1/32'];
    service = stack.use(
      await startService({
        folder: directory,
        certificate: await authority.issueServer(['127.0.0.1']),
        configuration: {
          kubernetes: { kubeconfig: 'kubeconfig' },
          policies: { paths: ['policy.yaml'] },
          server: { shutdown: { grace: '0s' } },
          limits: { maxRetries: 0 },
          registries: [registry, tokens, storage].map(({ host }) => ({
            match: host,
            plainHTTP: true,
            allowAddresses: own,
          })),
        },
      }),
    );
    reviewer = createReviewer({ url: service.reviewsUrl, ca: authority.cert });
    stack.defer(() => reviewer.close());
  });
  after(() => stack.disposeAsync());

  const ask = (name: string) =>
    reviewer.ask(
      admissionReview(
        podWith({
          imagePullSecrets: [{ name: 'regcred' }],
          containers: [{ name: 'api', image: `${registry.host}/shop/${name}:1` }],
        }),
      ),
    );

  it('judges a private image whose layers lie elsewhere, with the pull secret of the pod', async () => {
    const built = image()
      .config({ User: '10001:10001' })
      .layer([file('app', 'app')])
      .build();
    for (const one of [registry, storage]) one.put('shop/api', '1', built);
    const layer = `/v2/shop/api/blobs/${built.layers[0]?.digest}`;
    registry.behave(({ path, headers }) =>
      path === layer && headers['authorization'] !== undefined
        ? { kind: 'redirect', location: `${storage.origin}${layer}` }
        : undefined,
    );
    const { allowed, message } = await ask('api');
    assert.deepEqual([allowed, message], [true, '']);
    assert.equal(storage.requests.length, 1);
  });

  it('tells what is wrong with a registry that refuses, names another token server or answers with what it was sent', async () => {
    const echo = JSON.stringify({ errors: [{ code: 'DENIED', message: `no such login: ${login}` }] });
    registry.behave(({ path }) => (path === '/token' ? { kind: 'answer', status: 403, body: echo } : undefined));
    const refused = await ask('refused');
    assert.match(refused.message, /undecided\/unauthorized: .* refuses /);
    assert.ok(!refused.message.includes(login));
    registry.behave(({ path }) =>
      path === '/token'
        ? undefined
        : {
            kind: 'answer',
            status: 401,
            headers: { 'WWW-Authenticate': `Bearer realm="${tokens.origin.replace('127.0.0.1', 'localhost')}/token"` },
          },
    );
    assert.equal((await ask('elsewhere')).allowed, false);
  });

  it('has sent the token of the API server to nobody else', () => {
    assert.ok(api.seen.some(({ url }) => url === '/api/v1/namespaces/shop/secrets/regcred'));
    assert.ok(api.seen.every(({ authorization }) => authorization === `Bearer ${apiToken}`));
    const sent = JSON.stringify([registry, tokens, storage].map(({ requests }) => requests));
    assert.ok(!sent.includes(apiToken));
  });

  it('has sent the password to its registry alone', () => {
    const withPassword = (one: HostileRegistry) =>
      one.requests.filter(({ headers, body }) => `${headers['authorization']} ${body}`.includes(login));
    assert.ok(withPassword(registry).length > 0);
    assert.deepEqual(tokens.requests, []);
    assert.deepEqual(withPassword(storage), []);
    assert.equal(storage.requests[0]?.headers['authorization'], undefined);
  });

  it('has written neither of them into its log', async () => {
    const decisions = () => service.log().filter(({ msg }) => msg === 'decision');
    await until(async () => decisions().length === 3, { what: 'three decisions in the log', timeoutMs: 60_000 });
    const log = JSON.stringify(service.log());
    for (const secret of [apiToken, password, login]) assert.ok(!log.includes(secret), log);
  });
});
