// Facts of layers for tests, from the entries that the tar writer takes, and the tree they make.
import type { ComposeInput } from '../../src/composition/compose.ts';
import { documentReaderFor, type LayerDocument } from '../../src/layers/layer-documents.ts';
import { type LayerFacts, layerFactsSchema } from '../../src/layers/layer-facts.ts';
import { defaultLayerLimits } from '../../src/layers/layer-limits.ts';
import { normalisePath } from '../../src/layers/layer-path.ts';
import { StackedTree } from '../../src/layers/stacked-tree.ts';
import { parseDigest } from '../../src/oci/digest.ts';
import { entryList } from '../support/layer-entries.ts';
import type { TarEntry } from '../support/tar.ts';

export type Layers = readonly (readonly TarEntry[])[];

/** What reading a layer with these entries gives; its archive has its files' bytes twice, its blob half of that. */
export function layerFacts(entries: readonly TarEntry[], index: number): LayerFacts {
  const fileBytes = entries.reduce((sum, one) => sum + one.content.length, 0);
  const digest = parseDigest(`sha256:${String(index).padStart(64, '0')}`);
  return {
    schema: layerFactsSchema,
    digest,
    diffId: digest,
    compression: 'gzip',
    compressedBytes: fileBytes,
    plainBytes: fileBytes * 2,
    summary: {
      files: 0,
      directories: 0,
      symlinks: 0,
      hardlinks: 0,
      devices: 0,
      whiteouts: 0,
      fileBytes,
      bytesAfterEnd: 0,
    },
    entries: entryList(entries),
    documents: entries.flatMap(({ path, type, content }, entry): LayerDocument[] => {
      const reader = type === 'file' ? documentReaderFor(normalisePath(path, defaultLayerLimits)) : undefined;
      return reader === undefined ? [] : [{ entry, content: reader.parse(content) }];
    }),
  };
}

/** The facts of layers, stacked. */
export function stackedLayers(layers: Layers, baseLayers = 0): ComposeInput {
  const facts = layers.map(layerFacts);
  const tree = new StackedTree(defaultLayerLimits);
  for (const one of facts) tree.apply(one.entries);
  return { layers: facts, tree, base: { layers: baseLayers, by: baseLayers === 0 ? 'none' : 'known' } };
}
