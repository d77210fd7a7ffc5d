// Measures warm admission while layers are read: its latency with no scan, and beside four.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAsker } from '../demo/ask.ts';
import { startServiceProcess } from '../demo/service-process.ts';
import { admissionReview, podOf } from '../test/support/admission-review.ts';
import { reviewBodies } from './bench-images.ts';
import { type BenchLayer, benchLayer } from './bench-layer.ts';
import { type LoadResult, runLoad } from './load.ts';
import { memoryOf } from './process-memory.ts';

const rate = 100;
const seconds = 10;
const scans = 4;

interface Served {
  readonly host: string;
  readonly small: readonly string[];
  readonly large: readonly string[];
}

/** Asks for the content of what the bench calls scans, and of nothing else. */
const scanPolicy = `apiVersion: tidewaiter.dev/v1alpha1
kind: ImageAdmissionPolicy
metadata: { name: scans }
spec:
  match: { images: ["127.0.0.1:*/scans/**"] }
  action: audit
  checks: { secrets: { in: [file, deleted-file] } }
`;

export async function measureBesideScans(say: (line: string) => void): Promise<void> {
  const layer = await benchLayer(say);
  const { registry, served } = await startRegistry(layer);
  const directory = await mkdtemp(join(tmpdir(), 'tidewaiter-bench-'));
  const policy = join(directory, 'scans.yaml');
  await writeFile(policy, scanPolicy.replace('127.0.0.1:*', served.host));
  const policies = ['policies/baseline', 'policies/restricted', policy];
  const service = await startServiceProcess({ registryHost: served.host, policies });
  const { ask, close } = createAsker(service.url, service.ca);
  const bodies = reviewBodies(2000, served.small);
  const port = Number(new URL(service.url).port);
  const load = (): Promise<LoadResult> =>
    runLoad({ port, ca: service.ca, path: '/validate?timeout=10s', bodies, connections: 8, seconds, rate });
  for (const body of bodies.slice(0, served.small.length)) await ask(JSON.parse(body));
  await load();
  const idle = await load();
  const scanning = served.large.map((reference) => ask(admissionReview(podOf(reference))));
  const beside = await load();
  await Promise.all(scanning);
  say(`warm admission at ${rate}/s for ${seconds} s, beside nothing and beside ${scans} scans of 912 MB layers:`);
  say(`  idle           p50 ${idle.p50Ms.toFixed(2)} ms  p99 ${idle.p99Ms.toFixed(2)} ms`);
  say(`  beside scans   p50 ${beside.p50Ms.toFixed(2)} ms  p99 ${beside.p99Ms.toFixed(2)} ms`);
  const allowed = Math.max(2 * idle.p99Ms, 10);
  say(`  p99 beside scans is ${(beside.p99Ms / allowed).toFixed(2)} of what is allowed (${allowed.toFixed(1)} ms)`);
  say(
    `  resident memory of the service at its highest: ${memoryOf(service.processId).peak.toFixed(0)} MiB (target: below 384 MiB)`,
  );
  close();
  await service.stop();
  registry.kill('SIGTERM');
  await rm(directory, { recursive: true, force: true });
}

async function startRegistry(layer: BenchLayer): Promise<{ readonly registry: ChildProcess; readonly served: Served }> {
  const script = new URL('large-images-registry.ts', import.meta.url);
  const registry = fork(script, [layer.gzip, layer.tar, '200', String(scans)]);
  const [served]: Served[] = await once(registry, 'message');
  if (served === undefined) throw new Error('the registry of the bench did not start');
  return { registry, served };
}
