// Named limits of the search through files: what they bound, and why that number.

/** Passing one is counted in the coverage of the search; nothing is left out silently. */
export interface FileScanLimits {
  /** Findings reported of one file: a dump of thousands of tokens says no more than a hundred of them. */
  readonly maxSecretsPerFile: number;
  /** Bytes of a file that is read by its format, over what the patterns find in any file: settings and logins are small. */
  readonly maxDocumentBytes: number;
  /** Bytes of all such files of a layer: real ones have a few megabytes, and the worst text takes a second for each. */
  readonly maxDocumentsBytes: number;
  /** Archives inside each other that are opened: an application's archive, and those of its libraries. */
  readonly maxArchiveDepth: number;
  /** Bytes of an archive that is opened: it is held in memory whole. */
  readonly maxArchiveBytes: number;
  /** Bytes of one member of an archive, decompressed: held in memory too. */
  readonly maxMemberBytes: number;
  /** Members of one archive. */
  readonly maxArchiveMembers: number;
  /** Decompressed bytes for each byte of an archive; text seldom passes 30, deflate can reach 1,032. */
  readonly maxArchiveRatio: number;
  /** Bytes of an archive's members that may come at any ratio, so that a small file of zeros is no bomb. */
  readonly ratioFreeBytes: number;
  /** Decompressed bytes of all archives of a layer together: some ten seconds of work. */
  readonly maxArchiveContentBytes: number;
}

export const defaultFileScanLimits: FileScanLimits = {
  maxSecretsPerFile: 100,
  maxDocumentBytes: 1024 ** 2,
  maxDocumentsBytes: 32 * 1024 ** 2,
  maxArchiveDepth: 2,
  maxArchiveBytes: 32 * 1024 ** 2,
  maxMemberBytes: 64 * 1024 ** 2,
  maxArchiveMembers: 100_000,
  maxArchiveRatio: 100,
  ratioFreeBytes: 4 * 1024 ** 2,
  maxArchiveContentBytes: 4 * 1024 ** 3,
};
