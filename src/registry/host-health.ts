// Whether a host may be asked now: a circuit that opens after failures in a row, and blocks that a host asked for itself.
import { LRUCache } from 'lru-cache';
import { Fault } from '../base/fault.ts';
import type { NetworkLimits } from './settings.ts';

export interface HostHealth {
  /** Asks for leave to send one request; the returned function is told what came of it; its first call counts. @throws Fault `registry/circuit-open`, `registry/rate-limited`. */
  enter(identity: string): (outcome: HostOutcome) => void;
  /** Sends nothing more as `identity` until then. */
  block(identity: string, untilMs: number): void;
}

/** `failed`: transport or 5xx. `unknown`: the request was ended before the host could show anything. */
export type HostOutcome = 'answered' | 'failed' | 'unknown';

/** Identities with a block at one host; more than any cluster has pull secrets for one registry. */
const maxBlocks = 1_000;

export function createHostHealth(host: string, limits: NetworkLimits, now: () => number): HostHealth {
  const blocks = new LRUCache<string, number>({ max: maxBlocks });
  let failuresInARow = 0;
  let openUntilMs = 0;
  let isProbing = false;

  function refuseIfBlocked(identity: string): void {
    const untilMs = blocks.get(identity);
    if (untilMs === undefined) return;
    if (untilMs <= now()) {
      blocks.delete(identity);
      return;
    }
    const message = `${host} asked not to be asked again before ${new Date(untilMs).toISOString()}`;
    throw new Fault('registry/rate-limited', message, { retryAtMs: untilMs });
  }

  return {
    enter(identity) {
      refuseIfBlocked(identity);
      const isOpen = failuresInARow >= limits.circuitFailures;
      if (isOpen && (isProbing || now() < openUntilMs)) {
        const message = `${host} failed ${failuresInARow} times in a row and is left alone for a while`;
        throw new Fault('registry/circuit-open', message, { retryAtMs: Math.max(openUntilMs, now()) });
      }
      // Past its time an open circuit lets one request through, and closes or stays open by what comes of it.
      const isProbe = isOpen;
      isProbing ||= isProbe;
      let isOver = false;
      return (outcome) => {
        if (isOver) return;
        isOver = true;
        if (isProbe) isProbing = false;
        if (outcome === 'unknown') return;
        failuresInARow = outcome === 'answered' ? 0 : failuresInARow + 1;
        if (failuresInARow >= limits.circuitFailures) openUntilMs = now() + limits.circuitOpenMs;
      };
    },
    block(identity, untilMs) {
      blocks.set(identity, Math.min(untilMs, now() + limits.maxBlockMs));
    },
  };
}
