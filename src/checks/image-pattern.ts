// Image globs: over canonical `host[:port]/path`, with what people write for Docker Hub folded as it is in references.
import { Fault } from '../base/fault.ts';
import { compileGlob } from '../base/glob.ts';
import { canonicalHost } from '../oci/reference.ts';

export interface ImagePattern {
  /** As it is matched. */
  readonly pattern: string;
  /** Asks a canonical name; tag and digest play no part. */
  readonly matches: (canonicalName: string) => boolean;
}

/**
 * Compiles one image glob: `*` stands for part of a segment, `**` for whole segments, a host alone for everything on it.
 * Host case, port 443 and the aliases of Docker Hub are folded; `docker.io/NAME` means `docker.io/library/NAME`, as it does in references.
 * @throws Fault `document/invalid` for what could never match an image: no host, a tag, a digest, a bad glob.
 */
export function compileImagePattern(written: string): ImagePattern {
  const slash = written.indexOf('/');
  const host = slash === -1 ? written : written.slice(0, slash);
  const path = slash === -1 ? undefined : written.slice(slash + 1);
  checkPattern(written, host, path);
  const pattern = foldPattern(canonicalHost(host), path);
  return { pattern, matches: compileGlob(pattern) };
}

function foldPattern(host: string, path: string | undefined): string {
  if (path === undefined) return host === '**' ? host : `${host}/**`;
  const isOneSegmentOfHub = host === 'docker.io' && !path.includes('/') && path !== '**';
  return isOneSegmentOfHub ? `${host}/library/${path}` : `${host}/${path}`;
}

function checkPattern(written: string, host: string, path: string | undefined): void {
  const problem = problemOf(host, path);
  if (problem !== undefined)
    throw new Fault('document/invalid', `${JSON.stringify(written)} matches no image: ${problem}`);
}

function problemOf(host: string, path: string | undefined): string | undefined {
  if (!/[.:*]/.test(host) && host !== 'localhost') {
    return 'write the registry first, for example registry.example.com/team/** or docker.io/library/*';
  }
  if (canonicalHost(host) === 'docker.io' && path === 'library')
    return 'write docker.io/library/* for the official images';
  if (path?.includes('@') === true) return 'globs match the name only; list digests where digests are asked for';
  if (path?.includes(':') === true) return 'globs match the name without its tag; leave the tag away';
  if (path !== undefined && path !== path.toLowerCase()) return 'repository names are lower case';
  return undefined;
}
