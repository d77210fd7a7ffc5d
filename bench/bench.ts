// Measures what docs/performance.md shows: warm admission beside an express no-op, cold admission in requests, memory; prints ratios.
import { cpus } from 'node:os';
import { createAsker } from '../demo/ask.ts';
import { type ServiceProcess, startServiceProcess } from '../demo/service-process.ts';
import { type HostileRegistry, startHostileRegistry } from '../test/support/hostile-registry.ts';
import { benchImages, reviewBodies } from './bench-images.ts';
import { measureColdAdmission } from './cold.ts';
import { type LoadResult, runLoad } from './load.ts';
import { startNoOp } from './no-op-process.ts';
import { memoryOf } from './process-memory.ts';
import { measureBesideScans } from './scans.ts';

const imageCount = 200;
const bodyCount = 2000;
const connections = 8;
const seconds = 8;
const pacedRate = 500;
/** Turns of service and no-op, so that a machine that slows down slows both. */
const rounds = 3;

function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

function row(name: string, { perSecond, p50Ms, p99Ms, failures }: LoadResult): string {
  const figures = [`${perSecond.toFixed(0)}/s`, `p50 ${p50Ms.toFixed(2)} ms`, `p99 ${p99Ms.toFixed(2)} ms`];
  return `  ${name.padEnd(34)} ${figures.map((figure) => figure.padEnd(14)).join(' ')}${failures > 0 ? `${failures} FAILED` : ''}`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function warmUp(service: ServiceProcess, bodies: readonly string[]): Promise<void> {
  const { ask, close } = createAsker(service.url, service.ca);
  for (const body of bodies.slice(0, imageCount)) {
    const { allowed, message } = await ask(JSON.parse(body));
    if (!allowed) throw new Error(`the bench's own images must pass: ${message}`);
  }
  close();
}

async function measureWarm(
  service: ServiceProcess,
  registry: HostileRegistry,
  bodies: readonly string[],
): Promise<void> {
  const noOp = await startNoOp(service.configFile);
  const load = (port: number, rate?: number): Promise<LoadResult> =>
    runLoad({
      port,
      ca: service.ca,
      path: '/validate?timeout=10s',
      bodies,
      connections,
      seconds,
      ...(rate === undefined ? {} : { rate }),
    });
  const port = Number(new URL(service.url).port);
  await warmUp(service, bodies);
  registry.takeRequests();
  await load(port);
  await load(noOp.port);
  say(
    `warm admission: ${imageCount} images, 3 containers, baseline and restricted, log on, ${connections} connections, ${seconds} s`,
  );
  const ratios: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const ours = await load(port);
    const theirs = await load(noOp.port);
    ratios.push(ours.perSecond / theirs.perSecond);
    say(row(`service, round ${round}`, ours));
    say(row(`express no-op, round ${round}`, theirs));
  }
  say(`  ratio of requests/s, median of ${rounds}: ${median(ratios).toFixed(2)} (target: at least 0.50)`);
  say(row(`service at ${pacedRate}/s`, await load(port, pacedRate)));
  say(row(`express no-op at ${pacedRate}/s`, await load(noOp.port, pacedRate)));
  say(`  requests at the registry meanwhile: ${registry.takeRequests().length}`);
  const { now, peak } = memoryOf(service.processId);
  say(
    `  resident memory of the service: ${now.toFixed(0)} MiB, at its highest ${peak.toFixed(0)} MiB (target: below 256 MiB)`,
  );
  await noOp.stop();
}

say(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`);
say();
const registry = await startHostileRegistry();
const images = benchImages(imageCount);
images.forEach((built, index) => {
  registry.put(`shop/service-${index}`, '1', built);
});
const references = images.map((built, index) => `${registry.host}/shop/service-${index}@${built.digest}`);
const service = await startServiceProcess({
  registryHost: registry.host,
  policies: ['policies/baseline', 'policies/restricted'],
});
await measureWarm(service, registry, reviewBodies(bodyCount, references));
await service.stop();
await registry.close();
say();
await measureColdAdmission(say);
say();
await measureBesideScans(say);
