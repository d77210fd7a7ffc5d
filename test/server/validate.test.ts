// The whole way of a review in one process: app, admission, policies, inspection, and a registry that counts what it is asked.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import request from 'supertest';
import { createAdmission } from '../../src/admission/admission.ts';
import { createInspect } from '../../src/inspection/inspect.ts';
import type { PolicySet } from '../../src/policy/policy.ts';
import { createApp } from '../../src/server/app.ts';
import { defaultServerLimits } from '../../src/server/server-limits.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { noCluster, policySet } from '../support/admission-door.ts';
import { admissionReview, podOf, podWith } from '../support/admission-review.ts';
import { image } from '../support/image.ts';
import { memoryFacts } from '../support/memory-facts.ts';
import { createMemorySource, type MemorySourceOptions } from '../support/memory-source.ts';

const nonRoot = { action: 'deny', checks: { user: { nonRoot: true } } };

function service(policies: PolicySet, options: MemorySourceOptions = {}) {
  const tags = new Map([
    ['good', image().config({ User: '10001:10001' }).build()],
    ['root', image().build()],
  ]);
  const source = createMemorySource({ tags }, options);
  const store = memoryFacts();
  const lines: string[] = [];
  const metrics = createMetrics({ process: false });
  const app = createApp({
    admission: createAdmission({
      policies: () => policies,
      inspect: createInspect({ source, store, now: Date.now }),
      cluster: noCluster,
      now: Date.now,
      disclosure: 'own-credentials',
      maxUses: 1_000,
    }),
    log: createLog({ level: 'info', writer: { write: (line) => void lines.push(line) } }),
    metrics,
    limits: defaultServerLimits,
  });
  const ask = (review: object, query = '') =>
    request(app).post(`/validate${query}`).set('Content-Type', 'application/json').send(JSON.stringify(review));
  return { app, ask, requests: source.requests, lines, metrics };
}

const good = 'registry.example.com/shop/api:good';
const root = 'registry.example.com/shop/api:root';

describe('a review', () => {
  it('allows a good image and denies a bad one, with what to do about it', async () => {
    const { ask } = service(policySet({ users: nonRoot }));
    assert.deepEqual((await ask(admissionReview(podOf(good)))).body.response.allowed, true);
    const { status, body } = await ask(admissionReview(podOf(good, root)));
    assert.equal(status, 200);
    assert.match(
      body.response.status.message,
      /^1 finding on 1 image:\nspec\.containers\[1\]\.image: user\/root: .*USER/,
    );
  });

  it('asks the registry for nothing when the facts of a digest are known, and once for a tag', async () => {
    const { ask, requests } = service(policySet({ users: nonRoot }));
    const digest = image().config({ User: '10001:10001' }).build().digest;
    const pinned = podOf(`registry.example.com/shop/api@${digest}`);
    await ask(admissionReview(pinned));
    const before = requests.length;
    await ask(admissionReview(pinned));
    assert.equal(requests.length, before);
    await ask(admissionReview(podOf(good)));
    assert.deepEqual(requests.slice(before), ['HEAD good']);
  });

  const untouched: readonly (readonly [string, string])[] = [
    ['status', 'pod-status'],
    ['resize', 'pod-resize'],
    ['binding', 'pod-binding'],
    ['scale', 'deployment-scale'],
    ['an annotation', 'deployment-update-annotation'],
    ['a deletion', 'pod-delete'],
    ['a finalizer', 'pod-deleting-drop-finalizer'],
    ['a mirror pod', 'mirror-pod-by-kubelet'],
  ];
  for (const [what, name] of untouched) {
    it(`of ${what} asks the registry for nothing`, async () => {
      const { ask, requests } = service(policySet({ users: nonRoot }));
      const path = join(import.meta.dirname, '..', 'admission', 'reviews', `${name}.json`);
      const { body } = await ask(JSON.parse(readFileSync(path, 'utf8')));
      assert.equal(body.response.allowed, true);
      assert.deepEqual(requests, []);
    });
  }

  it('of an image whose registry hangs is answered by its deadline', async () => {
    const { ask } = service(policySet({ users: nonRoot }), { before: () => new Promise(() => undefined) });
    const { body } = await ask(admissionReview(podOf(good)), '?timeout=500ms');
    assert.equal(body.response.status.code, 503);
  });

  it('whose client leaves ends what was asked of the registry', async () => {
    const asked = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const { app } = service(policySet({ users: nonRoot }), {
      before: (_, { signal }) => {
        asked.resolve();
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted.resolve();
            reject(signal.reason);
          });
        });
      },
    });
    const server = createServer(app).listen(0, '127.0.0.1');
    after(() => server.close());
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const socket = connect(address.port, '127.0.0.1');
    const body = JSON.stringify(admissionReview(podOf(good)));
    const head = `POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
    socket.write(`${head}\r\n\r\n${body}`);
    await asked.promise;
    socket.destroy();
    await aborted.promise;
  });
});

describe('whatever comes', () => {
  it('no object gives a 5xx, and every answer is a review', async () => {
    const { ask } = service(policySet({ users: nonRoot }));
    const oddContainer = fc.record(
      { name: fc.jsonValue(), image: fc.oneof(fc.string(), fc.jsonValue()), securityContext: fc.jsonValue() },
      { requiredKeys: [] },
    );
    const oddSpec = fc.record(
      {
        containers: fc.oneof(fc.array(oddContainer, { maxLength: 3 }), fc.jsonValue()),
        volumes: fc.oneof(
          fc.array(fc.record({ image: fc.record({ reference: fc.jsonValue() }) }), { maxLength: 2 }),
          fc.jsonValue(),
        ),
        securityContext: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(oddSpec, fc.dictionary(fc.string(), fc.jsonValue()), async (spec, metadata) => {
        const { status, body } = await ask(admissionReview(podWith(spec, metadata)));
        assert.equal(status, 200);
        assert.equal(typeof body.response.allowed, 'boolean');
      }),
      { numRuns: 60 },
    );
  });

  it('labels of metrics stay few with many images, names and users', async () => {
    const { ask, metrics } = service(policySet({ users: nonRoot }));
    for (let index = 0; index < 60; index += 1) {
      const own = `registry-${index}.example.com/team-${index}/api-${index}:root`;
      await ask(admissionReview(podOf(own), { username: `user-${index}`, namespace: `team-${index}` }));
    }
    const text = await metrics.render();
    assert.doesNotMatch(text, /team-|user-|registry-/);
    assert.ok(text.split('\n').filter((line) => line.startsWith('tidewaiter_')).length < 60);
  });
});
