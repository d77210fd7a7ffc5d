// Layer work without threads: reads and folds where it is called, counts, and can be held up.
import { foldContent } from '../../src/inspection/fold-content.ts';
import { inspectLayer } from '../../src/inspection/inspect-layer.ts';
import { decodeLayers, encodeLayer } from '../../src/inspection/layer-record.ts';
import type { LayerTask, LayerWork } from '../../src/inspection/layer-work.ts';
import { defaultLayerLimits as limits } from '../../src/layers/layer-limits.ts';

export interface DirectLayerWork extends LayerWork {
  /** Tasks in the order in which they were given. */
  readonly tasks: readonly LayerTask[];
  /** Digests of those that were raised. */
  readonly raised: readonly string[];
  folds: number;
}

/** @param before runs before a layer is opened, and `beforeFold` before layers are folded: they wait, or throw what the work would. */
export function createDirectLayerWork(
  before: (task: LayerTask) => Promise<void> = async () => {},
  beforeFold: () => Promise<void> = async () => {},
): DirectLayerWork {
  const tasks: LayerTask[] = [];
  const raised: string[] = [];
  return {
    tasks,
    raised,
    folds: 0,
    read(task) {
      tasks.push(task);
      const controller = new AbortController();
      const { descriptor, diffId } = task;
      const totalBytes = descriptor.size;
      const run = async () => {
        await before(task);
        const chunks = await task.open(controller.signal);
        if (!(Symbol.asyncIterator in chunks)) throw new TypeError('a channel leads to no thread here');
        const readAt = '2026-11-23T10:00:00.000Z';
        return encodeLayer(
          await inspectLayer(chunks, { descriptor, diffId, limits, signal: controller.signal, readAt }),
        );
      };
      const result = run();
      result.catch(() => undefined);
      return {
        result,
        progress: () => ({ state: 'queued', totalBytes }),
        raise: () => {
          raised.push(descriptor.digest);
        },
        cancel: () => controller.abort(),
      };
    },
    async fold({ layers, user, bases }) {
      this.folds += 1;
      await beforeFold();
      const decoded = decodeLayers(layers, limits);
      if (decoded.kind === 'unreadable') return decoded;
      return { kind: 'folded', content: foldContent(decoded.records, { user, bases, limits }) };
    },
    close: async () => {},
  };
}
