// Named limits of the documents that describe images: what they bound, and why that number.

/** Passing one is a Fault `limit` that names it; nothing is ever cut short silently. */
export interface DocumentLimits {
  /** Manifests and indexes. The distribution spec asks registries for at least 4 MiB; containerd reads no more. */
  readonly maxManifestBytes: number;
  /** Image configs. BuildKit keeps its inline cache in them, hence more than a manifest. */
  readonly maxConfigBytes: number;
  /** Entries of one index. */
  readonly maxIndexChildren: number;
  /** Index inside index: legal, and of no use beyond this depth. */
  readonly maxIndexDepth: number;
  /** Layers of one manifest, a parser's guard: overlay file systems end near 127. */
  readonly maxLayers: number;
  /** Rows of history in one config. */
  readonly maxHistory: number;
}

export const defaultDocumentLimits: DocumentLimits = {
  maxManifestBytes: 4 * 1024 * 1024,
  maxConfigBytes: 8 * 1024 * 1024,
  maxIndexChildren: 128,
  maxIndexDepth: 3,
  maxLayers: 500,
  maxHistory: 10_000,
};
