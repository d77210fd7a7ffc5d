// Shares out the bytes of an image by category and layer.
import {
  type ByteShare,
  type CategoryShare,
  type CompositionCategory,
  composedOf,
  type LayerPart,
} from './composition.ts';

/** The part of a layer's blob that some bytes of its files are. */
export type Compressed = (layer: number, bytes: number) => number;

interface Counts {
  bytes: number;
  files: number;
  hiddenBytes: number;
  hiddenFiles: number;
}

export class CategoryTally {
  readonly #counts = new Map<CompositionCategory, Map<number, Counts>>(composedOf.map((one) => [one, new Map()]));

  add(
    category: CompositionCategory,
    { layer, bytes, isHidden }: { readonly layer: number; readonly bytes: number; readonly isHidden: boolean },
  ): void {
    const layers = this.#counts.get(category);
    const counts = layers?.get(layer) ?? { bytes: 0, files: 0, hiddenBytes: 0, hiddenFiles: 0 };
    layers?.set(layer, counts);
    counts.bytes += bytes;
    counts.files += 1;
    if (!isHidden) return;
    counts.hiddenBytes += bytes;
    counts.hiddenFiles += 1;
  }

  /** In the order of `composedOf`. */
  shares(compressed: Compressed): readonly CategoryShare[] {
    return composedOf.map((category) => {
      const layers = [...(this.#counts.get(category) ?? [])]
        .sort(([a], [b]) => a - b)
        .map(([layer, counts]): LayerPart => ({ layer, ...counts, compressedBytes: compressed(layer, counts.bytes) }));
      return { category, ...sumOf(layers), layers };
    });
  }
}

export function sumOf(shares: readonly ByteShare[]): ByteShare {
  const total = (of: (one: ByteShare) => number) => shares.reduce((sum, one) => sum + of(one), 0);
  return {
    bytes: total(({ bytes }) => bytes),
    files: total(({ files }) => files),
    hiddenBytes: total(({ hiddenBytes }) => hiddenBytes),
    hiddenFiles: total(({ hiddenFiles }) => hiddenFiles),
    compressedBytes: total(({ compressedBytes }) => compressedBytes),
  };
}
