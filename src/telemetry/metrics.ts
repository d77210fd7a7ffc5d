// The numbers: every metric of the service, each with a bounded set of labels.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Hosts are named by users; beyond this many, new ones are counted as `other`. */
const maxHosts = 100;

/** Names of one's own policies' expressions, and whatever else becomes a rule: bounded in the same way. */
const maxRules = 500;

const admissionBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const scanBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900];

export interface Metrics {
  admission(
    labels: { readonly operation: string; readonly kind: string; readonly verdict: string },
    durationMs: number,
  ): void;
  finding(rule: string, action: string): void;
  /** `status` is the HTTP status, or the code of the fault that there was instead. */
  registryRequest(request: RegistryRequest): void;
  factsCache(tier: 'memory' | 'sqlite', result: 'hit' | 'miss'): void;
  /** A layer was read, well or not; `bytes` are those of its blob that came. */
  layerScan(reading: { readonly bytes: number; readonly durationMs: number }): void;
  layerQueue(length: number): void;
  policies(state: 'loaded' | 'broken', count: number): void;
  certificateExpiry(atMs: number): void;
  /** Prometheus text, and the content type to send it with. */
  render(): Promise<string>;
  readonly contentType: string;
}

interface RegistryRequest {
  readonly host: string;
  readonly operation: string;
  readonly status: string;
  readonly durationMs: number;
}

/** @param options.process adds the usual metrics of the process (memory, event loop, garbage collection). */
export function createMetrics(options: { readonly process: boolean }): Metrics {
  const registry = new Registry();
  if (options.process) collectDefaultMetrics({ register: registry });
  const meters = createMeters(registry);
  const hostOf = capped(maxHosts);
  const ruleOf = capped(maxRules);
  return {
    admission(labels, durationMs) {
      meters.admissions.inc(labels);
      meters.admissionSeconds.observe(durationMs / 1000);
    },
    finding: (rule, action) => meters.findings.inc({ rule: ruleOf(rule), action }),
    registryRequest({ host, operation, status, durationMs }) {
      meters.registryRequests.inc({ host: hostOf(host), operation, status });
      meters.registrySeconds.observe(durationMs / 1000);
    },
    factsCache: (tier, result) => meters.factsCache.inc({ tier, result }),
    layerScan({ bytes, durationMs }) {
      meters.layerBytes.inc(bytes);
      meters.layerSeconds.observe(durationMs / 1000);
    },
    layerQueue: (length) => meters.layerQueue.set(length),
    policies: (state, count) => meters.policies.set({ state }, count),
    certificateExpiry: (atMs) => meters.certificateExpiry.set(atMs / 1000),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function createMeters(registry: Registry) {
  const registers = [registry];
  return {
    admissions: new Counter({
      name: 'tidewaiter_admission_requests_total',
      help: 'Reviews answered.',
      labelNames: ['operation', 'kind', 'verdict'],
      registers,
    }),
    admissionSeconds: new Histogram({
      name: 'tidewaiter_admission_duration_seconds',
      help: 'Time from the head of a request to its answer.',
      buckets: admissionBuckets,
      registers,
    }),
    findings: new Counter({
      name: 'tidewaiter_findings_total',
      help: 'Rules that failed in reviews; waived ones are not counted.',
      labelNames: ['rule', 'action'],
      registers,
    }),
    registryRequests: new Counter({
      name: 'tidewaiter_registry_requests_total',
      help: 'Requests sent to registries.',
      labelNames: ['host', 'operation', 'status'],
      registers,
    }),
    registrySeconds: new Histogram({
      name: 'tidewaiter_registry_request_duration_seconds',
      help: 'Time from a request to a registry to the end of its answer.',
      buckets: requestBuckets,
      registers,
    }),
    factsCache: new Counter({
      name: 'tidewaiter_facts_cache_total',
      help: 'Look-ups in the store of facts.',
      labelNames: ['tier', 'result'],
      registers,
    }),
    layerBytes: new Counter({
      name: 'tidewaiter_layer_scan_bytes_total',
      help: 'Bytes of layers as they came from their registries.',
      registers,
    }),
    layerSeconds: new Histogram({
      name: 'tidewaiter_layer_scan_duration_seconds',
      help: "Time from a layer's turn to the end of its reading.",
      buckets: scanBuckets,
      registers,
    }),
    layerQueue: new Gauge({
      name: 'tidewaiter_layer_scan_queue',
      help: 'Layers that wait for their turn.',
      registers,
    }),
    policies: new Gauge({
      name: 'tidewaiter_policies',
      help: 'Policies in force, and documents that do not load.',
      labelNames: ['state'],
      registers,
    }),
    certificateExpiry: new Gauge({
      name: 'tidewaiter_certificate_expiry_timestamp_seconds',
      help: 'When the certificate that is served expires.',
      registers,
    }),
  };
}

/** Lets the first `limit` values through as they are; every further one is `other`. */
function capped(limit: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= limit) return 'other';
    known.add(value);
    return value;
  };
}
