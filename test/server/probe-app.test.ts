// Probes and numbers: when the service says that it is ready, and what it says besides.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import request from 'supertest';
import { createProbeApp, type ServiceStatus } from '../../src/server/probe-app.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';

const serving: ServiceStatus = {
  policies: { loaded: 2, broken: [] },
  isServing: true,
  isDraining: false,
  cluster: 'synced',
};

function probe(path: string, status: Partial<ServiceStatus> = {}) {
  const log = createLog({ level: 'silent', writer: { write: () => undefined } });
  const metrics = createMetrics({ process: true });
  metrics.policies('loaded', 2);
  return request(createProbeApp({ status: () => ({ ...serving, ...status }), metrics, log })).get(path);
}

const readiness: readonly (readonly [string, Partial<ServiceStatus>, number, string])[] = [
  ['is ready with policies and a certificate', {}, 200, 'ready'],
  ['is not ready before policies are loaded', { policies: { loaded: 0, broken: [] } }, 503, 'starting'],
  ['is not ready before the certificate is served', { isServing: false }, 503, 'starting'],
  ['is not ready while draining', { isDraining: true }, 503, 'draining'],
];

describe('GET /readyz', () => {
  for (const [claim, status, code, word] of readiness) {
    it(claim, async () => {
      const response = await probe('/readyz', status);
      assert.equal(response.status, code);
      assert.equal(response.body.status, word);
    });
  }

  it('a broken document leaves it ready, and is named with the revision that stays in force', async () => {
    const broken = [
      { source: 'policies/a.yaml', problems: ['policies/a.yaml:3:1: unknown field'], lastGoodRevision: 'sha256:abc' },
    ];
    const response = await probe('/readyz', { policies: { loaded: 2, broken } });
    assert.equal(response.status, 200);
    assert.deepEqual(response.body.policies.broken, broken);
  });
});

describe('the cluster in GET /readyz', () => {
  for (const cluster of ['synced', 'not-synced', 'none'] as const) {
    it(`is told as ${cluster}, and leaves it ready`, async () => {
      const response = await probe('/readyz', { cluster });
      assert.deepEqual([response.status, response.body.cluster], [200, cluster]);
    });
  }
});

describe('the other probes', () => {
  it('is alive whatever else is wrong', async () => {
    const response = await probe('/livez', { policies: { loaded: 0, broken: [] }, isServing: false, isDraining: true });
    assert.equal(response.status, 200);
  });

  it('gives the numbers as Prometheus text', async () => {
    const response = await probe('/metrics');
    assert.match(response.headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
    assert.match(response.text, /^tidewaiter_policies\{state="loaded"\} 2$/m);
  });

  it('answers neither reviews nor other methods', async () => {
    assert.equal((await probe('/validate')).status, 404);
    const log = createLog({ level: 'silent', writer: { write: () => undefined } });
    const app = createProbeApp({ status: () => serving, metrics: createMetrics({ process: false }), log });
    assert.equal((await request(app).post('/readyz')).status, 405);
  });
});
