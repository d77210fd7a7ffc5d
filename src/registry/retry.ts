// Repeats what failed for a passing reason: few times, further and further apart, and not at all when the host wants a longer pause.
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../base/fault.ts';
import type { NetworkLimits } from './settings.ts';

export interface Retry {
  /** Runs `work` once, and again up to `maxRetries` times. @throws the last Fault. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export interface RetryOptions {
  readonly limits: NetworkLimits;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Each pause is this many times the one before. */
const growth = 3;

export function createRetry({ limits, now, random }: RetryOptions): Retry {
  /** Milliseconds to wait before the next try; undefined when there must not be one. */
  function pauseMs(thrown: unknown, retriesDone: number): number | undefined {
    if (!(thrown instanceof Fault) || !isPassing(thrown)) return undefined;
    // A host that did not answer in time once more would use up any deadline.
    const mayTry = thrown.code === 'registry/timeout' ? Math.min(1, limits.maxRetries) : limits.maxRetries;
    if (retriesDone >= mayTry) return undefined;
    if (thrown.retryAtMs !== undefined) {
      const waitMs = Math.max(0, thrown.retryAtMs - now());
      return waitMs > limits.maxRetryAfterMs ? undefined : waitMs;
    }
    // Between half and one and a half of the step, so that many clients do not come back in step.
    return limits.retryBaseMs * growth ** retriesDone * (0.5 + random());
  }

  return {
    async run(signal, work) {
      for (let retriesDone = 0; ; retriesDone += 1) {
        try {
          return await work();
        } catch (thrown) {
          const waitMs = signal.aborted ? undefined : pauseMs(thrown, retriesDone);
          if (waitMs === undefined) throw thrown;
          // The signal's own error would hide why there was a pause at all.
          await sleep(waitMs, undefined, { signal }).catch(() => Promise.reject(thrown));
        }
      }
    },
  };
}

function isPassing(fault: Fault): boolean {
  switch (fault.code) {
    case 'registry/unreachable':
    case 'registry/timeout':
    case 'registry/server-error':
    case 'registry/rate-limited':
      return true;
    default:
      return false;
  }
}
