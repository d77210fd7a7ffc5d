// What the layers of an image brought, and what of it the final file system does not need: by layer, and by who hid it.
import type { StackedTree } from './stacked-tree.ts';
import type { HiddenHow } from './tree-node.ts';

/** What is known of each layer's size: the blob, and the archive in it. */
export interface LayerSize {
  readonly compressedBytes: number;
  readonly plainBytes: number;
}

interface LayerShare {
  readonly layer: number;
  readonly files: number;
  /** Bytes of the files that the layer brought. */
  readonly bytes: number;
  /** Those that the final file system has. */
  readonly neededBytes: number;
}

/** Files of one layer that another layer, or the layer itself, hid. */
interface HiddenFiles {
  readonly layer: number;
  readonly by: number;
  readonly how: HiddenHow;
  readonly files: number;
  readonly bytes: number;
  /** An estimate: their part of the archive's bytes, as if all of the layer compressed alike. */
  readonly compressedBytes: number;
}

export interface TreeSummary {
  /** Bytes of all files of all layers. */
  readonly bytes: number;
  readonly neededBytes: number;
  /** `bytes` less `neededBytes`: copies that stay are not waste, whatever removed the others. */
  readonly wastedBytes: number;
  readonly layers: readonly LayerShare[];
  /** Ordered by layer, then by who hid it, then by how. */
  readonly hidden: readonly HiddenFiles[];
}

/** @param sizes of the layers, in the order in which they were applied. */
export function summariseTree(tree: StackedTree, sizes: readonly LayerSize[]): TreeSummary {
  const layers: LayerShare[] = [];
  const hidden: HiddenFiles[] = [];
  for (const [layer, contents] of tree.contents.entries()) {
    const byHider = new Map<string, HiddenFiles>();
    const size = sizes[layer];
    let [bytes, neededBytes] = [0, 0];
    for (const content of contents) {
      bytes += content.size;
      if (content.hidden === undefined) {
        neededBytes += content.size;
        continue;
      }
      const { by, how } = content.hidden;
      const before = byHider.get(`${by} ${how}`);
      byHider.set(`${by} ${how}`, {
        layer,
        by,
        how,
        files: (before?.files ?? 0) + 1,
        bytes: (before?.bytes ?? 0) + content.size,
        compressedBytes: 0,
      });
    }
    layers.push({ layer, files: contents.length, bytes, neededBytes });
    hidden.push(...[...byHider.values()].map((one) => ({ ...one, compressedBytes: compressedShare(one.bytes, size) })));
  }
  const [bytes, neededBytes] = [sum(layers.map((one) => one.bytes)), sum(layers.map((one) => one.neededBytes))];
  const ordered = hidden.sort((a, b) => a.layer - b.layer || a.by - b.by || a.how.localeCompare(b.how, 'en'));
  return { bytes, neededBytes, wastedBytes: bytes - neededBytes, layers, hidden: ordered };
}

/** Their part of the layer: an estimate. Holes are bytes of a file and not of the archive, hence the minimum. */
export function compressedShare(bytes: number, size: LayerSize | undefined): number {
  if (size === undefined || size.plainBytes === 0) return 0;
  return Math.round(size.compressedBytes * Math.min(1, bytes / size.plainBytes));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
