// The file system of an image: layers applied one after the other as containerd applies them, without any content.
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { entriesOf, type LayerEntry, type LayerEntryList } from './entry-list.ts';
import { type LayerLimits, limitReached } from './layer-limits.ts';
import { joinPath, splitPath } from './layer-path.ts';
import {
  type DirectoryNode,
  directoryNode,
  type HiddenHow,
  type LeafNode,
  type LeafType,
  sayAgain,
  type TreeContent,
  type TreeNode,
} from './tree-node.ts';
import { whiteoutOf } from './whiteout.ts';

/**
 * Starts empty; `apply` puts the next layer on top. Whiteouts take away what lower layers have, wherever in their layer they stand.
 * Parents that are symbolic links are followed inside the root, as containerd does when it unpacks on a whole file system. (With overlayfs
 * a directory takes the place of the link. What a layer wrote is found at the path where it wrote it either way.)
 */
export class StackedTree {
  readonly #limits: LayerLimits;
  readonly #root = directoryNode(-1);
  readonly #contents: TreeContent[][] = [];
  #layer = -1;
  #entries = 0;
  #steps = 0;
  /** Directories that this layer has already emptied of what lies below it: doing so twice would only cost time. */
  #emptied = new Set<DirectoryNode>();
  #lastParent: { readonly path: string; readonly node: DirectoryNode } | undefined;

  constructor(limits: LayerLimits) {
    this.#limits = limits;
  }

  /**
   * @throws Fault `image/malformed` where a runtime fails to unpack (a link to nothing, a file where a directory is needed),
   * `integrity/ambiguous`, `limit`. The tree is of no use afterwards.
   */
  apply(entries: LayerEntryList): void {
    this.#layer += 1;
    this.#contents.push([]);
    this.#emptied = new Set();
    this.#countEntries(entries.types.length);
    for (const entry of entriesOf(entries)) this.#applyEntry(entry);
  }

  /** What each layer brought, by layer, in the order of their files: links to other entries and empty whiteouts are not among them. */
  get contents(): readonly (readonly TreeContent[])[] {
    return this.#contents;
  }

  /**
   * What a normalised path leads to in the end, all symbolic links followed inside the root.
   * @throws Fault `limit` (`maxSymlinkHops`, `maxPathDepth`).
   */
  resolve(path: string): TreeNode | undefined {
    return this.#walk(path, 'find');
  }

  /** Every name with its path, directories before what is in them; without the root. */
  *walk(): Generator<{ readonly path: string; readonly node: TreeNode }> {
    yield* below(this.#root, '');
  }

  #applyEntry(entry: LayerEntry): void {
    // The root is there already; containerd passes over it whatever its type.
    if (entry.path === '') {
      this.#neverThere(entry);
      return;
    }
    const { directory, name } = splitPath(entry.path);
    const whiteout = whiteoutOf(name);
    if (entry.type === 'global') {
      this.#refuseIfGlobalMatters(entry);
      return;
    }
    if (whiteout === undefined) {
      this.#put(this.#parentAt(directory), name, entry);
      return;
    }
    this.#neverThere(entry);
    // A whiteout makes no directories, and below a file there is nothing to remove.
    const parent = this.#walk(directory, 'find');
    if (parent?.kind !== 'directory') return;
    switch (whiteout.kind) {
      case 'name':
        this.#remove(parent, whiteout.name);
        return;
      case 'opaque':
        this.#empty(parent);
        return;
      case 'metadata':
        return;
      default:
        whiteout satisfies never;
    }
  }

  #put(parent: DirectoryNode, name: string, entry: LayerEntry): void {
    const before = parent.children.get(name);
    if (entry.type === 'directory') {
      const { attributes } = entry;
      if (before?.kind === 'directory') sayAgain(before, this.#layer, attributes);
      else this.#replace(parent, name, { before, after: directoryNode(this.#layer, attributes), how: 'overwritten' });
      return;
    }
    if (entry.type === 'hardlink') {
      // The name goes first: a link to itself is a link to nothing, as on a disk.
      if (before !== undefined) this.#replace(parent, name, { before, after: undefined, how: 'overwritten' });
      this.#replace(parent, name, { before: undefined, after: this.#linkTo(entry), how: 'overwritten' });
      return;
    }
    if (entry.type === 'global') return;
    const how = isSameContent(before, entry) ? 'rewritten' : 'overwritten';
    this.#replace(parent, name, { before, after: this.#leaf(entry, entry.type), how });
  }

  #leaf(entry: LayerEntry, type: LeafType): LeafNode {
    return { kind: 'leaf', type, layer: this.#layer, target: entry.target, content: this.#content(entry) };
  }

  #content({ type, index, size, headSum }: LayerEntry): TreeContent {
    const content: TreeContent = { layer: this.#layer, entry: index, size, headSum, names: 1, hidden: undefined };
    if (type === 'file') this.#contents[this.#layer]?.push(content);
    return content;
  }

  /** A whiteout is no name in the tree; if it has bytes all the same, its layer hides them itself. */
  #neverThere(entry: LayerEntry): void {
    if (entry.size === 0) return;
    const content = this.#content(entry);
    content.names = 0;
    content.hidden = { by: this.#layer, how: 'deleted' };
  }

  /** Another name for what a path from the root of the layer names; a symbolic link there is linked itself, not followed. */
  #linkTo(entry: LayerEntry): LeafNode {
    const { directory, name } = splitPath(joinPath('', entry.target));
    const parent = this.#walk(directory, 'find');
    const node = parent?.kind === 'directory' ? parent.children.get(name) : undefined;
    if (node === undefined || node.kind === 'directory') {
      throw new Fault('image/malformed', `${printable(entry.path)} is a hard link to no file`);
    }
    node.content.names += 1;
    return { ...node, layer: this.#layer };
  }

