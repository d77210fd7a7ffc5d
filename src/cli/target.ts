// What a TARGET on the command line means: an image, Kubernetes YAML, or an image on disk.
import { basename } from 'node:path';
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { parseReference } from '../oci/reference.ts';

export type Target =
  | { readonly kind: 'image'; readonly text: string; readonly image: string }
  | { readonly kind: 'stdin'; readonly text: string }
  | { readonly kind: 'manifests'; readonly text: string; readonly path: string }
  | { readonly kind: 'layout' | 'oci-archive' | 'docker-archive'; readonly text: string; readonly path: string };

/** What stands on disk under a path; tells apart what a name alone cannot. */
export type PathKind = 'file' | 'directory' | 'layout' | 'nothing';

const prefixes: ReadonlyMap<
  string,
  'image' | 'manifests' | 'layout' | 'oci-archive' | 'docker-archive' | 'dockerfile'
> = new Map([
  ['image', 'image'],
  ['file', 'manifests'],
  ['oci', 'layout'],
  ['oci-archive', 'oci-archive'],
  ['docker-archive', 'docker-archive'],
  ['dockerfile', 'dockerfile'],
]);

/** What `docker save`, `skopeo copy` and `buildah push` write. */
const archiveName = /\.(?:tar|tar\.gz|tgz)$/;

/**
 * Decides by the text alone; what is on disk only tells whether the text could also mean something else.
 * @throws Fault `usage` for what could be two things or cannot be judged; `reference/invalid` is left to the judge.
 */
export function parseTarget(text: string, kindOfPath: (path: string) => PathKind): Target {
  if (text.trim() === '')
    throw new Fault('usage', 'a target is empty; write an image reference, a file, a directory or -');
  if (text === '-') return { kind: 'stdin', text };
  const prefixed = parsePrefixed(text);
  if (prefixed !== undefined) return prefixed;
  const looksLikeDockerfile = /^(?:Dockerfile|Containerfile)/.test(basename(text));
  if (looksLikeDockerfile) throw dockerfilesNotYet(text);
  const scheme = /^(?:docker|https?):\/\//.exec(text)?.[0];
  if (scheme !== undefined) {
    throw new Fault('usage', `an image reference has no scheme; write ${printable(text.slice(scheme.length))}`);
  }
  const looksLikePath = /^\.{0,2}\//.test(text) || text === '.' || text === '..' || /\.(?:ya?ml|json)$/.test(text);
  const found = kindOfPath(text);
  if (found === 'file' && archiveName.test(text)) {
    const shown = printable(text);
    throw new Fault('usage', `${shown} is an archive; write docker-archive:${shown} or oci-archive:${shown}`);
  }
  if (looksLikePath) return manifestsTarget(text, text, found);
  if (found === 'nothing') return { kind: 'image', text, image: text };
  if (!isReference(text)) return manifestsTarget(text, text, found);
  throw new Fault(
    'usage',
    `${printable(text)} could be an image and is also a ${found === 'file' ? 'file' : 'directory'} here; write image:${printable(text)} or ./${printable(text)}`,
  );
}

function parsePrefixed(text: string): Target | undefined {
  const colon = text.indexOf(':');
  const kind = prefixes.get(text.slice(0, colon));
  if (kind === undefined) return undefined;
  const rest = text.slice(colon + 1);
  if (rest.trim() === '') throw new Fault('usage', `${printable(text)} names nothing after the colon`);
  if (kind === 'dockerfile') throw dockerfilesNotYet(text);
  if (kind === 'image') return { kind, text, image: rest };
  return { kind, text, path: rest };
}

function manifestsTarget(text: string, path: string, found: PathKind): Target {
  switch (found) {
    case 'layout':
      throw new Fault('usage', `${printable(text)} is an OCI layout; write oci:${printable(text)}`);
    case 'nothing':
      throw new Fault(
        'usage',
        `${printable(text)}: no such file or directory; for an image of that name write image:${printable(text)}`,
      );
    case 'file':
    case 'directory':
      return { kind: 'manifests', text, path };
    default:
      return found satisfies never;
  }
}

function dockerfilesNotYet(text: string): Fault {
  return new Fault(
    'usage',
    `${printable(text)}: this version cannot judge Dockerfiles yet; build the image and check oci:DIR or its reference`,
  );
}

function isReference(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch {
    return false;
  }
}
