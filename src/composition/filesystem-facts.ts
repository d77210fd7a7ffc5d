// What the final file system grants to whoever runs in it: setuid and setgid programs, capabilities, what everybody may write.
import { Fault } from '../base/fault.ts';
import { type EntryAttributes, entriesOf, isSameAttributes, type LayerEntry } from '../layers/entry-list.ts';
import type { LayerFacts } from '../layers/layer-facts.ts';
import type { StackedTree } from '../layers/stacked-tree.ts';
import type { DirectoryNode, TreeContent } from '../layers/tree-node.ts';
import type { FilesystemFacts, PathSample } from './composition.ts';
import { filesOf } from './layer-files.ts';

const setuidBit = 0o4000;
const setgidBit = 0o2000;
const stickyBit = 0o1000;
const writableByAll = 0o002;
const executableBits = 0o111;
const telling = setuidBit | setgidBit | writableByAll;

const maxSamples = 20;

/** Counts all, and keeps those of the lowest layers. */
class Sampler {
  #count = 0;
  readonly #paths: { readonly path: string; readonly layer: number }[] = [];

  add(path: string, layer: number): void {
    this.#count += 1;
    const after = this.#paths.findLastIndex((kept) => kept.layer <= layer);
    this.#paths.splice(after + 1, 0, { path, layer });
    if (this.#paths.length > maxSamples) this.#paths.pop();
  }

  sample(): PathSample {
    return { count: this.#count, paths: this.#paths };
  }
}

/** Which layer gave a file its content, mode and owner: where a later one only writes it again, it is still the first. */
class Origins {
  /** Of files that were written again, by path; each waits for the layer that does so. */
  readonly #rewritten = new Map<string, Origin>();

  /** To be asked in the order of layers and entries. */
  of(layer: number, { path, attributes }: LayerEntry, { hidden }: TreeContent): number {
    const before = this.#rewritten.get(path);
    this.#rewritten.delete(path);
    const isSame = before?.by === layer && isSameAttributes(before.attributes, attributes);
    const since = isSame ? before.since : layer;
    if (hidden?.how === 'rewritten') this.#rewritten.set(path, { by: hidden.by, attributes, since });
    return since;
  }
}

interface Origin {
  readonly by: number;
  readonly attributes: EntryAttributes;
  readonly since: number;
}

/**
 * Each with the layer that made it so. Paths are those that layers write. setgid on a directory only hands its group down, and on a file that nobody may execute asks for
 * mandatory locking; neither grants anything.
 * @param tree to which these layers were applied.
 */
export function filesystemOf(tree: StackedTree, layers: readonly LayerFacts[]): FilesystemFacts {
  const [setuid, setgid, capabilities] = [new Sampler(), new Sampler(), new Sampler()];
  const [files, directories] = [new Sampler(), new Sampler()];
  const origins = new Origins();
  for (const [layer, facts] of layers.entries()) {
    for (const { entry, content } of filesOf(layer, facts, tree)) {
      const { path, attributes } = entry;
      const { mode, capability } = attributes;
      if (!capability && (mode & telling) === 0) continue;
      const since = origins.of(layer, entry, content);
      if (content.hidden !== undefined) continue;
      const isProgram = (mode & executableBits) !== 0;
      if ((mode & setuidBit) !== 0 && isProgram) setuid.add(path, since);
      if ((mode & setgidBit) !== 0 && isProgram) setgid.add(path, since);
      if (capability) capabilities.add(path, since);
      if ((mode & writableByAll) !== 0) files.add(path, since);
    }
    for (const { path } of openDirectories(facts)) {
      const since = sayingOf(layer, path, tree)?.since;
      if (since !== undefined) directories.add(path, since);
    }
  }
  return {
    setuid: setuid.sample(),
    setgid: setgid.sample(),
    capabilities: capabilities.sample(),
    worldWritableFiles: files.sample(),
    worldWritableDirectories: directories.sample(),
  };
}

/** Directories of a layer that everybody may write, each by what the layer says of it last. */
function openDirectories(facts: LayerFacts): Iterable<LayerEntry> {
  const open = new Map<string, LayerEntry>();
  for (const entry of entriesOf(facts.entries)) {
    if (entry.type !== 'directory') continue;
    const { mode } = entry.attributes;
    if ((mode & writableByAll) !== 0 && (mode & stickyBit) === 0) open.set(entry.path, entry);
    else open.delete(entry.path);
  }
  return open.values();
}

/** The directory, if no later layer has removed it or said it anew. */
function sayingOf(layer: number, path: string, tree: StackedTree): DirectoryNode | undefined {
  try {
    const node = tree.resolve(path);
    return node?.kind === 'directory' && node.layer === layer ? node : undefined;
  } catch (thrown) {
    // Links that later layers put in the way and that lead in circles: nobody gets there.
    if (thrown instanceof Fault && thrown.code === 'limit') return undefined;
    throw thrown;
  }
}
