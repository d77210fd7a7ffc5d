// A layer as a row of a table: its encoded record, and beside it a small text with all the rest.
import type { LayerProof, StoredLayer } from '../inspection/stored-layer.ts';
import { type Digest, parseDigest } from '../oci/digest.ts';

export interface LayerRow {
  readonly about: string;
  readonly value: Uint8Array;
}

export function formatLayerRow({ layer, provenBy }: StoredLayer): LayerRow {
  const { diffId, size, schema, detectors, bytes } = layer;
  return { about: JSON.stringify({ diffId, size, schema, detectors, provenBy }), value: bytes };
}

/** Undefined for what `formatLayerRow` did not write. */
export function parseLayerRow({
  digest,
  about,
  value,
}: LayerRow & { readonly digest: Digest }): StoredLayer | undefined {
  try {
    const parsed: unknown = JSON.parse(about);
    if (!isAbout(parsed)) return undefined;
    const { diffId, size, schema, detectors, provenBy } = parsed;
    return { layer: { digest, diffId: parseDigest(diffId), size, schema, detectors, bytes: value }, provenBy };
  } catch {
    return undefined;
  }
}

interface About {
  readonly diffId: string;
  readonly size: number;
  readonly schema: number;
  readonly detectors: number;
  readonly provenBy: readonly LayerProof[];
}

function isAbout(value: unknown): value is About {
  if (typeof value !== 'object' || value === null) return false;
  if (!('diffId' in value && 'size' in value && 'schema' in value && 'detectors' in value && 'provenBy' in value))
    return false;
  const { diffId, size, schema, detectors, provenBy } = value;
  return (
    typeof diffId === 'string' &&
    typeof size === 'number' &&
    typeof schema === 'number' &&
    typeof detectors === 'number' &&
    Array.isArray(provenBy) &&
    provenBy.every(isProof)
  );
}

function isProof(value: unknown): value is LayerProof {
  if (typeof value !== 'object' || value === null || !('registry' in value && 'anonymous' in value)) return false;
  return typeof value.registry === 'string' && typeof value.anonymous === 'boolean';
}
