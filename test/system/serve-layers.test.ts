// The service while it reads layers: who is let in meanwhile, who is told to come again, what answers the retry, and what a restart remembers.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createAuthority } from '../e2e/support/certificates.ts';
import { type Service, startService } from '../e2e/support/service.ts';
import { admissionReview, deploymentOf, podOf } from '../support/admission-review.ts';
import { type HostileRegistry, startHostileRegistry } from '../support/hostile-registry.ts';
import { type BuiltImage, image } from '../support/image.ts';
import { file, whiteout } from '../support/tar.ts';

/** Never issued; assembled, so that a scan of this file finds nothing. */
const token = ['glpat', '-', 'Zx9', 'kQ2vT', '7mWb4', 'Rj8nLsP'].join('');

const base = image()
  .config({ User: '65532:65532' })
  .layer([file('etc/os-release', 'ID=debian\n'), file('usr/bin/program', 'program')], 'ADD rootfs.tar / # buildkit');
const leaking = base
  .layer([file('root/.npmrc', `//registry.example.com/:_authToken=${token}\n`)], 'COPY .npmrc /root/.npmrc # buildkit')
  .layer([whiteout('root/.npmrc')], 'RUN /bin/sh -c rm /root/.npmrc # buildkit');

interface Answer {
  readonly allowed: boolean;
  readonly message: string;
  readonly warnings: readonly string[];
}

