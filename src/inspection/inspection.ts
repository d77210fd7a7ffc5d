// What came of reading one reference: facts for each platform asked for, or why they could not be had.
import type { Fault } from '../base/fault.ts';
import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import type { ImageReference } from '../oci/reference.ts';
import type { ImageFacts, RunnableImageFacts } from './image-facts.ts';
import type { Access, Grant } from './image-source.ts';
import type { Priority } from './layer-work.ts';

/** Which platforms of an index are judged. `all` are all runnable ones. */
export type PlatformSelection = 'all' | readonly Platform[];

export interface PlatformInspection {
  /** Absent for artifacts. */
  readonly platform?: Platform;
  readonly digest: Digest;
  readonly outcome:
    | {
        readonly kind: 'facts';
        readonly facts: ImageFacts;
        /** Why the content of the layers is not among the facts although it was wanted (`image/pending` as long as they are being read). */
        readonly contentFault?: Fault;
      }
    | { readonly kind: 'fault'; readonly fault: Fault };
}

export type Inspection = ReadInspection | { readonly kind: 'fault'; readonly fault: Fault; readonly digest?: Digest };

export interface ReadInspection {
  readonly kind: 'read';
  /** Digest of what the reference names: the index or the single manifest. */
  readonly digest: Digest;
  readonly isIndex: boolean;
  /** All runnable platforms of the image, also those not asked for. */
  readonly available: readonly Platform[];
  readonly platforms: readonly PlatformInspection[];
  readonly grant: Grant;
  readonly credential: string;
  readonly staleSince?: string;
  /** Where the answer came from: nothing was asked, a digest was asked, documents were fetched. */
  readonly cache: 'hit' | 'revalidated' | 'miss';
}

/**
 * Reads one reference; the same call for registries, layouts and archives. Never throws for what the outside does. What is known already
 * is told at once: most reviews ask about known images, and waiting for a promise costs more than judging one.
 */
export type Inspect = (request: InspectRequest) => Inspection | Promise<Inspection>;

export interface InspectRequest {
  readonly reference: ImageReference;
  readonly platforms: PlatformSelection;
  readonly access: Access;
  /** Absent: manifest and config are enough. */
  readonly content?: ContentRequest;
}

/** That somebody wants to know what lies in the layers, of which images, and how much that matters. */
export interface ContentRequest {
  /**
   * Whether anything depends on the content of this image, which is one of those that were read; layers of others are not downloaded.
   */
  readonly wanted: (facts: RunnableImageFacts, read: ReadInspection) => boolean;
  /** For whom it is read: tenants take turns. */
  readonly tenant: string;
  readonly priority: Priority;
}
