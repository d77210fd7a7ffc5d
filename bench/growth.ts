// How kept facts grow: images that share a base, read by the real service with a data directory, and the bytes of its rows counted.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createAsker } from '../demo/ask.ts';
import { startServiceProcess } from '../demo/service-process.ts';
import { type HostileRegistry, startHostileRegistry } from '../test/support/hostile-registry.ts';
import { type BuiltImage, image } from '../test/support/image.ts';
import { file } from '../test/support/tar.ts';
import { serviceConfig } from './bench-images.ts';
import { benchLayer, digestOfFile } from './bench-layer.ts';
import { readImage, withReadingPolicy } from './read-images.ts';
import { table } from './table.ts';

const imageCount = 50;
const ownFiles = 200;

type Say = (line: string) => void;

export async function measureGrowth(say: Say): Promise<void> {
  const images = await imagesOnOneBase(say);
  const registry = await startHostileRegistry();
  images.forEach((built, index) => {
    registry.put(`scans/app-${index}`, '1', built);
  });
  await withReadingPolicy(registry.host, async (policy) => {
    const dataDirectory = join(dirname(policy), 'data');
    await readAll({ registry, images, policy, dataDirectory });
    const blobs = registry.takeRequests().filter((request) => /^GET .*\/blobs\//.test(request)).length;
    say(`growth of facts: ${imageCount} images on one base, each with a layer of ${ownFiles} files of its own`);
    // Every image has a config, which is a blob as well.
    say(`  layers read: ${blobs - imageCount} of the ${2 * imageCount} in manifests (target: ${imageCount + 1})`);
    tell(rowsOf(join(dataDirectory, 'facts.db')), images, say);
  });
  await registry.close();
}

/** The base is the layer that reading is measured on. */
async function imagesOnOneBase(say: Say): Promise<readonly BuiltImage[]> {
  const files = await benchLayer(say);
  const base = { bytes: await readFile(files.gzip), diffId: await digestOfFile(files.tar) };
  const onBase = image().config(serviceConfig).rawLayer(base);
  return Array.from({ length: imageCount }, (_, index) =>
    onBase
      .layer(
        Array.from({ length: ownFiles }, (__, at) =>
          file(`app/lib/module-${at}.js`, `export const number = ${index * ownFiles + at};\n`),
        ),
      )
      .build(),
  );
}

interface Reading {
  readonly registry: HostileRegistry;
  readonly images: readonly BuiltImage[];
  readonly policy: string;
  readonly dataDirectory: string;
}

/** One image after the other; the service has written all of it when this is done. */
async function readAll({ registry, images, policy, dataDirectory }: Reading): Promise<void> {
  const service = await startServiceProcess({ registryHost: registry.host, policies: [policy], dataDirectory });
  const { ask, close } = createAsker(service.url, service.ca);
  for (const [index, { digest }] of images.entries()) {
    await readImage(ask, `${registry.host}/scans/app-${index}@${digest}`);
  }
  close();
  await service.stop();
}

/** Bytes kept, by the digest of what they are about. */
function rowsOf(path: string): ReadonlyMap<string, number> {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare('SELECT digest, length(about) + length(value) AS bytes FROM facts').all();
  database.close();
  return new Map(rows.map(({ digest, bytes }) => [String(digest), Number(bytes)]));
}

function tell(kept: ReadonlyMap<string, number>, images: readonly BuiltImage[], say: Say): void {
  const bytesOf = (digests: Iterable<string>): number =>
    [...digests].reduce((sum, one) => sum + (kept.get(one) ?? 0), 0);
  const inManifests = images.flatMap(({ layers }) => layers.map(({ digest }) => digest));
  const layers = new Set(inManifests);
  const base = bytesOf(inManifests.slice(0, 1));
  const manifests = images.map(({ digest }) => digest);
  const perImage = (bytes: number): string => kibibytes(bytes / imageCount);
  const rows = [
    ['facts of the base', 1, base, ''],
    ['facts of the other layers', layers.size - 1, bytesOf(layers) - base, perImage(bytesOf(layers) - base)],
    ['facts of the images', manifests.length, bytesOf(manifests), perImage(bytesOf(manifests))],
    ['all', layers.size + manifests.length, bytesOf([...layers, ...manifests]), ''],
  ] as const;
  const cells = rows.map(([name, count, bytes, each]) => [name, `${count}`, kibibytes(bytes), each]);
  for (const line of table(['', 'rows', 'KiB', 'KiB each'], cells)) say(`  ${line}`);
  const [distinct, sum] = [bytesOf(layers), bytesOf(inManifests)];
  say(`  layers cost ${kibibytes(distinct)} KiB; each for itself, the images' layers would cost ${kibibytes(sum)} KiB`);
  say(`  ratio to that sum: ${(distinct / sum).toFixed(3)} (target: what distinct layers cost)`);
  if ([...layers, ...manifests].some((digest) => !kept.has(digest))) say('  NOT ALL were kept');
}

function kibibytes(bytes: number): string {
  return (bytes / 1024).toFixed(1);
}
