// One pass over a layer: its facts, and the credentials in its files.
import { type ReadLayerOptions, readLayer } from '../layers/read-layer.ts';
import { defaultFileScanLimits, type FileScanLimits } from '../secrets/file-scan-limits.ts';
import { detectorRevision } from './detector-revision.ts';
import { type LayerRecord, layerRecordSchema } from './layer-record.ts';
import { LayerSearch } from './layer-search.ts';

export interface InspectLayerOptions extends Omit<ReadLayerOptions, 'observers'> {
  /** RFC 3339. */
  readonly readAt: string;
  readonly searchLimits?: FileScanLimits;
}

/** @throws Fault as `readLayer` does: then nothing that was found in the layer is believed. */
export async function inspectLayer(
  chunks: AsyncIterable<Uint8Array>,
  { readAt, searchLimits = defaultFileScanLimits, ...options }: InspectLayerOptions,
): Promise<LayerRecord> {
  const search = new LayerSearch(searchLimits);
  const layer = await readLayer(chunks, { ...options, observers: [search] });
  return { schema: layerRecordSchema, detectors: detectorRevision, readAt, layer, ...search.found() };
}
