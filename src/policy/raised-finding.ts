// A finding as one policy raises it on one platform, before exceptions and merging.
import type { Fault } from '../base/fault.ts';
import type { Evidence, RawFinding } from '../checks/check.ts';
import type { UndecidedAction } from './policy.ts';

/** What a rule says, with or without something to point at. */
export interface Statement extends Pick<RawFinding, 'rule' | 'message' | 'advice'> {
  readonly evidence?: Evidence;
}

export interface RaisedFinding {
  readonly policy: string;
  /** What follows under that policy, with every cap applied. */
  readonly action: UndecidedAction;
  readonly statement: Statement;
  /** Over rule, bytes and place on this platform. */
  readonly fingerprint: string;
  /** Absent for what is true of the reference as a whole. */
  readonly platform?: string;
  /** Digests that an exception may name: of the reference, of what it resolved to, of the platform's manifest. */
  readonly digests: readonly string[];
  /** The layer it lies in, where that is known. */
  readonly layer?: string;
  /** The files it is about; absent where it is about none. */
  readonly paths?: readonly string[];
  /** Why facts are missing, with its cause for the log. */
  readonly fault?: Fault;
}
