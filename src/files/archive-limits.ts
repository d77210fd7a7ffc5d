// Named limits of image archives: what they bound, and why that number.

/** Passing one is a Fault `limit` that names it. */
export interface ArchiveLimits {
  /** Entries of one archive. An image has a few per layer; a hundred images of a hundred layers stay below it. */
  readonly maxArchiveEntries: number;
  /** Bytes of an archive after decompression: as much as the largest machine-learning images, and an end to a bomb. */
  readonly maxArchiveBytes: number;
  /** Bytes of one extended header (a long name, PAX records). */
  readonly maxArchiveHeaderBytes: number;
}

export const defaultArchiveLimits: ArchiveLimits = {
  maxArchiveEntries: 100_000,
  maxArchiveBytes: 128 * 1024 ** 3,
  maxArchiveHeaderBytes: 1024 * 1024,
};
