// Named limits of the search through files: what they bound, and why that number.

/** Passing one is counted in the coverage of the search; nothing is left out silently. */
export interface FileScanLimits {
  /** Findings reported of one file: a dump of thousands of tokens says no more than a hundred of them. */
  readonly maxSecretsPerFile: number;
}

export const defaultFileScanLimits: FileScanLimits = {
  maxSecretsPerFile: 100,
};
