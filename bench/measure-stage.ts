// Measures stages of reading layers, each in a process of its own, so that the garbage of one is not another's.
import { fork } from 'node:child_process';
import { type Layer, stages } from './layer-stages.ts';

export interface Measured {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly maxRssMiB: number;
}

const program = new URL('layer-stage-process.ts', import.meta.url);

function measureOnce(stage: string, layer: Layer): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const child = fork(program, [stage, JSON.stringify(layer)]);
    child.once('message', (message: Measured) => resolve(message));
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code !== 0) reject(new Error(`${stage} ended with ${code}`));
    });
  });
}

/**
 * All stages on all layers, in turns, so that what else the machine does falls on all of them; the best of the rounds counts, of memory
 * the most. By layer, then by stage, in the order of `stages`.
 */
export async function measureStages(
  layers: readonly Layer[],
  rounds: number,
): Promise<ReadonlyMap<Layer, ReadonlyMap<string, Measured>>> {
  const measured = new Map(layers.map((layer) => [layer, new Map<string, Measured>()]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [layer, best] of measured) {
      for (const stage of Object.keys(stages)) {
        const now = await measureOnce(stage, layer);
        const before = best.get(stage) ?? now;
        best.set(stage, {
          wallMs: Math.min(now.wallMs, before.wallMs),
          cpuMs: Math.min(now.cpuMs, before.cpuMs),
          maxRssMiB: Math.max(now.maxRssMiB, before.maxRssMiB),
        });
      }
    }
  }
  return measured;
}
