// The numbers: their names are a contract, and their labels are bounded whatever users name.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMetrics } from '../../src/telemetry/metrics.ts';

function linesOf(text: string, name: string): readonly string[] {
  return text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

describe('metrics', () => {
  it('have the names that dashboards rely on', async () => {
    const text = await createMetrics({ process: false }).render();
    const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    assert.deepEqual(names.sort(), [
      'tidewaiter_admission_duration_seconds histogram',
      'tidewaiter_admission_requests_total counter',
      'tidewaiter_certificate_expiry_timestamp_seconds gauge',
      'tidewaiter_facts_cache_total counter',
      'tidewaiter_findings_total counter',
      'tidewaiter_layer_scan_bytes_total counter',
      'tidewaiter_layer_scan_duration_seconds histogram',
      'tidewaiter_layer_scan_queue gauge',
      'tidewaiter_policies gauge',
      'tidewaiter_registry_request_duration_seconds histogram',
      'tidewaiter_registry_requests_total counter',
    ]);
  });

  it('carry the labels of the contract', async () => {
    const metrics = createMetrics({ process: false });
    metrics.admission({ operation: 'CREATE', kind: 'Pod', verdict: 'deny' }, 12);
    metrics.finding('user/root', 'deny');
    metrics.registryRequest({ host: 'r.example.com', operation: 'resolve', status: '200', durationMs: 30 });
    metrics.factsCache('memory', 'hit');
    metrics.layerScan({ bytes: 1000, durationMs: 1500 });
    metrics.layerQueue(7);
    metrics.policies('broken', 1);
    metrics.certificateExpiry(1_800_000_000_000);
    const text = await metrics.render();
    for (const line of [
      'tidewaiter_admission_requests_total{operation="CREATE",kind="Pod",verdict="deny"} 1',
      'tidewaiter_admission_duration_seconds_sum 0.012',
      'tidewaiter_findings_total{rule="user/root",action="deny"} 1',
      'tidewaiter_registry_requests_total{host="r.example.com",operation="resolve",status="200"} 1',
      'tidewaiter_facts_cache_total{tier="memory",result="hit"} 1',
      'tidewaiter_layer_scan_bytes_total 1000',
      'tidewaiter_layer_scan_duration_seconds_sum 1.5',
      'tidewaiter_layer_scan_queue 7',
      'tidewaiter_policies{state="broken"} 1',
      'tidewaiter_certificate_expiry_timestamp_seconds 1800000000',
    ]) {
      assert.ok(text.includes(`${line}\n`), line);
    }
  });

  it('name at most 100 hosts, and count the others together', async () => {
    const metrics = createMetrics({ process: false });
    for (let index = 0; index < 1000; index += 1) {
      metrics.registryRequest({ host: `r${index}.example.com`, operation: 'resolve', status: '200', durationMs: 1 });
    }
    metrics.registryRequest({ host: 'r0.example.com', operation: 'resolve', status: '200', durationMs: 1 });
    const lines = linesOf(await metrics.render(), 'tidewaiter_registry_requests_total');
    assert.equal(lines.length, 101);
    assert.ok(lines.some((line) => line.includes('host="other"') && line.endsWith(' 900')));
    assert.ok(lines.some((line) => line.includes('host="r0.example.com"') && line.endsWith(' 2')));
  });

  it('two sets of them do not share numbers', async () => {
    const one = createMetrics({ process: false });
    one.policies('loaded', 5);
    assert.deepEqual(linesOf(await createMetrics({ process: false }).render(), 'tidewaiter_policies'), []);
  });
});