  #replace(
    parent: DirectoryNode,
    name: string,
    change: { readonly before: TreeNode | undefined; readonly after: TreeNode | undefined; readonly how: HiddenHow },
  ): void {
    const { before, after, how } = change;
    if (before !== undefined) {
      this.#forgetParent(before);
      hideAll(before, { by: this.#layer, how });
    }
    if (after === undefined) parent.children.delete(name);
    else parent.children.set(name, after);
  }

  /** Takes away what lower layers have under a name; what this layer has already put there stays. */
  #remove(parent: DirectoryNode, name: string): void {
    const node = parent.children.get(name);
    if (node === undefined) return;
    if (node.kind === 'leaf') {
      if (node.layer === this.#layer) return;
    } else {
      this.#empty(node);
      if (node.layer === this.#layer || node.children.size > 0) return;
    }
    this.#replace(parent, name, { before: node, after: undefined, how: 'deleted' });
  }

  #empty(directory: DirectoryNode): void {
    if (this.#emptied.has(directory)) return;
    this.#emptied.add(directory);
    for (const name of [...directory.children.keys()]) this.#remove(directory, name);
  }

  /** containerd makes room for a global header as for a file, and then makes no file. */
  #refuseIfGlobalMatters({ path }: LayerEntry): void {
    const { directory, name } = splitPath(path);
    const parent = this.#walk(directory, 'find');
    const isThere = parent?.kind === 'directory' && parent.children.has(name);
    if (isThere || whiteoutOf(name) !== undefined) {
      throw new Fault('integrity/ambiguous', 'a global header of a tar archive has the name of a file');
    }
  }

  #parentAt(path: string): DirectoryNode {
    if (this.#lastParent?.path === path) return this.#lastParent.node;
    const node = this.#walk(path, 'create');
    if (node?.kind !== 'directory') throw notADirectory(path);
    this.#lastParent = { path, node };
    return node;
  }

  /** The parent that was used last may be gone, or be reached in another way, when something other than a plain file goes. */
  #forgetParent(gone: TreeNode): void {
    if (gone.kind === 'directory' || gone.type === 'symlink') this.#lastParent = undefined;
  }

  /**
   * Follows every symbolic link, also the last. To `find` is to end with undefined where the path leads to nothing; to `create` makes
   * the directories that are missing, and throws where a file is in the way.
   */
  #walk(path: string, mode: 'find' | 'create'): TreeNode | undefined {
    let names = namesOf(path);
    let node: TreeNode = this.#root;
    let hops = 0;
    for (let depth = 0; depth < names.length; depth += 1) {
      this.#countStep();
      if (node.kind === 'leaf') {
        if (mode === 'find') return undefined;
        throw notADirectory(path);
      }
      const name = names[depth] ?? '';
      const next: TreeNode | undefined =
        node.children.get(name) ?? (mode === 'create' ? this.#imply(node, name) : undefined);
      if (next === undefined) return undefined;
      if (next.kind === 'directory' || next.type !== 'symlink') {
        node = next;
        continue;
      }
      hops += 1;
      if (hops > this.#limits.maxSymlinkHops) throw limitReached('maxSymlinkHops', printable(path));
      const reached = joinPath(names.slice(0, depth).join('/'), next.target);
      names = [...namesOf(reached), ...names.slice(depth + 1)];
      if (names.length > this.#limits.maxPathDepth) throw limitReached('maxPathDepth', printable(path));
      node = this.#root;
      depth = -1;
    }
    return node;
  }

  /** Makes a directory that no entry says. It takes as much memory as one that an entry says. */
  #imply(parent: DirectoryNode, name: string): DirectoryNode {
    this.#countEntries(1);
    const node = directoryNode(-1);
    parent.children.set(name, node);
    return node;
  }

  #countEntries(more: number): void {
    this.#entries += more;
    if (this.#entries > this.#limits.maxImageEntries) throw limitReached('maxImageEntries', 'an image');
  }

  #countStep(): void {
    this.#steps += 1;
    if (this.#steps > this.#limits.maxTreeSteps) throw limitReached('maxTreeSteps', 'the file system of an image');
  }
}

function notADirectory(path: string): Fault {
  return new Fault('image/malformed', `a layer needs a directory where a file is, for ${printable(path)}`);
}

function namesOf(path: string): readonly string[] {
  return path === '' ? [] : path.split('/');
}

function isSameContent(before: TreeNode | undefined, entry: LayerEntry): boolean {
  if (before?.kind !== 'leaf' || before.type !== 'file' || entry.type !== 'file') return false;
  return before.content.size === entry.size && before.content.headSum === entry.headSum;
}

/** One name less for each leaf at or below the node. */
function hideAll(node: TreeNode, hidden: { readonly by: number; readonly how: HiddenHow }): void {
  if (node.kind === 'directory') {
    for (const child of node.children.values()) hideAll(child, hidden);
    return;
  }
  node.content.names -= 1;
  if (node.content.names === 0) node.content.hidden = hidden;
}

function* below(directory: DirectoryNode, path: string): Generator<{ readonly path: string; readonly node: TreeNode }> {
  for (const [name, node] of directory.children) {
    const at = path === '' ? name : `${path}/${name}`;
    yield { path: at, node };
    if (node.kind === 'directory') yield* below(node, at);
  }
}
