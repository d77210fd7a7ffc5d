// Which of the images in a layout or an archive is meant: by name, by digest, or because it is the only one.
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { formatPlatform } from '../oci/platform.ts';
import { formatReference, parseReference } from '../oci/reference.ts';

/** An image with what it is called where it lies: a bare tag (`1.4`), a whole name, or both. */
export interface NamedImage {
  readonly descriptor: Pick<Descriptor, 'digest'> & Partial<Descriptor>;
  readonly names: readonly string[];
}

export interface Choice {
  /** A tag or a name; absent asks for the only image. */
  readonly name?: string | undefined;
  /** Where the images lie, for messages. */
  readonly holder: string;
}

/** More than this is no help in a message. */
const maxListed = 20;

/**
 * @throws Fault `registry/not-found` for a name that no image has; `usage` where several images fit, listing them; `image/malformed`
 * where there are none at all.
 */
export function chooseImage<T extends NamedImage>(images: readonly T[], { name, holder }: Choice): T {
  if (images.length === 0) throw new Fault('image/malformed', `${printable(holder)} holds no image`);
  const fitting = name === undefined ? images : imagesNamed(images, name);
  const byDigest = new Map<Digest, T>(fitting.map((image) => [image.descriptor.digest, image]));
  const [only, second] = byDigest.values();
  if (only === undefined) {
    throw new Fault(
      'registry/not-found',
      `${printable(holder)} holds no image named ${printable(name ?? '')}; it holds ${listed(images)}`,
    );
  }
  if (second !== undefined) {
    throw new Fault('usage', `${printable(holder)} holds several images; name one of them: ${listed(fitting)}`);
  }
  return only;
}

/** Images that are called so outright; else those whose name ends in that tag; else those that docker means by it. */
function imagesNamed<T extends NamedImage>(images: readonly T[], name: string): readonly T[] {
  const called = (fits: (one: string) => boolean): readonly T[] => images.filter(({ names }) => names.some(fits));
  const exact = called((one) => one === name);
  if (exact.length > 0) return exact;
  const tagged = called((one) => tagOf(one) === name);
  if (tagged.length > 0) return tagged;
  const whole = wholeName(name);
  return whole === undefined ? [] : called((one) => wholeName(one) === whole);
}

/** `shop/api:1.4` is `docker.io/shop/api:1.4`: docker saves the one, skopeo the other. */
function wholeName(name: string): string | undefined {
  try {
    return formatReference(parseReference(name));
  } catch {
    return undefined;
  }
}

/** The tag of a whole name; undefined for a name without one, and for a bare tag. */
function tagOf(name: string): string | undefined {
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  return colon === -1 ? undefined : name.slice(colon + 1);
}

function listed(images: readonly NamedImage[]): string {
  const shown = images.slice(0, maxListed).map(({ descriptor, names }) => {
    const platform = descriptor.platform === undefined ? '' : ` (${formatPlatform(descriptor.platform)})`;
    return `${printable(names[0] ?? descriptor.digest)}${platform}`;
  });
  const more = images.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
