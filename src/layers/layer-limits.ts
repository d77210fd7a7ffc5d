// Named limits of layer reading and stacking: what they bound, and why that number.
import { Fault } from '../base/fault.ts';

/** Passing one is a Fault `limit` that names it; nothing is ever cut short silently. */
export interface LayerLimits {
  /** Bytes of one layer after decompression, and of the files in it with their holes: what large machine-learning images need. */
  readonly maxLayerBytes: number;
  /** Decompressed bytes for each compressed one. Real layers stay below 20; deflate can reach 1,032. */
  readonly maxLayerRatio: number;
  /** Bytes of a layer that may come at any ratio, so that a small layer of zeros is no bomb. */
  readonly ratioFreeBytes: number;
  /** Window a zstd frame may ask for, as a power of two: 128 MiB, which is what zstd itself grants by default. */
  readonly maxZstdWindowLog: number;
  /** Headers in one layer. */
  readonly maxLayerEntries: number;
  /**
   * Length of all names of a layer together, paths and link targets as they are kept: what a path shares with the one before it is not
   * counted. A million entries with 32 characters each; real layers stay below 5 MB.
   */
  readonly maxLayerNamesLength: number;
  /** Bytes of one extended header (a long name, PAX records, a sparse map); Go's reader has the same. */
  readonly maxTarHeaderBytes: number;
  /** Bytes of a path or a link target: PATH_MAX of Linux. */
  readonly maxPathBytes: number;
  /** Names in a path. */
  readonly maxPathDepth: number;
  /** Symbolic links followed for one path, as Linux does. */
  readonly maxSymlinkHops: number;
  /** Bytes of one kept document; a larger one is known to exist, and its content is unknown. */
  readonly maxDocumentBytes: number;
  /** Bytes of all kept documents of a layer together. */
  readonly maxDocumentsBytes: number;
  /** Bytes of one record of a package manager: databases of large images have 3 MiB, lock files of large projects 5 MiB. */
  readonly maxPackagingBytes: number;
  /** Bytes of RPM's database, which holds a header of 50 KiB and more for each package; it is held in memory while it is read. */
  readonly maxRpmDatabaseBytes: number;
  /** Bytes of all records of package managers in a layer together; what goes beyond is known to exist, and its content is unknown. */
  readonly maxPackagingsBytes: number;
  /** Entries of all layers of an image together, with the directories that only paths imply: the tree holds them in memory, some 300 bytes each. */
  readonly maxImageEntries: number;
  /** Bytes of what is known of all layers of an image, as JSON: it is in memory at once, and takes some five times as much there. */
  readonly maxImageRecordsBytes: number;
  /** Names looked up to apply all layers of an image: real ones need a few for each entry, chains of links thousands. */
  readonly maxTreeSteps: number;
}

export const defaultLayerLimits: LayerLimits = {
  maxLayerBytes: 64 * 1024 ** 3,
  maxLayerRatio: 200,
  ratioFreeBytes: 16 * 1024 ** 2,
  maxZstdWindowLog: 27,
  maxLayerEntries: 1_000_000,
  maxLayerNamesLength: 32 * 1024 ** 2,
  maxTarHeaderBytes: 1024 ** 2,
  maxPathBytes: 4096,
  maxPathDepth: 255,
  maxSymlinkHops: 40,
  maxDocumentBytes: 1024 ** 2,
  maxDocumentsBytes: 16 * 1024 ** 2,
  maxPackagingBytes: 8 * 1024 ** 2,
  maxRpmDatabaseBytes: 64 * 1024 ** 2,
  maxPackagingsBytes: 128 * 1024 ** 2,
  maxImageEntries: 600_000,
  maxImageRecordsBytes: 64 * 1024 ** 2,
  maxTreeSteps: 50_000_000,
};

/** The Fault for a limit that was reached; `what` is the subject of the sentence (`a layer`, `a path`). */
export function limitReached(limit: keyof LayerLimits, what: string): Fault {
  return new Fault('limit', `${what} goes beyond ${limit}`, { limit });
}
