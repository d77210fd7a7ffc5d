// Shares out every byte of an image among what it is made of, and names what a multi-stage build would have left out.
import type { LayerFacts } from '../layers/layer-facts.ts';
import type { StackedTree } from '../layers/stacked-tree.ts';
import { compressedShare } from '../layers/tree-summary.ts';
import { CategoryTally, sumOf } from './category-tally.ts';
import type { BaseLayers, Composition } from './composition.ts';
import { DevDependencies } from './dev-dependencies.ts';
import { filePart } from './file-rules.ts';
import { languageTools } from './language-tools.ts';
import { filesOf } from './layer-files.ts';
import { LeftoverTally } from './leftover-tally.ts';
import { type PackageOwners, packageOwners } from './package-owners.ts';
import type { Part } from './part.ts';
import { type Place, Places } from './places.ts';
import { plainPath } from './plain-path.ts';
import { surveyOf } from './survey.ts';

export interface ComposeInput {
  /** In order, the lowest first. */
  readonly layers: readonly LayerFacts[];
  /** To which these layers were applied. */
  readonly tree: StackedTree;
  readonly base: BaseLayers;
}

/**
 * Bytes of the base are the base's, whatever they are; what is left over in it is named like anything else. Time grows with the number of
 * entries and the size of the kept documents.
 */
export function compose({ layers, tree, base }: ComposeInput): Composition {
  const survey = surveyOf(layers);
  const owners = packageOwners(survey.documents);
  const dev = new DevDependencies(survey.documents);
  const places = new Places({ survey, dev, tools: languageTools(survey.documents) });
  const categories = new CategoryTally();
  const leftovers = new LeftoverTally();
  for (const [layer, facts] of layers.entries()) {
    if (dev.advanceTo(layer)) places.forget();
    for (const { entry, content } of filesOf(layer, facts, tree)) {
      const { category, leftover } = partOf(plainPath(entry.path), places, owners);
      const file = { layer, path: entry.path, bytes: content.size, isHidden: content.hidden !== undefined };
      categories.add(layer < base.layers ? 'base' : category, file);
      if (leftover !== undefined) leftovers.add(leftover, file);
    }
  }
  const compressed = (layer: number, bytes: number) => compressedShare(bytes, layers[layer]);
  const shares = categories.shares(compressed);
  return {
    ...sumOf(shares),
    base,
    categories: shares,
    leftovers: leftovers.leftovers({ baseLayers: base.layers, compressed }),
    unread: survey.unread,
  };
}

/** A package of the distribution has its files wherever they lie, but not what others keep in caches and repositories. */
function partOf(path: string, places: Places, owners: PackageOwners): Part {
  const slash = path.lastIndexOf('/');
  const place = places.at(path.slice(0, Math.max(0, slash)));
  if (place.part !== undefined && isCacheOrRepository(place.part)) return place.part;
  return owners.get(path) ?? place.part ?? filePart(fileAt(path, place));
}

function isCacheOrRepository({ category }: Part): boolean {
  return category === 'package-caches' || category === 'version-control';
}

function fileAt(path: string, { zone, name, isBesideResult }: Place): Parameters<typeof filePart>[0] {
  return { zone, path, directoryName: name, name: path.slice(path.lastIndexOf('/') + 1), isBesideResult };
}
