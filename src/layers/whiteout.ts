// Whiteouts: names that say what a layer removes from the layers below it (image-spec layer.md, "Whiteouts").
import { Fault } from '../base/fault.ts';

export type Whiteout =
  /** `.wh.NAME` removes NAME, a file or a whole directory. */
  | { readonly kind: 'name'; readonly name: string }
  /** `.wh..wh..opq` removes all that lower layers have in its directory. */
  | { readonly kind: 'opaque' }
  /** `.wh..wh.plnk` and its kin: what AUFS keeps for itself. */
  | { readonly kind: 'metadata' };

const prefix = '.wh.';
const metadataPrefix = '.wh..wh.';
const opaqueName = '.wh..wh..opq';

/**
 * What the last name of a path removes; undefined for a name of something that is there. The type of the entry plays no part.
 * @throws Fault `image/malformed` for a whiteout of nothing, of its own directory or of the one above: runtimes refuse the layer.
 */
export function whiteoutOf(name: string): Whiteout | undefined {
  if (!name.startsWith(prefix)) return undefined;
  if (name === opaqueName) return { kind: 'opaque' };
  if (name.startsWith(metadataPrefix)) return { kind: 'metadata' };
  const removed = name.slice(prefix.length);
  if (removed === '' || removed === '.' || removed === '..') {
    throw new Fault('image/malformed', 'a layer has a whiteout that names no file');
  }
  return { kind: 'name', name: removed };
}
