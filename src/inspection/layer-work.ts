// The port behind which layers are read and folded into an image's facts: worker threads, so that nothing here holds up an admission.
import type { BaseEvidence } from '../composition/recognise-base.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ContentFacts } from './content-facts.ts';
import type { UserFact } from './image-facts.ts';
import type { LayerChannel } from './image-source.ts';
import type { EncodedLayer } from './layer-record.ts';

/** A review waits for it, or nobody does (warm-up, pushes, facts of an older revision). */
export type Priority = 'waiting' | 'background';

export interface LayerTask {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  /** Starts the download, or says how to; called when it is the task's turn. @throws Fault. */
  readonly open: (signal: AbortSignal) => Promise<AsyncIterable<Uint8Array> | LayerChannel>;
  readonly priority: Priority;
  /** Host of the registry: hosts take turns, and a dead one holds up only its own. */
  readonly host: string;
  /** For whom it is read (a namespace, or the repository): tenants of a host take turns. */
  readonly tenant: string;
}

/** How far a layer is; bytes are those of the blob. */
export type LayerProgress =
  | { readonly state: 'queued'; readonly totalBytes: number }
  | { readonly state: 'reading'; readonly readBytes: number; readonly totalBytes: number };

/** One reading under way. */
export interface LayerReading {
  /**
   * @throws Fault as `readLayer` and `open` do; `limit` (`maxScanSeconds`, `maxQueuedLayers`); `cancelled`.
   */
  readonly result: Promise<EncodedLayer>;
  progress(): LayerProgress;
  /** Lets it go before what nobody waits for. */
  raise(): void;
  /** Gives it up, queued or begun. */
  cancel(): void;
}

/** Layers in their order; one that an image has twice is there twice. */
export interface FoldTask {
  readonly layers: readonly EncodedLayer[];
  readonly user: UserFact;
  /** Of which the image may begin with one. */
  readonly bases: BaseEvidence;
}

export type FoldOutcome =
  | { readonly kind: 'folded'; readonly content: ContentFacts }
  /** What was kept of these layers cannot be read by this version: they have to be read anew. */
  | { readonly kind: 'unreadable'; readonly layers: readonly Digest[] };

export interface LayerWork {
  read(task: LayerTask): LayerReading;
  /** @throws Fault `image/malformed`, `integrity/ambiguous`, `limit`, as stacking does. */
  fold(task: FoldTask): Promise<FoldOutcome>;
  close(): Promise<void>;
}
