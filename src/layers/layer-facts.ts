// What one layer is and has in it: plain JSON, kept by the layer's digest, true for ever.
import type { Digest } from '../oci/digest.ts';
import type { Compression } from './compression.ts';
import type { LayerEntryList } from './entry-list.ts';
import type { LayerDocument } from './layer-documents.ts';

/** Shape of these documents; facts of another schema are read again. */
export const layerFactsSchema = 1;

/** Counts, and nothing that grows with the layer. */
export interface LayerSummary {
  readonly files: number;
  readonly directories: number;
  readonly symlinks: number;
  readonly hardlinks: number;
  /** Character and block devices, pipes. */
  readonly devices: number;
  /** Whiteouts of any kind, AUFS metadata included; they count as files as well. */
  readonly whiteouts: number;
  /** Bytes of all files with their holes. */
  readonly fileBytes: number;
  /** Bytes behind the end of the archive that are not all zero: no runtime sees them, and they were not looked at. */
  readonly bytesAfterEnd: number;
}

export interface LayerFacts {
  readonly schema: typeof layerFactsSchema;
  readonly digest: Digest;
  /** Digest of the archive after decompression. */
  readonly diffId: Digest;
  readonly compression: Compression;
  /** Bytes of the blob. */
  readonly compressedBytes: number;
  /** Bytes of the archive. */
  readonly plainBytes: number;
  readonly summary: LayerSummary;
  readonly entries: LayerEntryList;
  readonly documents: readonly LayerDocument[];
}
