// What the thread that answers admissions and a thread that reads layers say to each other.
import { Fault, type FaultCode, faultFromUnknown } from '../base/fault.ts';
import type { EncodedLayer } from '../inspection/layer-record.ts';
import type { FoldOutcome, FoldTask } from '../inspection/layer-work.ts';
import type { LayerLimits } from '../layers/layer-limits.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { FileScanLimits } from '../secrets/file-scan-limits.ts';

/** Given to a thread when it is started. */
export interface ThreadSettings {
  readonly layerLimits: LayerLimits;
  readonly searchLimits?: FileScanLimits;
}

export interface LayerToRead {
  readonly descriptor: Pick<Descriptor, 'mediaType' | 'digest' | 'size' | 'urls'>;
  readonly diffId: Digest;
  /** RFC 3339. */
  readonly readAt: string;
}

/** `id` names the job; each `read` and each `fold` gets exactly one answer that is not `used`. */
export type ToThread =
  | { readonly kind: 'read'; readonly id: number; readonly layer: LayerToRead }
  /** The next bytes of a blob. */
  | { readonly kind: 'bytes'; readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> }
  /** The blob has no more. */
  | { readonly kind: 'end'; readonly id: number }
  /** Nobody wants the layer any more. */
  | { readonly kind: 'stop'; readonly id: number }
  | { readonly kind: 'fold'; readonly id: number; readonly task: FoldTask };

export type FromThread =
  /** The bytes of the blob that were in this memory were taken: as many more may come in it. */
  { readonly kind: 'used'; readonly id: number; readonly memory: ArrayBuffer } | ThreadAnswer;

export type ThreadAnswer =
  | { readonly kind: 'read'; readonly id: number; readonly layer: EncodedLayer }
  | { readonly kind: 'folded'; readonly id: number; readonly outcome: FoldOutcome }
  | { readonly kind: 'failed'; readonly id: number; readonly fault: FaultMessage };

/** A Fault on its way between threads. */
export interface FaultMessage {
  readonly code: FaultCode;
  readonly message: string;
  readonly limit?: string;
  readonly retryAtMs?: number;
  /** For the log. */
  readonly cause?: string;
}

export function messageFromThrown(thrown: unknown): FaultMessage {
  const { code, message, limit, retryAtMs, cause } = faultFromUnknown(thrown);
  return {
    code,
    message,
    ...(limit === undefined ? {} : { limit }),
    ...(retryAtMs === undefined ? {} : { retryAtMs }),
    ...(cause === undefined ? {} : { cause: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) }),
  };
}

export function faultFromMessage({ code, message, cause, ...options }: FaultMessage): Fault {
  return new Fault(code, message, { ...options, ...(cause === undefined ? {} : { cause: new Error(cause) }) });
}
