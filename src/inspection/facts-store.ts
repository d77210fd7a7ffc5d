// The port behind which facts are kept, by digest; asynchronous, so that a remote store fits.
import type { Digest } from '../oci/digest.ts';
import type { ManifestDocument } from '../oci/manifest.ts';
import type { ImageFacts } from './image-facts.ts';

/** What is kept of an index: which children it has is as immutable as facts are. */
export type StoredDocument =
  | { readonly kind: 'facts'; readonly facts: ImageFacts }
  | { readonly kind: 'index'; readonly index: ManifestDocument & { readonly kind: 'index' } };

/** Its own troubles (a full disk, a store far away) are its own: then it knows nothing and keeps nothing, and never rejects. */
export interface FactsStore {
  get(digest: Digest): Promise<StoredDocument | undefined>;
  put(digest: Digest, document: StoredDocument): Promise<void>;
}
