// Why facts could not be had, in the words of a policy's `undecided` block.
import type { Fault } from '../base/fault.ts';

export const undecidedCauses = [
  'unavailable',
  'unauthorized',
  'not-found',
  'pending',
  'unsupported',
  'limit',
  'not-an-image',
  'internal',
] as const;

export type UndecidedCause = (typeof undecidedCauses)[number];

type IntegrityRule =
  | 'integrity/digest'
  | 'integrity/size'
  | 'integrity/diff-id'
  | 'integrity/ambiguous'
  | 'integrity/media-type'
  | 'integrity/schema1';

/** A fault is either a broken image, which is a finding of its own, or the absence of facts, with its cause. */
export type FaultMeaning =
  | { readonly kind: 'integrity'; readonly rule: IntegrityRule }
  | { readonly kind: 'undecided'; readonly cause: UndecidedCause }
  | { readonly kind: 'reference' };

/** The one place that says what a fault means for a verdict. */
export function meaningOfFault(fault: Fault): FaultMeaning {
  switch (fault.code) {
    case 'integrity/digest':
    case 'integrity/size':
    case 'integrity/diff-id':
    case 'integrity/ambiguous':
    case 'integrity/media-type':
    case 'integrity/schema1':
      return { kind: 'integrity', rule: fault.code };
    case 'image/malformed':
      return { kind: 'integrity', rule: 'integrity/ambiguous' };
    case 'reference/invalid':
      return { kind: 'reference' };
    case 'registry/unauthorized':
    case 'kubernetes/forbidden':
      return { kind: 'undecided', cause: 'unauthorized' };
    case 'registry/not-found':
    case 'image/no-platform':
      return { kind: 'undecided', cause: 'not-found' };
    case 'image/pending':
      return { kind: 'undecided', cause: 'pending' };
    case 'image/unsupported':
    case 'digest/unsupported':
      return { kind: 'undecided', cause: 'unsupported' };
    case 'image/not-an-image':
      return { kind: 'undecided', cause: 'not-an-image' };
    case 'limit':
      return { kind: 'undecided', cause: 'limit' };
    case 'registry/unreachable':
    case 'registry/timeout':
    case 'registry/tls':
    case 'registry/server-error':
    case 'registry/rate-limited':
    case 'registry/circuit-open':
    case 'registry/protocol':
    case 'registry/address-refused':
    case 'registry/redirect-refused':
    case 'registry/realm-refused':
    case 'kubernetes/unavailable':
    case 'cancelled':
      return { kind: 'undecided', cause: 'unavailable' };
    case 'usage':
    case 'document/invalid':
    case 'internal':
      return { kind: 'undecided', cause: 'internal' };
    default:
      return fault.code satisfies never;
  }
}
