// The nodes of the stacked tree: directories, and all that is no directory, each knowing which layer put it there.
import { type EntryAttributes, isSameAttributes } from './entry-list.ts';
import type { TarEntryType } from './tar-entry.ts';

/** Which entry of which layer; layers are counted from 0, the lowest. */
export interface EntryPlace {
  readonly layer: number;
  readonly entry: number;
}

export type LeafType = Exclude<TarEntryType, 'directory' | 'hardlink' | 'global'>;

/** A name in a directory. */
export type TreeNode = DirectoryNode | LeafNode;

export interface DirectoryNode {
  readonly kind: 'directory';
  /** The layer that last said this directory itself; -1 for the root and for directories that only paths imply. */
  layer: number;
  /** The layer that gave it the attributes that it has: later ones have said the same again, as they do on the way to their files. */
  since: number;
  /** Undefined for directories that only paths imply. */
  attributes: EntryAttributes | undefined;
  readonly children: Map<string, TreeNode>;
}

/** One name of a file, link or device. Hard links are several leaves with one content. */
export interface LeafNode {
  readonly kind: 'leaf';
  readonly type: LeafType;
  /** The layer that gave this name. */
  readonly layer: number;
  /** Of a symbolic link, as written. */
  readonly target: string;
  readonly content: TreeContent;
}

/** Why no name leads to some content any more; `rewritten` is overwritten by what seems to be the same content. */
export type HiddenHow = 'deleted' | 'overwritten' | 'rewritten';

/** What an entry brought, and how many names lead to it. */
export interface TreeContent extends EntryPlace {
  readonly size: number;
  readonly headSum: number;
  names: number;
  /** Set when the last name is gone. */
  hidden: { readonly by: number; readonly how: HiddenHow } | undefined;
}

export function directoryNode(layer: number, attributes?: EntryAttributes): DirectoryNode {
  return { kind: 'directory', layer, since: layer, attributes, children: new Map() };
}

/** What a layer says of a directory that is there already. */
export function sayAgain(directory: DirectoryNode, layer: number, attributes: EntryAttributes): void {
  directory.layer = layer;
  if (directory.attributes !== undefined && isSameAttributes(directory.attributes, attributes)) return;
  directory.attributes = attributes;
  directory.since = layer;
}
