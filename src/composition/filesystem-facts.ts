// What the final file system grants to whoever runs in it: setuid and setgid programs, capabilities, what everybody may write.
import { Fault } from '../base/fault.ts';
import { entriesOf, type LayerEntry } from '../layers/entry-list.ts';
import type { LayerFacts } from '../layers/layer-facts.ts';
import type { StackedTree } from '../layers/stacked-tree.ts';
import type { FilesystemFacts, PathSample } from './composition.ts';
import { filesOf } from './layer-files.ts';

const setuidBit = 0o4000;
const setgidBit = 0o2000;
const stickyBit = 0o1000;
const writableByAll = 0o002;
const executableBits = 0o111;

const maxSamples = 20;

class Sampler {
  #count = 0;
  readonly #paths: { readonly path: string; readonly layer: number }[] = [];

  add(path: string, layer: number): void {
    this.#count += 1;
    if (this.#paths.length < maxSamples) this.#paths.push({ path, layer });
  }

  sample(): PathSample {
    return { count: this.#count, paths: this.#paths };
  }
}

/**
 * Paths are those that layers write. setgid on a directory only hands its group down, and on a file that nobody may execute asks for
 * mandatory locking; neither grants anything.
 * @param tree to which these layers were applied.
 */
export function filesystemOf(tree: StackedTree, layers: readonly LayerFacts[]): FilesystemFacts {
  const [setuid, setgid, capabilities] = [new Sampler(), new Sampler(), new Sampler()];
  const [files, directories] = [new Sampler(), new Sampler()];
  for (const [layer, facts] of layers.entries()) {
    for (const { entry, content } of filesOf(layer, facts, tree)) {
      if (content.hidden !== undefined) continue;
      const { mode, capability } = entry.attributes;
      const isProgram = (mode & executableBits) !== 0;
      if ((mode & setuidBit) !== 0 && isProgram) setuid.add(entry.path, layer);
      if ((mode & setgidBit) !== 0 && isProgram) setgid.add(entry.path, layer);
      if (capability) capabilities.add(entry.path, layer);
      if ((mode & writableByAll) !== 0) files.add(entry.path, layer);
    }
    for (const { path } of openDirectories(facts)) if (isStillFrom(layer, path, tree)) directories.add(path, layer);
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

/** Whether no later layer has removed a directory or said it anew. */
function isStillFrom(layer: number, path: string, tree: StackedTree): boolean {
  try {
    const node = tree.resolve(path);
    return node?.kind === 'directory' && node.layer === layer;
  } catch (thrown) {
    // Links that later layers put in the way and that lead in circles: nobody gets there.
    if (thrown instanceof Fault && thrown.code === 'limit') return false;
    throw thrown;
  }
}
