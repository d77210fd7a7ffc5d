// The port behind which facts are kept, by digest; asynchronous, so that a remote store fits.
import type { Digest } from '../oci/digest.ts';
import type { ManifestDocument } from '../oci/manifest.ts';
import type { ImageFacts } from './image-facts.ts';
import type { StoredLayer } from './stored-layer.ts';

/** What is kept of an index: which children it has is as immutable as facts are. */
export type StoredDocument =
  | { readonly kind: 'facts'; readonly facts: ImageFacts }
  | { readonly kind: 'index'; readonly index: ManifestDocument & { readonly kind: 'index' } };

/** The exclusive right to do one piece of work, until it is released or expires. */
interface Claim {
  /** Makes it last for so long from now; without effect once somebody else has it. Never rejects. */
  renew(ttlMs: number): Promise<void>;
  /** Gives the right back; without effect once it has expired, whoever has it then. Never rejects. */
  release(): Promise<void>;
}

/** Its own troubles (a full disk, a store far away) are its own: then it knows nothing and keeps nothing, and never rejects. */
export interface FactsStore {
  get(digest: Digest): Promise<StoredDocument | undefined>;
  /** The same at once, from the memory of this process; undefined says nothing. */
  atHand(digest: Digest): StoredDocument | undefined;
  put(digest: Digest, document: StoredDocument): Promise<void>;
  /** Whether it may answer for an image is asked of `mayServe`, whether it can be used of `isReadable`. */
  getLayer(digest: Digest): Promise<StoredLayer | undefined>;
  /** Adds its proofs to those that are kept (`mergeStoredLayers`). */
  putLayer(stored: StoredLayer): Promise<void>;
  /** Lets go of what is kept of a layer, with its proofs: it turned out to be of no use. */
  forgetLayer(digest: Digest): Promise<void>;
  /**
   * Asks for the right to do the work named `key`, so that replicas that share a store do not do it twice. Undefined while somebody else has it;
   * a store in trouble grants it, as if there were no other replica.
   */
  claim(key: string, ttlMs: number): Promise<Claim | undefined>;
  /** Ends it, with what was put before written as far as it can be. From then on it knows nothing. */
  close(): Promise<void>;
}
