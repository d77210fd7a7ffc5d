// The named limits of reading layers as settings: what each bounds.
import type { ReadingLimits } from '../inspection/reading-limits.ts';
import { defaultReadingLimits } from '../inspection/reading-limits.ts';
import { defaultScanLimits, type ScanLimits } from '../inspection/scan-limits.ts';
import { type LimitSettings, type Sentences, settingsOf } from './limit-settings.ts';

const scanSentences: Sentences<ScanLimits> = {
  maxQueuedLayers: 'Layers that wait for their turn; what comes then is told to come again.',
  maxScanSeconds: 'Seconds from the turn of a layer to its end.',
  maxQueuedFolds: 'Images whose layers are read and wait to be put together.',
  maxFoldSeconds: 'Seconds in which the layers of one image are put together.',
  maxReadingsPerWorker: 'Layers that one worker reads at a time.',
  maxBytesOnTheWay: 'Bytes of one layer between its connection and its worker.',
  maxWorkerHeapBytes: 'Objects of one worker.',
  maxLettingGoSeconds: 'Seconds in which a worker lets go of what was given up; then it is replaced.',
};

const layerSentences: Sentences<ReadingLimits['layers']> = {
  maxLayerBytes: 'One layer after decompression, and the files in it with their holes.',
  maxLayerRatio: 'Decompressed bytes for each compressed one.',
  ratioFreeBytes: 'Decompressed bytes of a layer that may come at any ratio.',
  maxZstdWindowLog: 'Window that a zstd frame may ask for, as a power of two.',
  maxLayerEntries: 'Headers in one layer.',
  maxLayerNamesLength: 'Characters of all paths and link targets of a layer together.',
  maxTarHeaderBytes: 'One extended header: a long name, PAX records, a sparse map.',
  maxPathBytes: 'A path or a link target.',
  maxPathDepth: 'Names in a path.',
  maxSymlinkHops: 'Symbolic links followed for one path.',
  maxDocumentBytes: 'One document that is kept of a layer (accounts, manifests of packages); a larger one is unknown.',
  maxDocumentsBytes: 'All documents that are kept of a layer.',
  maxPackagingBytes: 'One database or lock file of packages; a larger one is unknown.',
  maxPackagingsBytes: 'All databases and lock files of packages of a layer.',
  maxRpmDatabaseBytes: 'One database of RPM packages; a larger one is unknown.',
  maxImageRecordsBytes: 'Records of all layers of an image, decoded.',
  maxImageEntries: 'Entries of all layers of an image.',
  maxTreeSteps: 'Names looked up to apply all layers of an image.',
};

const searchSentences: Sentences<ReadingLimits['search']> = {
  maxSecretsPerFile: 'Findings that are reported of one file.',
  maxDocumentBytes: 'A file that is read by its format, besides what patterns find in any file.',
  maxDocumentsBytes: 'All files of a layer that are read by their format.',
  maxArchiveDepth: 'Archives inside each other that are opened.',
  maxArchiveBytes: 'An archive inside a layer that is opened.',
  maxMemberBytes: 'One member of an archive, decompressed.',
  maxArchiveMembers: 'Members of one archive.',
  maxArchiveRatio: 'Decompressed bytes for each byte of an archive.',
  ratioFreeBytes: "Bytes of an archive's members that may come at any ratio.",
  maxArchiveContentBytes: 'Decompressed bytes of all archives of a layer.',
};

/** `layers.limits` in the configuration: passing one ends the reading of a layer. */
export const layerLimitSettings: LimitSettings = new Map([
  ...settingsOf(defaultScanLimits, scanSentences),
  ...settingsOf(defaultReadingLimits.layers, layerSentences),
]);

/** `layers.searchLimits` in the configuration: passing one is counted in the coverage. */
export const searchLimitSettings: LimitSettings = settingsOf(defaultReadingLimits.search, searchSentences);
