// The files of a layer with what became of them in the image.
import { entriesOf, type LayerEntry } from '../layers/entry-list.ts';
import type { LayerFacts } from '../layers/layer-facts.ts';
import type { StackedTree } from '../layers/stacked-tree.ts';
import type { TreeContent } from '../layers/tree-node.ts';

/** Every file of a layer that has content of its own, in the order of the archive. */
export function* filesOf(
  layer: number,
  facts: LayerFacts,
  tree: StackedTree,
): Generator<{ readonly entry: LayerEntry; readonly content: TreeContent }> {
  const contents = tree.contents[layer] ?? [];
  let next = 0;
  for (const entry of entriesOf(facts.entries)) {
    const content = contents[next];
    if (content?.entry !== entry.index) continue;
    next += 1;
    yield { entry, content };
  }
}
