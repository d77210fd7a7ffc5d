// Everything that bounds the reading of one layer, in one place for those who set it.
import { defaultLayerLimits, type LayerLimits } from '../layers/layer-limits.ts';
import { defaultFileScanLimits, type FileScanLimits } from '../secrets/file-scan-limits.ts';

export interface ReadingLimits {
  /** Passing one of these ends the reading of the layer. */
  readonly layers: LayerLimits;
  /** Passing one of these is counted in the coverage of the search. */
  readonly search: FileScanLimits;
}

export const defaultReadingLimits: ReadingLimits = { layers: defaultLayerLimits, search: defaultFileScanLimits };
