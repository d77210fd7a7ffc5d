// Finds the kept content of a file of the final file system.
import { Fault } from '../base/fault.ts';
import type { DocumentContent, LayerDocument } from './layer-documents.ts';
import type { StackedTree } from './stacked-tree.ts';
import type { EntryPlace, TreeNode } from './tree-node.ts';

export type FoundDocument =
  | DocumentContent
  | { readonly kind: 'missing' }
  /** Something that runtimes cannot read as a file: a directory, a device, links without end. */
  | { readonly kind: 'not-a-file' }
  /** A file whose bytes were not kept (a hard link from an unusual place); reading that one entry again would tell. */
  | { readonly kind: 'unread'; readonly place: EntryPlace };

/**
 * What a normalised path leads to in the end, all symbolic and hard links followed.
 * @param documents of each layer, in the order in which the layers were applied.
 */
export function findDocument(
  tree: StackedTree,
  documents: readonly (readonly LayerDocument[])[],
  path: string,
): FoundDocument {
  const node = resolved(tree, path);
  if (node === undefined) return { kind: 'missing' };
  if (node === 'unreachable' || node.kind === 'directory' || node.type !== 'file') return { kind: 'not-a-file' };
  const { layer, entry } = node.content;
  const document = documents[layer]?.find((one) => one.entry === entry);
  return document?.content ?? { kind: 'unread', place: { layer, entry } };
}

function resolved(tree: StackedTree, path: string): TreeNode | undefined | 'unreachable' {
  try {
    return tree.resolve(path);
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === 'limit') return 'unreachable';
    throw thrown;
  }
}
