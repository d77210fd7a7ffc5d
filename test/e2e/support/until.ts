// Asks a question again and again until the answer is yes, and never for longer than a limit.
import { setTimeout as sleep } from 'node:timers/promises';

export interface UntilOptions {
  /** What is waited for, as the error words it: `etcd to be healthy`. */
  readonly what: string;
  readonly timeoutMs: number;
  readonly everyMs?: number;
  /** Ends the wait early; its reason becomes the cause of the error. */
  readonly signal?: AbortSignal | undefined;
}

/** Resolves at the first true answer. What a question throws counts as no, and the last of it is the error's cause. */
export async function until(question: (signal: AbortSignal) => Promise<boolean>, options: UntilOptions): Promise<void> {
  const { what, timeoutMs, everyMs = 100 } = options;
  const limit = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
  let last: unknown;
  while (!signal.aborted) {
    try {
      if (await question(signal)) return;
    } catch (error) {
      if (!signal.aborted) last = error;
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
  if (limit.aborted) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause: last });
  throw new Error(`stopped waiting for ${what}`, { cause: signal.reason });
}
