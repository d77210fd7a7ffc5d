// Plays what a real API server sent to the running service, over HTTPS on one connection, with a registry behind it.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { placesJudged, readRecordedReview, recordedNames, recordedReviews } from '../../admission/recorded-reviews.ts';
import { denyAll } from '../../support/admission-door.ts';
import { type HostileRegistry, startHostileRegistry } from '../../support/hostile-registry.ts';
import { image } from '../../support/image.ts';
import { file } from '../../support/tar.ts';
import { type ApiServerClient, createApiServerClient } from '../support/api-server-client.ts';
import { createAuthority } from '../support/certificates.ts';
import { type Service, startService } from '../support/service.ts';
import { until } from '../support/until.ts';

/** Every image that the recorded reviews name. */
const images = ['api:1.4', 'api:1.4.1', 'api:1.5', 'log:2.0', 'log:2.1', 'log:2.2', 'migrate:3', 'proxy:4', 'model:5'];

describe('recorded reviews, played to the running service', () => {
  let folder: string;
  let registry: HostileRegistry;
  let service: Service;
  let client: ApiServerClient;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidewaiter-replay-'));
    registry = await startHostileRegistry();
    const built = image()
      .config({ User: '10001:10001' })
      .layer([file('app', 'app')])
      .build();
    for (const [name = '', tag = ''] of images.map((one) => one.split(':'))) registry.put(`shop/${name}`, tag, built);
    registry.put('tools/debug', '1', built);
    const policy = { apiVersion: 'tidewaiter.dev/v1alpha1', kind: 'ImageAdmissionPolicy', metadata: { name: 'all' } };
    await writeFile(join(folder, 'policy.yaml'), JSON.stringify({ ...policy, spec: denyAll }));
    const authority = await createAuthority('replay');
    service = await startService({
      folder,
      certificate: await authority.issueServer(['127.0.0.1']),
      configuration: {
        server: { shutdown: { grace: '0s' } },
        policies: { paths: ['policy.yaml'] },
        kubernetes: { enabled: false },
        registries: [
          {
            match: 'registry.example.com',
            endpoints: [{ url: registry.origin, resolveTags: true }],
            allowAddresses: ['127.0.0.1/32'],
          },
        ],
      },
    });
    client = createApiServerClient({ url: service.reviewsUrl, ca: authority.cert });
  });
  after(async () => {
    client?.[Symbol.dispose]();
    await service?.stop();
    await registry?.close();
    await rm(folder, { recursive: true, force: true });
  });

  for (const [claim, name, judged] of recordedReviews) {
    it(claim, async () => {
      const review = readRecordedReview(name);
      const { status, body } = await client.ask(review);
      const { uid, allowed, status: denial } = body.response;
      assert.deepEqual([status, uid, allowed], [200, review.request.uid, judged.length === 0]);
      assert.deepEqual(placesJudged(denial?.message ?? ''), judged);
      assert.equal(denial?.code, judged.length === 0 ? undefined : 403);
    });
  }

  it('are all played', () => {
    assert.deepEqual(recordedNames().toSorted(), recordedReviews.map(([, name]) => name).toSorted());
  });

  it('took one connection, as an API server keeps it', () => {
    assert.equal(client.connections, 1);
  });

  it('fetched every document once, and asked only for the digest of a tag that was known', () => {
    const asked = registry.takeRequests();
    const fetched = asked.filter((line) => line.startsWith('GET '));
    assert.ok(fetched.length > 0);
    assert.equal(new Set(fetched).size, fetched.length, asked.join('\n'));
    assert.deepEqual([...new Set(asked.map((line) => line.split(' ')[0]))], ['GET', 'HEAD']);
  });

  it('were all told in the log and in the numbers', async () => {
    const uids = new Set(recordedReviews.map(([, name]) => readRecordedReview(name).request.uid));
    const judged = recordedReviews.filter(([, , places]) => places.length > 0);
    const told = (): number =>
      new Set(
        service
          .log()
          .filter(({ msg, verdict }) => msg === 'decision' && verdict === 'deny')
          .map(({ uid }) => String(uid)),
      ).size;
    await until(async () => told() === judged.length, { what: 'the log', timeoutMs: 10_000 });
    assert.equal(await service.metric('tidewaiter_admission_requests_total'), uids.size);
    assert.equal(await service.metric('tidewaiter_admission_duration_seconds_count'), uids.size);
  });

  it('ends with 0 when it is told to, and leaves nothing to wait for', async () => {
    await service.stop();
    assert.match(String(service.ended.reason), /exit code 0/);
  });
});
