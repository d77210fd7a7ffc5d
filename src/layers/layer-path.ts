// Paths inside a layer: one spelling for each file, whatever an archive writes.
import { type LayerLimits, limitReached } from './layer-limits.ts';

/** Empty, `.` and `..` as a name, or a slash at an end: what makes a path need work. */
const odd = /(?:^|\/)(?:\.{1,2})?(?:\/|$)/;

/**
 * `a/b/c` without a leading or trailing slash; the root is the empty text. `..` climbs as the text says and never above the root, as in
 * containerd (`filepath.Clean`, then `fs.RootPath`); symbolic links are another matter.
 * @throws Fault `limit` (`maxPathDepth`).
 */
export function normalisePath(path: string, limits: Pick<LayerLimits, 'maxPathDepth'>): string {
  const plain = path.startsWith('./') ? path.slice(2) : path;
  const normal = odd.test(plain) ? climbed(plain).join('/') : plain;
  // A path of n bytes has at most n/2 + 1 names.
  if (normal.length >= limits.maxPathDepth && normal.split('/').length > limits.maxPathDepth) {
    throw limitReached('maxPathDepth', 'a path in a layer');
  }
  return normal;
}

/** The path that a link target names from the directory it lies in; both as text, `directory` normalised. */
export function joinPath(directory: string, target: string): string {
  return climbed(target.startsWith('/') ? target : `${directory}/${target}`).join('/');
}

function climbed(path: string): readonly string[] {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names;
}

/** A normalised path as its directory and its last name. */
export function splitPath(path: string): { readonly directory: string; readonly name: string } {
  const slash = path.lastIndexOf('/');
  return slash === -1
    ? { directory: '', name: path }
    : { directory: path.slice(0, slash), name: path.slice(slash + 1) };
}
