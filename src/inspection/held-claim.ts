// A claim that is kept as long as its work goes on, and given back with it.
import type { FactsStore } from './facts-store.ts';

/** Resolves after so many milliseconds, or at once when the signal aborts; never rejects. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

/** How soon another replica takes over the work of one that died. */
const claimMs = 60_000;

/** A store that is slow once or twice does not cost the claim. */
const renewEveryMs = 20_000;

export interface HeldClaim {
  /** Without waiting for the store: a disk that hangs must not hold up what was read. */
  release(): void;
}

/** Undefined while somebody else has it. Never rejects. */
export async function holdClaim(
  store: Pick<FactsStore, 'claim'>,
  key: string,
  pause: Pause,
): Promise<HeldClaim | undefined> {
  const claim = await store.claim(key, claimMs);
  if (claim === undefined) return undefined;
  const released = new AbortController();
  const { signal } = released;
  const keep = async (): Promise<void> => {
    for (;;) {
      await pause(renewEveryMs, signal);
      if (signal.aborted) return;
      await claim.renew(claimMs);
    }
  };
  void keep();
  return {
    release() {
      released.abort();
      void claim.release();
    },
  };
}