describe('serve, while layers are read', () => {
  const policies = fileURLToPath(new URL('../../policies/multi-stage', import.meta.url));
  let directory: string;
  let registry: HostileRegistry;
  let authority: Awaited<ReturnType<typeof createAuthority>>;
  let service: Service;
  let agent: Agent;
  const built = { base: base.build(), leaking: leaking.build() };

  const start = async (): Promise<Service> =>
    startService({
      folder: join(directory, 'service'),
      certificate: await authority.issueServer(['127.0.0.1']),
      configuration: {
        kubernetes: { enabled: false },
        server: { shutdown: { grace: '0s' } },
        dataDir: 'data',
        policies: { paths: [policies] },
        layers: { warmUp: [`${registry.host}/base:1`] },
        registries: [{ match: registry.host, plainHTTP: true, allowAddresses: ['127.0.0.1/32'] }],
      },
    });

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidewaiter-serve-layers-'));
    registry = await startHostileRegistry();
    registry.put('base', '1', built.base);
    registry.put('shop/api', '1', built.leaking);
    authority = await createAuthority('serve layers');
    agent = new Agent({ keepAlive: true, ca: authority.cert });
    service = await start();
  });
  after(async () => {
    agent?.destroy();
    await service?.stop();
    await registry?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const blobOf = (picture: BuiltImage, layer: number): string => `/blobs/${picture.layers[layer]?.digest}`;
  const downloads = (lines: readonly string[]): readonly string[] =>
    lines.filter((line) => line.startsWith('GET ') && built.leaking.layers.some(({ digest }) => line.endsWith(digest)));
  const deployment = () => deploymentOf(`${registry.host}/shop/api:1`);
  const pod = () => podOf(`${registry.host}/shop/api:1`);

  function ask(object: ReturnType<typeof pod> | ReturnType<typeof deployment>, timeout: string): Promise<Answer> {
    const body = JSON.stringify(admissionReview(object));
    return new Promise((resolve, reject) => {
      const sent = request(`${service.reviewsUrl}?timeout=${timeout}`, { method: 'POST', agent }, async (response) => {
        const text = (await response.toArray()).map(String).join('');
        const { allowed, status, warnings = [] } = JSON.parse(text).response;
        resolve({ allowed, message: status?.message ?? '', warnings });
      });
      sent.setHeader('Content-Type', 'application/json');
      sent.on('error', reject);
      sent.end(body);
    });
  }

  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let look = 0; look < 400; look += 1) {
      if (await holds()) return;
      await sleep(50);
    }
    assert.fail('it did not come to that within twenty seconds');
  }

  it('reads what it is to warm up with before anybody asks', async () => {
    await until(() => service.log().some(({ msg }) => msg === 'an image of the warm-up was read'));
    assert.equal(registry.requests.filter(({ path }) => path.endsWith(blobOf(built.base, 0))).length, 1);
  });

  it('lets a Deployment in with a warning that says how far the reading is, and denies a Pod, which is tried again', async () => {
    registry.takeRequests();
    registry.behave(({ path }) =>
      path.endsWith(blobOf(built.leaking, 1)) ? { kind: 'drip', everyMs: 25 } : undefined,
    );
    const [admitted, refused] = await Promise.all([ask(deployment(), '1s'), ask(pod(), '1s')]);
    assert.equal(admitted.allowed, true, admitted.message);
    assert.match(admitted.warnings.join(' '), /still being read: \d of 3 layers/);
    assert.equal(refused.allowed, false);
    assert.match(refused.message, /undecided\/pending/);
    assert.match(refused.message, /next attempt is answered/);
  });

  it('reads on, and answers the retry from what it found, with every layer downloaded once', async () => {
    await until(async () => (await service.metric('tidewaiter_layer_scan_duration_seconds_count')) >= 3);
    registry.behave(() => undefined);
    const answer = await ask(pod(), '10s');
    assert.equal(answer.allowed, false);
    assert.match(
      answer.message,
      /secrets\/deleted-file: .*\/root\/\.npmrc, deleted by layer 3 \(`RUN rm \/root\/\.npmrc`\)/s,
    );
    assert.ok(!answer.message.includes(token));
    const lines = downloads(registry.takeRequests());
    assert.deepEqual(lines.length, 2, 'the base was known from the warm-up');
    assert.equal(await service.metric('tidewaiter_layer_scan_queue'), 0);
    assert.ok((await service.metric('tidewaiter_layer_scan_bytes_total')) > 0);
  });

  it('reads what fifty reviews of five images have in common once, and all else as well', async () => {
    const shared = image()
      .config({ User: '65532:65532' })
      .layer([file('usr/lib/shared', 'shared')], 'ADD other.tar / # buildkit');
    const pictures = Array.from({ length: 5 }, (_, index) => {
      const picture = shared.layer([file('app/own', String(index))]).build();
      registry.put(`shop/${index}`, '1', picture);
      return picture;
    });
    const common = pictures[0]?.layers[0]?.digest ?? '';
    registry.takeRequests();
    // Slow enough that the last of them asks while it is read.
    registry.behave(({ path }) => (path.endsWith(common) ? { kind: 'drip', everyMs: 5 } : undefined));
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => ask(podOf(`${registry.host}/shop/${index % 5}:1`), '20s')),
    );
    registry.behave(() => undefined);
    assert.deepEqual(new Set(answers.map(({ message }) => message)), new Set(['']));
    const read = registry.takeRequests().filter((line) => line.startsWith('GET ') && line.includes('/blobs/'));
    const layers = new Set(pictures.flatMap((picture) => picture.layers.map(({ digest }) => digest)));
    const times = [...layers].map((digest) => read.filter((line) => line.endsWith(digest)).length);
    assert.deepEqual(times, [1, 1, 1, 1, 1, 1]);
  });

  it('has told of all of it in its numbers', async () => {
    const text = await (await fetch(`${service.probesUrl}/metrics`)).text();
    const names = [...text.matchAll(/^# TYPE (tidewaiter_\S+)/gm)].map(([, name = '']) => name);
    assert.equal(names.length, 11);
    for (const name of names) assert.match(text, new RegExp(`^${name}(?:_count)?(?:\\{.*\\})? [\\d.]+$`, 'm'), name);
    const counted = [
      'admission_requests_total{operation="CREATE",kind="Deployment",verdict="warn"}',
      'admission_requests_total{operation="CREATE",kind="Pod",verdict="deny"}',
      'admission_duration_seconds_count',
      'findings_total{rule="secrets/deleted-file",action="deny"}',
      `registry_requests_total{host="${registry.host}",operation="resolve",status="200"}`,
      'registry_request_duration_seconds_count',
      'facts_cache_total{tier="memory",result="hit"}',
      'facts_cache_total{tier="sqlite",result="miss"}',
      'policies{state="loaded"}',
    ];
    for (const series of counted) assert.ok((await service.metric(`tidewaiter_${series}`)) > 0, series);
    assert.equal(await service.metric('tidewaiter_policies{state="broken"}'), 0);
    assert.ok((await service.metric('tidewaiter_certificate_expiry_timestamp_seconds')) > Date.now() / 1000);
  });

  it('knows the layers after it was killed and started again', async () => {
    await sleep(300);
    process.kill(service.pid, 'SIGKILL');
    await service.stop();
    registry.takeRequests();
    service = await start();
    const answer = await ask(pod(), '10s');
    assert.match(answer.message, /secrets\/deleted-file/);
    assert.deepEqual(downloads(registry.takeRequests()), []);
  });
});
