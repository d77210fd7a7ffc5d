// The running service against registries and image names that mean it no good: what is dialled, what is believed, and when it answers.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createAuthority } from '../e2e/support/certificates.ts';
import { type Service, startService } from '../e2e/support/service.ts';
import { admissionReview, podOf } from '../support/admission-review.ts';
import { type Behaviour, type HostileRegistry, startHostileRegistry } from '../support/hostile-registry.ts';
import { image } from '../support/image.ts';
import { file } from '../support/tar.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { createReviewer, type Reviewer } from './support/reviewer.ts';

const user = (name: string) =>
  image()
    .config({ User: name })
    .layer([file('app', 'app')]);
const policy = {
  apiVersion: 'tidewaiter.dev/v1alpha1',
  kind: 'ImageAdmissionPolicy',
  metadata: { name: 'users' },
  spec: { action: 'deny', checks: { user: { nonRoot: true } } },
};

/** Only images of this kind have their layers read. */
const filesPolicy = {
  ...policy,
  metadata: { name: 'files' },
  spec: { match: { images: ['*/deep/**'] }, action: 'deny', checks: { secrets: { in: ['file'] } } },
};

const portOf = ({ host }: HostileRegistry): string => host.slice('127.0.0.1:'.length);

describe('the service and hostile registries', () => {
  const stack = new AsyncDisposableStack();
  let registry: HostileRegistry;
  let bystander: HostileRegistry;
  let service: Service;
  let reviewer: Reviewer;
  let images = 0;

  before(async () => {
    const directory = await temporaryDirectory({ after: (remove) => stack.defer(remove) });
    const authority = await createAuthority('hostile');
    registry = stack.adopt(await startHostileRegistry(), (one) => one.close());
    bystander = stack.adopt(await startHostileRegistry(), (one) => one.close());
    await writeFile(
      join(directory, 'policy.yaml'),
      [policy, filesPolicy].map((one) => JSON.stringify(one)).join('\n---\n'),
    );
    service = stack.use(
      await startService({
        folder: directory,
        certificate: await authority.issueServer(['127.0.0.1']),
        configuration: {
          kubernetes: { enabled: false },
          policies: { paths: ['policy.yaml'] },
          server: { shutdown: { grace: '0s' } },
          registries: [{ match: registry.host, plainHTTP: true, allowAddresses: ['127.0.0.1/32'] }],
          // Each attack stands for itself: one that is repeated, or that has the host left alone, would be another test.
          limits: { maxRetries: 0, circuitFailures: 1_000 },
        },
      }),
    );
    reviewer = createReviewer({ url: service.reviewsUrl, ca: authority.cert });
    stack.defer(() => reviewer.close());
  });
  beforeEach(() => {
    registry.behave(() => undefined);
    registry.takeRequests();
  });
  after(() => stack.disposeAsync());

  const judge = async (name: string) => reviewer.ask(admissionReview(podOf(name)));
  /** An image that was never seen before, so that nothing of it is known. */
  function newImage(): { readonly name: string; readonly built: ReturnType<ReturnType<typeof user>['build']> } {
    images += 1;
    const built = user('10001')
      .config({ Labels: { number: String(images) } })
      .build();
    registry.put(`shop/app${images}`, '1', built);
    return { name: `${registry.host}/shop/app${images}:1`, built };
  }
  const undecided = /^1 finding on 1 image:\n\S+: undecided\/unavailable: /;

  it('judges an image of the registry that it may dial', async () => {
    const answer = await judge(newImage().name);
    assert.deepEqual([answer.allowed, answer.message], [true, '']);
  });

  const forms = [
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '127.1',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
  ];
  for (const form of forms) {
    it(`does not dial itself when an image names ${form}`, async () => {
      const answer = await judge(`${form}:${portOf(bystander)}/shop/api:1`);
      assert.equal(answer.allowed, false);
      assert.match(answer.message, /: (?:undecided\/unavailable|reference\/invalid): /);
      assert.deepEqual(bystander.requests, []);
    });
  }

  const leads: readonly (readonly [claim: string, behaviour: () => Behaviour])[] = [
    ['a redirect to another port of its own machine', () => ({ kind: 'redirect', location: `${bystander.origin}/x` })],
    ['a redirect to it over https', () => ({ kind: 'redirect', location: `https://${bystander.host}/x` })],
    ['a redirect to the metadata of a cloud', () => ({ kind: 'redirect', location: 'http://169.254.169.254/latest' })],
    [
      'a token server on its own machine',
      () => ({
        kind: 'answer',
        status: 401,
        headers: { 'www-authenticate': `Bearer realm="http://localhost:${portOf(bystander)}/token",service="x"` },
        body: '',
      }),
    ],
    [
      'a token server on its own machine over https',
      () => ({
        kind: 'answer',
        status: 401,
        headers: { 'www-authenticate': `Bearer realm="https://localhost:${portOf(bystander)}/token",service="x"` },
        body: '',
      }),
    ],
  ];
  for (const [claim, behaviour] of leads) {
    it(`does not follow ${claim}`, async () => {
      const { name } = newImage();
      registry.behave(behaviour);
      const answer = await judge(name);
      assert.match(answer.message, undecided);
      assert.deepEqual(bystander.requests, []);
    });
  }

  const broken: readonly (readonly [claim: string, matching: RegExp, behaviour: Behaviour])[] = [
    ['a manifest that breaks off', /GET .*manifests/, { kind: 'truncated', bytes: 20 }],
    ['a config that breaks off', /GET .*blobs/, { kind: 'truncated', bytes: 20 }],
    ['a connection that is reset', /GET .*manifests/, { kind: 'reset' }],
  ];
  for (const [claim, matching, behaviour] of broken) {
    it(`is undecided about ${claim}, and decides as soon as it does not`, async () => {
      const { name } = newImage();
      registry.behaveOnce(matching, behaviour);
      assert.match((await judge(name)).message, undecided);
      assert.equal((await judge(name)).allowed, true);
    });
  }

  it('does not believe a config of another digest, nor one of another size, and remembers neither', async () => {
    const root = user('root').build();
    for (const body of [root.config?.bytes ?? '', '{}']) {
      const { name } = newImage();
      registry.behaveOnce(/GET .*blobs/, { kind: 'answer', body });
      assert.match((await judge(name)).message, /: integrity\/(?:digest|size): /);
      assert.equal((await judge(name)).allowed, true);
    }
  });

  it('does not believe a manifest of another digest', async () => {
    const { name, built } = newImage();
    registry.behaveOnce(/GET .*manifests/, { kind: 'answer', body: user('root').build().bytes });
    const pinned = name.replace(/:1$/, `@${built.digest}`);
    assert.match((await judge(pinned)).message, /: integrity\/digest: /);
    assert.equal((await judge(pinned)).allowed, true);
  });

  it('does not believe a layer of another digest, nor one that breaks off, and remembers neither', async () => {
    const other = user('10001')
      .layer([file('other', 'other')])
      .build();
    const [good, wrong] = [user('10001').build(), other.layers[1]?.bytes ?? ''];
    const untrue: readonly (readonly [behaviour: Behaviour, says: RegExp])[] = [
      [
        { kind: 'answer', headers: {}, body: Buffer.from(wrong).subarray(0, good.layers[0]?.bytes.length) },
        /: integrity\/(?:digest|size): /,
      ],
      [{ kind: 'redirect', location: `${bystander.origin}/layer` }, undecided],
      [{ kind: 'reset' }, undecided],
    ];
    registry.put('deep/app', '1', good);
    const layer = new RegExp(`GET .*${good.layers[0]?.digest}`);
    for (const [behaviour, says] of untrue) {
      registry.behave(({ method, path }) => (layer.test(`${method} ${path}`) ? behaviour : undefined));
      assert.match((await judge(`${registry.host}/deep/app:1`)).message, says);
    }
    registry.behave(() => undefined);
    assert.equal((await judge(`${registry.host}/deep/app:1`)).allowed, true);
    assert.deepEqual(bystander.requests, []);
  });

  it('does not believe a layer that unpacks to other bytes than its config says', async () => {
    const diffId = user('10001').build().layers[0]?.digest;
    const built = user('10001')
      .configDocument({ rootfs: { type: 'layers', diff_ids: [diffId] } })
      .build();
    registry.put('deep/lying', '1', built);
    assert.match((await judge(`${registry.host}/deep/lying:1`)).message, /: integrity\/diff-id: /);
  });

  it('does not fetch a layer from where its descriptor says that it lies', async () => {
    const urls = [`${bystander.origin}/layer`, 'http://169.254.169.254/layer'];
    const built = user('10001')
      .rawLayer({ bytes: Buffer.from('elsewhere'), extra: { urls } })
      .build();
    registry.put('deep/foreign', '1', built);
    registry.takeRequests();
    assert.match((await judge(`${registry.host}/deep/foreign:1`)).message, /: undecided\/unsupported: /);
    assert.deepEqual(bystander.requests, []);
    const layers = registry.takeRequests().filter((line) => built.layers.some(({ digest }) => line.endsWith(digest)));
    assert.deepEqual(layers, []);
  });

  it('reads a body without end no further than its limit', async () => {
    const { name } = newImage();
    const before = registry.sentBytes;
    registry.behaveOnce(/GET .*manifests/, { kind: 'endless', chunk: ' '.repeat(65_536) });
    assert.match((await judge(name)).message, /: undecided\/limit: /);
    await registry.idle();
    // The limit of 4 MiB, and what lies in the buffers between.
    assert.ok(registry.sentBytes - before < 32 * 1024 * 1024, String(registry.sentBytes - before));
  });

  it('answers each of many reviews about a silent registry before its webhook times out', async () => {
    registry.behave(() => ({ kind: 'silent' }));
    const names = Array.from({ length: 40 }, () => newImage().name);
    const answers = await Promise.all(names.map((name) => reviewer.ask(admissionReview(podOf(name)), '5s')));
    for (const { status, message } of answers) assert.deepEqual([status, undecided.test(message)], [200, true]);
  });
});
