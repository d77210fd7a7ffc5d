// Everything known of one layer, by its digest: what is in it, and what was found in its files. Kept encoded, because it is large.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { LayerFacts } from '../layers/layer-facts.ts';
import { type LayerLimits, limitReached } from '../layers/layer-limits.ts';
import type { Digest } from '../oci/digest.ts';
import type { FileSecret } from '../secrets/file-secret.ts';
import type { SearchCoverage } from '../secrets/search-coverage.ts';
import { detectorRevision } from './detector-revision.ts';

/** Shape of these documents; records of another schema are read again. */
export const layerRecordSchema = 1;

/**
 * Credentials kept of a layer, and of an image; those beyond are counted as left out. Nobody reads as many, and a million of them would be
 * in the memory of the thread that answers admissions.
 */
export const maxSecretsKept = 1_000;

/** A credential in a file of a layer; never a byte of it. */
export interface LayerSecret extends FileSecret {
  /** Index of the file's entry within the layer. */
  readonly entry: number;
}

export interface LayerRecord {
  readonly schema: typeof layerRecordSchema;
  /** Revision of what looked. */
  readonly detectors: number;
  /** RFC 3339. */
  readonly readAt: string;
  readonly layer: LayerFacts;
  readonly secrets: readonly LayerSecret[];
  readonly searched: SearchCoverage;
}

/**
 * A record as it is stored and passed between threads: the thread that answers admissions carries it and never opens it.
 * `bytes` are zstd of the record's JSON.
 */
export interface EncodedLayer {
  readonly digest: Digest;
  readonly diffId: Digest;
  /** Bytes of the blob. */
  readonly size: number;
  readonly schema: number;
  readonly detectors: number;
  readonly bytes: Uint8Array;
}

export function encodeLayer(record: LayerRecord): EncodedLayer {
  const { digest, diffId, compressedBytes: size } = record.layer;
  const bytes = zstdCompressSync(JSON.stringify(record));
  return { digest, diffId, size, schema: record.schema, detectors: record.detectors, bytes };
}

/** Undefined for what this version did not write so: it is read again. */
export function decodeLayer(encoded: EncodedLayer): LayerRecord | undefined {
  return recordFromText(textOf(encoded), encoded);
}

type DecodedLayers =
  | { readonly kind: 'records'; readonly records: readonly LayerRecord[] }
  /** These are not what this version writes. */
  | { readonly kind: 'unreadable'; readonly layers: readonly Digest[] };

/**
 * The records of all layers of an image.
 * @throws Fault `limit` (`maxImageRecordsBytes`), before more memory than that is taken.
 */
export function decodeLayers(
  layers: readonly EncodedLayer[],
  { maxImageRecordsBytes }: Pick<LayerLimits, 'maxImageRecordsBytes'>,
): DecodedLayers {
  const records: LayerRecord[] = [];
  const unreadable = new Set<Digest>();
  let left = maxImageRecordsBytes;
  for (const encoded of layers) {
    const text = textOf(encoded, left);
    left -= text?.length ?? 0;
    const record = recordFromText(text, encoded);
    if (record === undefined) unreadable.add(encoded.digest);
    else records.push(record);
  }
  return unreadable.size > 0 ? { kind: 'unreadable', layers: [...unreadable] } : { kind: 'records', records };
}

function textOf({ bytes }: EncodedLayer, maxBytes?: number): Buffer | undefined {
  try {
    return zstdDecompressSync(bytes, maxBytes === undefined ? {} : { maxOutputLength: Math.max(1, maxBytes) });
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE')) return undefined;
    throw limitReached('maxImageRecordsBytes', 'what is known of the layers of an image');
  }
}

function recordFromText(text: Buffer | undefined, { digest }: EncodedLayer): LayerRecord | undefined {
  try {
    const value: unknown = text === undefined ? undefined : JSON.parse(text.toString());
    return isRecord(value) && value.layer.digest === digest ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a record can be used as it is; one of an older detector revision can, and is read again when there is time. */
export function isReadable(encoded: Pick<EncodedLayer, 'schema'>): boolean {
  return encoded.schema === layerRecordSchema;
}

export function isCurrent(encoded: Pick<EncodedLayer, 'schema' | 'detectors'>): boolean {
  return isReadable(encoded) && encoded.detectors >= detectorRevision;
}

/** The schema number stands for all the rest: nobody but `encodeLayer` writes these bytes. */
function isRecord(value: unknown): value is LayerRecord {
  if (typeof value !== 'object' || value === null || !('schema' in value) || !('layer' in value)) return false;
  return value.schema === layerRecordSchema && typeof value.layer === 'object' && value.layer !== null;
}
