// Warm admission while layers are read: its latency beside nothing, and beside four scans.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createAsker } from '../demo/ask.ts';
import { startServiceProcess } from '../demo/service-process.ts';
import { reviewBodies } from './bench-images.ts';
import { type BenchLayer, benchLayer } from './bench-layer.ts';
import { type LoadResult, runLoad } from './load.ts';
import { memoryOf } from './process-memory.ts';
import { readImage, withReadingPolicy } from './read-images.ts';
import { megabytes } from './table.ts';

const rate = 100;
const seconds = 10;
const scans = 4;
/** Shorter than this, and a p99 is noise. */
const leastAllowedMs = 10;

interface Served {
  readonly host: string;
  readonly small: readonly string[];
  readonly large: readonly string[];
}

type Say = (line: string) => void;

export async function measureBesideScans(say: Say): Promise<void> {
  const layer = await benchLayer(say);
  const { size } = await stat(layer.tar);
  const { registry, served } = await startRegistry(layer);
  await withReadingPolicy(served.host, async (policy) => {
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
    const start = performance.now();
    const scanning = Promise.all(served.large.map((image) => readImage(ask, image)));
    const beside = await load();
    await scanning;
    const took = (performance.now() - start) / 1000;
    say(`warm admission at ${rate}/s for ${seconds} s, beside nothing and beside ${scans} scans:`);
    say(row('idle', idle));
    say(row('beside scans', beside));
    const allowed = Math.max(2 * idle.p99Ms, leastAllowedMs);
    say(
      `  p99 beside scans is ${(beside.p99Ms / allowed).toFixed(2)} of the ${allowed.toFixed(1)} ms that are allowed`,
    );
    say(`  the scans, of ${megabytes(size)} MB each, took ${took.toFixed(0)} s together`);
    const { peak } = memoryOf(service.processId);
    say(`  resident memory of the service at its highest: ${peak.toFixed(0)} MiB (target: below 384)`);
    close();
    await service.stop();
  });
  registry.kill('SIGTERM');
}

function row(name: string, { p50Ms, p99Ms, maxMs, failures }: LoadResult): string {
  const figures = [`p50 ${p50Ms.toFixed(2)} ms`, `p99 ${p99Ms.toFixed(2)} ms`, `most ${maxMs.toFixed(0)} ms`];
  return `  ${name.padEnd(14)} ${figures.join('  ')}${failures > 0 ? `  ${failures} FAILED` : ''}`;
}

async function startRegistry(layer: BenchLayer): Promise<{ readonly registry: ChildProcess; readonly served: Served }> {
  const script = new URL('large-images-registry.ts', import.meta.url);
  const registry = fork(script, [layer.gzip, layer.tar, '200', String(scans)]);
  const [served]: Served[] = await once(registry, 'message');
  if (served === undefined) throw new Error('the registry of the bench did not start');
  return { registry, served };
}
