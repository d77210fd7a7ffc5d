// One folding of layers in a worker thread, which gets a bounded time.
import type { FoldOutcome, FoldTask } from '../inspection/layer-work.ts';
import { type ScanLimits, scanLimitReached } from '../inspection/scan-limits.ts';
import type { ThreadPool } from './thread-pool.ts';

/**
 * Undefined when its thread ended under other work as well: then it need not have been its fault.
 * @throws Fault as folding does; `limit` (`maxFoldSeconds`), which ends the thread, because nothing else would end the fold.
 */
export async function foldLayers(
  threads: Pick<ThreadPool, 'use'>,
  task: FoldTask,
  { maxFoldSeconds }: ScanLimits,
): Promise<FoldOutcome | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<FoldOutcome | undefined>();
  const job = { folded: resolve, failed: reject, lost: () => resolve(undefined) };
  const given = await threads.use((thread) => thread.fold(task, job));
  const timer = setTimeout(() => {
    reject(scanLimitReached('maxFoldSeconds', 'folding the layers of an image'));
    given.endThread();
  }, maxFoldSeconds * 1000);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
