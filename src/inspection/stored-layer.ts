// A layer as it is kept, with the registries whose bytes proved it: they decide whom it may answer.
import type { EncodedLayer } from './layer-record.ts';

/** A registry delivered bytes that have the layer's digest. */
export interface LayerProof {
  /** The host, or host and repository: whatever holds one tenant's images apart from another's. Compared as it is written. */
  readonly registry: string;
  /** Whether it gave them to a reader without credentials. */
  readonly anonymous: boolean;
}

export interface StoredLayer {
  readonly layer: EncodedLayer;
  readonly provenBy: readonly LayerProof[];
}

/** Proofs of one layer; more repositories than this share few layers. Forgetting one costs asking its registry once more. */
const maxProofs = 512;

/**
 * Whether a layer may answer for an image of this registry: everyone may have it, or the registry delivered the bytes itself. A manifest
 * that only names the digest of somebody's private layer learns nothing of it.
 */
export function mayServe({ provenBy }: Pick<StoredLayer, 'provenBy'>, registry: string): boolean {
  return provenBy.some((proof) => proof.anonymous || proof.registry === registry);
}

/** What is kept when a layer is put that is there already: the newer revision of the two, and the proofs of both. */
export function mergeStoredLayers(kept: StoredLayer | undefined, put: StoredLayer): StoredLayer {
  const provenBy = mergeProofs(kept?.provenBy ?? [], put.provenBy);
  return { layer: kept === undefined || !isNewer(kept.layer, put.layer) ? put.layer : kept.layer, provenBy };
}

/** The latest come last; of too many the first are forgotten. Once everyone may have a layer, nothing else says more. */
export function mergeProofs(kept: readonly LayerProof[], put: readonly LayerProof[]): readonly LayerProof[] {
  const open = [...kept, ...put].find((proof) => proof.anonymous);
  if (open !== undefined) return [open];
  const registries = new Set(put.map(({ registry }) => registry));
  return [
    ...kept.filter(({ registry }) => !registries.has(registry)),
    ...[...registries].map((registry) => ({ registry, anonymous: false })),
  ].slice(-maxProofs);
}

type Revision = Pick<EncodedLayer, 'schema' | 'detectors'>;

/** Replicas of two releases may share a store: the older one must not undo what the newer one read. */
function isNewer(one: Revision, other: Revision): boolean {
  return one.schema === other.schema ? one.detectors > other.detectors : one.schema > other.schema;
}
