// Claims within one process: who has the right to do which work, and until when.

export interface Claims {
  /** Takes the right for `holder`; false while another has it. */
  take(key: string, holder: string, ttlMs: number): boolean;
  /** Makes it last from now on, unless another has it or nobody. */
  renew(key: string, holder: string, ttlMs: number): void;
  /** Gives it back, if `holder` still has it. */
  release(key: string, holder: string): void;
}

/** Above this many, those that have expired are swept out: few pieces of work are under way at a time. */
const sweepAbove = 1_000;

/** @param now milliseconds since the epoch. */
export function createClaims(now: () => number): Claims {
  const taken = new Map<string, { readonly holder: string; readonly untilMs: number }>();

  function sweep(): void {
    for (const [key, { untilMs }] of taken) if (untilMs <= now()) taken.delete(key);
  }

  return {
    take(key, holder, ttlMs) {
      const current = taken.get(key);
      if (current !== undefined && current.untilMs > now()) return false;
      if (taken.size >= sweepAbove) sweep();
      taken.set(key, { holder, untilMs: now() + ttlMs });
      return true;
    },
    renew(key, holder, ttlMs) {
      if (taken.get(key)?.holder === holder) taken.set(key, { holder, untilMs: now() + ttlMs });
    },
    release(key, holder) {
      if (taken.get(key)?.holder === holder) taken.delete(key);
    },
  };
}
