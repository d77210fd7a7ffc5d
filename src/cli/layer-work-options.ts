// What the readers of layers are told: the configuration, how their threads reach registries, and the program that those run.
import { availableParallelism } from 'node:os';
import type { Configuration } from '../files/configuration.ts';
import type { RegistrySettings } from '../registry/settings.ts';

/** The program is what this file is: TypeScript or JavaScript. */
export const layerWorker = new URL(
  `./layer-worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`,
  import.meta.url,
);

/** One processor is left to the thread that answers. */
export function layerWorkOptions({ layers }: Configuration, { limits, proxy, userAgent }: RegistrySettings) {
  const { workers = Math.max(1, availableParallelism() - 1), limits: scanLimits, reading } = layers;
  return {
    workers,
    limits: scanLimits,
    layerLimits: reading.layers,
    searchLimits: reading.search,
    program: layerWorker,
    channels: { limits, proxy, userAgent },
  };
}
