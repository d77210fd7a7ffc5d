// Keeps something going against an API server that comes and goes: waits longer after each failure, and tells of changes only.
import { setTimeout as sleep } from 'node:timers/promises';
import { faultFromUnknown } from '../base/fault.ts';
import type { ClusterLimits } from './cluster-limits.ts';
import type { ClusterLog } from './cluster-log.ts';

export interface FollowOptions {
  /** For the log: `namespaces`. */
  readonly what: string;
  readonly limits: ClusterLimits;
  readonly log: ClusterLog;
  readonly random: () => number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Runs `round` again and again until the signal aborts. A round calls `succeeded` as soon as it knows that the server answers, and
 * returns how long to wait before the next one, in milliseconds. Never rejects.
 */
export async function follow(
  { what, limits, log, random, signal }: FollowOptions,
  round: (succeeded: () => void) => Promise<number>,
): Promise<void> {
  let failures = 0;
  const succeeded = (): void => {
    if (failures > 0) log.info({ what, failures }, `reading ${what} from the API server again`);
    failures = 0;
  };
  while (!signal.aborted) {
    let waitMs: number;
    try {
      waitMs = await round(succeeded);
    } catch (thrown) {
      if (signal.aborted) return;
      failures += 1;
      const fault = faultFromUnknown(thrown);
      if (failures === 1) log.warn({ what, code: fault.code, err: fault }, `cannot read ${what} from the API server`);
      waitMs = Math.min(limits.maxBackoffMs, limits.firstBackoffMs * 2 ** Math.min(failures - 1, 20));
    }
    // Up to half more, so that replicas do not ask in step. The process may end while this waits.
    await sleep(waitMs * (1 + random() / 2), undefined, { signal, ref: false }).catch(() => undefined);
  }
}
