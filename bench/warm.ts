// Warm admission: the real service beside an express app that parses the same bodies and allows everything, in turns.
import { createAsker } from '../demo/ask.ts';
import { type ServiceProcess, startServiceProcess } from '../demo/service-process.ts';
import { startHostileRegistry } from '../test/support/hostile-registry.ts';
import { benchImages, reviewBodies } from './bench-images.ts';
import { type LoadResult, runLoad } from './load.ts';
import { startNoOp } from './no-op-process.ts';
import { memoryOf } from './process-memory.ts';

const imageCount = 200;
const bodyCount = 2000;
const connections = 8;
const seconds = 8;
const pacedRate = 500;
/** Turns of service and no-op, so that a machine that slows down slows both. */
const rounds = 3;

type Say = (line: string) => void;

export async function measureWarmAdmission(say: Say): Promise<void> {
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
  const bodies = reviewBodies(bodyCount, references);
  await learn(service, bodies);
  registry.takeRequests();
  await compare(service, bodies, say);
  say(`  requests at the registry meanwhile: ${registry.takeRequests().length} (target: 0)`);
  const { now, peak } = memoryOf(service.processId);
  say(
    `  resident memory of the service: ${now.toFixed(0)} MiB, at its highest ${peak.toFixed(0)} MiB (target: below 256)`,
  );
  await service.stop();
  await registry.close();
}

/** Makes the facts of every image known. */
async function learn(service: ServiceProcess, bodies: readonly string[]): Promise<void> {
  const { ask, close } = createAsker(service.url, service.ca);
  for (const body of bodies.slice(0, imageCount)) {
    const { allowed, message } = await ask(JSON.parse(body));
    if (!allowed) throw new Error(`the bench's own images must pass: ${message}`);
  }
  close();
}

async function compare(service: ServiceProcess, bodies: readonly string[], say: Say): Promise<void> {
  const noOp = await startNoOp(service.configFile);
  const path = '/validate?timeout=10s';
  const load = (port: number, rate?: number): Promise<LoadResult> =>
    runLoad({ port, ca: service.ca, path, bodies, connections, seconds, ...(rate === undefined ? {} : { rate }) });
  const port = Number(new URL(service.url).port);
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
  say(`${row(`service at ${pacedRate}/s`, await load(port, pacedRate))} (target: p99 at most 5 ms)`);
  say(row(`express no-op at ${pacedRate}/s`, await load(noOp.port, pacedRate)));
  await noOp.stop();
}

function row(name: string, { perSecond, p50Ms, p99Ms, failures }: LoadResult): string {
  const figures = [`${perSecond.toFixed(0)}/s`, `p50 ${p50Ms.toFixed(2)} ms`, `p99 ${p99Ms.toFixed(2)} ms`];
  return `  ${name.padEnd(24)} ${figures.map((figure) => figure.padEnd(14)).join(' ')}${failures > 0 ? `${failures} FAILED` : ''}`.trimEnd();
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
