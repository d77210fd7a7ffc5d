// What the thread that answers admissions and a thread that reads layers say to each other.
import type { MessagePort } from 'node:worker_threads';
import type { FaultMessage } from '../base/fault-message.ts';
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
  /** What its program needs to know to read channels; passed on as it is. */
  readonly channels: unknown;
}

export interface LayerToRead {
  readonly descriptor: Pick<Descriptor, 'mediaType' | 'digest' | 'size' | 'urls'>;
  readonly diffId: Digest;
  /** RFC 3339. */
  readonly readAt: string;
}

/** `id` names the job; each `read` and each `fold` gets exactly one `ThreadAnswer`, and what a `read` is told of before comes before it. */
export type ToThread =
  | { readonly kind: 'read'; readonly id: number; readonly layer: LayerToRead }
  /** The blob is to be had at the other end of the channel. */
  | { readonly kind: 'channel'; readonly id: number; readonly channel: MessagePort }
  /** The next bytes of a blob. */
  | { readonly kind: 'bytes'; readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> }
  /** The blob has no more. */
  | { readonly kind: 'end'; readonly id: number }
  /** Nobody wants the layer any more. */
  | { readonly kind: 'stop'; readonly id: number }
  | { readonly kind: 'fold'; readonly id: number; readonly task: FoldTask };

export type FromThread =
  /** The bytes of the blob that were in this memory were taken: as many more may come in it. */
  | { readonly kind: 'used'; readonly id: number; readonly memory: ArrayBuffer }
  /** So many more bytes of the blob were taken. */
  | { readonly kind: 'came'; readonly id: number; readonly bytes: number }
  | ThreadAnswer;

export type ThreadAnswer =
  | { readonly kind: 'read'; readonly id: number; readonly layer: EncodedLayer }
  | { readonly kind: 'folded'; readonly id: number; readonly outcome: FoldOutcome }
  | { readonly kind: 'failed'; readonly id: number; readonly fault: FaultMessage };
