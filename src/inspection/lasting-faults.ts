// Faults that lie in the bytes: remembered for a while, so that what cannot be read is not read again for every review.
import { LRUCache } from 'lru-cache';
import { Fault, type FaultCode } from '../base/fault.ts';

/** Long enough that retries cost nothing, short enough that a raised limit or another release is noticed; faults of the network pass sooner. */
const rememberMs = 600_000;

const maxFaults = 10_000;

const lasting: ReadonlySet<FaultCode> = new Set([
  'limit',
  'image/unsupported',
  'image/malformed',
  'integrity/ambiguous',
  'integrity/diff-id',
]);

export class LastingFaults {
  readonly #faults = new LRUCache<string, Fault>({ max: maxFaults, ttl: rememberMs });

  /** @throws the Fault that is remembered under this key. */
  refuseKnown(key: string): void {
    const fault = this.#faults.get(key);
    if (fault !== undefined) throw fault;
  }

  /** Nothing else that is thrown is remembered. */
  remember(key: string, thrown: unknown): void {
    if (thrown instanceof Fault && lasting.has(thrown.code)) this.#faults.set(key, thrown);
  }
}
