// The entries of an index that a node could run, and which of them a selection of platforms asks for.
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { DocumentLimits } from '../oci/limits.ts';
import type { ImageIndex } from '../oci/manifest.ts';
import { isIndexType, isManifestType } from '../oci/media-type.ts';
import { formatPlatform, isUnknownPlatform, type Platform, preferredOn } from '../oci/platform.ts';
import type { PlatformSelection } from './inspection.ts';

/** An entry with the platform by which a runtime chooses it: what the index says, else what its config says. */
export interface PlacedEntry {
  readonly descriptor: Descriptor;
  readonly platform: Platform;
  readonly from: 'index' | 'config';
}

/**
 * Manifests of an index and of the indexes in it, breadth first, each digest once per platform. Entries of unknown media types are
 * skipped (image-spec image-index.md), and so are those for the platform `unknown/unknown`, which is how builders mark attestations.
 * Their annotation alone does not count: runtimes choose by platform, and so an image could be hidden behind it.
 * @param readIndex reads an index inside an index.
 * @throws Fault `limit` for indexes too deep or with too many entries together, and what `readIndex` throws.
 */
export async function manifestEntries(
  root: ImageIndex,
  readIndex: (descriptor: Descriptor) => Promise<ImageIndex>,
  limits: DocumentLimits,
): Promise<readonly Descriptor[]> {
  const manifests = new Map<string, Descriptor>();
  const visited = new Set<string>();
  let count = 0;
  let level: readonly ImageIndex[] = [root];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > limits.maxIndexDepth) {
      throw new Fault('limit', `indexes are nested deeper than ${limits.maxIndexDepth}`, { limit: 'maxIndexDepth' });
    }
    const entries = level.flatMap((index) => index.manifests);
    count += entries.length;
    if (count > limits.maxIndexChildren) {
      throw new Fault('limit', `an image has at most ${limits.maxIndexChildren} entries in its indexes`, {
        limit: 'maxIndexChildren',
      });
    }
    const runnable = entries.filter((entry) => entry.platform === undefined || !isUnknownPlatform(entry.platform));
    for (const entry of runnable.filter(({ mediaType }) => isManifestType(mediaType))) {
      const place = entry.platform === undefined ? '' : formatPlatform(entry.platform);
      const key = `${entry.digest} ${place}`;
      if (!manifests.has(key)) manifests.set(key, entry);
    }
    const nested = runnable.filter(({ mediaType, digest }) => isIndexType(mediaType) && !visited.has(digest));
    for (const { digest } of nested) visited.add(digest);
    level = await Promise.all(nested.map(readIndex));
  }
  return [...manifests.values()];
}

/**
 * The entries to judge, in the order of the index. As in containerd, an entry whose platform stands only in its config is
 * chosen where none that names its platform fits.
 */
export function selectEntries(selection: PlatformSelection, entries: readonly PlacedEntry[]): readonly PlacedEntry[] {
  if (selection === 'all') return entries;
  const named = entries.filter((entry) => entry.from === 'index');
  const others = entries.filter((entry) => entry.from === 'config');
  const chosen = new Set(
    selection.flatMap((wanted) => {
      const fitting = preferredOn(wanted, named);
      return fitting.length > 0 ? fitting : preferredOn(wanted, others);
    }),
  );
  return entries.filter((entry) => chosen.has(entry));
}

/** What to say of an image that is for none of the platforms asked for. */
export function platformMissing(selection: PlatformSelection, available: readonly Platform[]): Fault {
  const namesOf = (platforms: readonly Platform[]): string => platforms.map(formatPlatform).join(', ');
  const asked = selection === 'all' ? '' : `, not for ${namesOf(selection)}`;
  return new Fault('image/no-platform', `the image is only there for ${namesOf(available)}${asked}`);
}

/** What to say of an index in which nothing can be judged. */
export function nothingToRun(index: ImageIndex, entries: readonly PlacedEntry[], selection: PlatformSelection): Fault {
  if (entries.length > 0) return platformMissing(selection, platformsOf(entries));
  const other = index.manifests.find(({ mediaType }) => !isManifestType(mediaType) && !isIndexType(mediaType));
  return other === undefined
    ? new Fault('image/no-platform', 'the index has no entry that could run')
    : new Fault('image/not-an-image', `the index holds ${printable(other.mediaType)}, which is no image`);
}

export function platformsOf(entries: readonly { readonly platform: Platform }[]): readonly Platform[] {
  return [...new Map(entries.map(({ platform }) => [formatPlatform(platform), platform])).values()];
}
