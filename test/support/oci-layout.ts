// Writes built images as an OCI layout on disk, whole or with other bytes in place of the right ones.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Digest } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-type.ts';
import type { BuiltImage } from './image.ts';
import type { ServedContent } from './memory-source.ts';

export interface LayoutOptions {
  /** Annotation keys under which an image's name is written; the tag's by default. */
  readonly nameAnnotations?: readonly string[];
}

/** The directory must exist. Layers are written as well, so that other tools take the layout. */
export async function writeOciLayout(
  directory: string,
  content: ServedContent,
  { nameAnnotations = ['org.opencontainers.image.ref.name'] }: LayoutOptions = {},
): Promise<void> {
  const blobs = new Map<Digest, Uint8Array>();
  for (const built of content.tags.values()) {
    for (const [digest, { bytes }] of built.manifests) blobs.set(digest, bytes);
    for (const [digest, bytes] of built.blobs) blobs.set(digest, bytes);
  }
  for (const [digest, bytes] of content.replaced ?? []) blobs.set(digest, bytes);
  for (const [digest, bytes] of blobs) {
    const path = join(directory, 'blobs', digest.replace(':', '/'));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
  const manifests = [...content.tags].map(([tag, built]) => entryOf(tag, built, nameAnnotations));
  await writeFile(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(
    join(directory, 'index.json'),
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }),
  );
}

function entryOf(tag: string, built: BuiltImage, keys: readonly string[]): object {
  return { ...built.descriptor, annotations: Object.fromEntries(keys.map((key) => [key, tag])) };
}
