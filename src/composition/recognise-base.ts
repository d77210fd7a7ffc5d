// How many of an image's first layers are its base: by what is known of bases, else by what the first layer is.
import type { LayerFacts } from '../layers/layer-facts.ts';
import type { Digest } from '../oci/digest.ts';
import type { BaseLayers } from './composition.ts';

/** An image that others are built on. */
export interface KnownBase {
  readonly name: string;
  /** Digests of its layers after decompression, which stay the same however a registry stores them; in order. */
  readonly diffIds: readonly Digest[];
}

export interface BaseEvidence {
  /** The base that the image's own annotations name, where the caller has found it. */
  readonly declared?: KnownBase;
  readonly known: readonly KnownBase[];
}

/**
 * Where build instructions stand in history tells nothing: a `CMD` before the last `COPY` would make all before it base. What an image
 * declares counts only when it does begin with those layers. Of known bases the longest counts.
 */
export function recogniseBase(layers: readonly LayerFacts[], { declared, known }: BaseEvidence): BaseLayers {
  if (declared !== undefined && beginsWith(layers, declared)) {
    return { layers: declared.diffIds.length, by: 'declared', name: declared.name };
  }
  const [longest] = known.filter((one) => beginsWith(layers, one)).sort((a, b) => b.diffIds.length - a.diffIds.length);
  if (longest !== undefined) return { layers: longest.diffIds.length, by: 'known', name: longest.name };
  return isDistributionBelowOthers(layers) ? { layers: 1, by: 'root-file-system' } : { layers: 0, by: 'none' };
}

function beginsWith(layers: readonly LayerFacts[], { diffIds }: KnownBase): boolean {
  return diffIds.length > 0 && diffIds.every((diffId, index) => layers[index]?.diffId === diffId);
}

/**
 * A first layer that has an os-release and a package database, with layers above it that have files: an image of one layer may be a base
 * itself, and may be squashed.
 */
function isDistributionBelowOthers([first, ...others]: readonly LayerFacts[]): boolean {
  if (first === undefined || !others.some(({ summary }) => summary.files > 0)) return false;
  const kinds = new Set(
    first.documents.map(({ content }) => (content.kind === 'packaging' ? content.packaging.kind : '')),
  );
  return kinds.has('os-release') && kinds.has('package-database');
}
