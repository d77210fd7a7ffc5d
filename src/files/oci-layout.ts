// An OCI image layout as a source of images: index.json names them, blobs/ALGORITHM/HEX holds them (image-spec image-layout.md).
import { Fault, faultFromUnknown } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import type { ImageSource } from '../inspection/image-source.ts';
import { type Descriptor, isAttestation, verifyContent } from '../oci/descriptor.ts';
import { algorithmOf, type Digest, digestOf } from '../oci/digest.ts';
import { knownFields, openObject, stringField } from '../oci/json-fields.ts';
import type { DocumentLimits } from '../oci/limits.ts';
import { parseManifest } from '../oci/manifest.ts';
import { mediaTypes } from '../oci/media-type.ts';
import { chooseImage, type NamedImage } from './choose-image.ts';
import type { FileTree } from './file-tree.ts';
import { createStoredLayers } from './stored-layers.ts';

const layoutFile = 'oci-layout';
const indexFile = 'index.json';
const layoutVersion = '1.0.0';
/** The file says one version and nothing else. */
const layoutFileLimit = { limit: 'maxLayoutFileBytes', maxBytes: 4096 };

/** The tag of an image in its layout (image-spec annotations.md), or its whole name: writers differ. */
const refNameAnnotation = 'org.opencontainers.image.ref.name';
/** The whole name, as containerd and Docker's own export write it beside the tag. */
const containerdNameAnnotation = 'io.containerd.image.name';

const layoutFields = knownFields('oci-layout file', ['imageLayoutVersion']);

/** Whether the tree says that it is a layout; it may still be a broken one. */
export async function isLayout(tree: FileTree, signal: AbortSignal): Promise<boolean> {
  return (await tree.read(layoutFile, layoutFileLimit, signal)) !== undefined;
}

/**
 * The images that index.json names, attestations left out.
 * @throws Fault `usage` for what is no layout, and what parseManifest throws for an index that cannot be read.
 */
export async function imagesOfLayout(
  tree: FileTree,
  limits: DocumentLimits,
  signal: AbortSignal,
): Promise<readonly NamedImage[]> {
  await checkVersion(tree, signal);
  const limit = { limit: 'maxManifestBytes', maxBytes: limits.maxManifestBytes };
  const bytes = await tree.read(indexFile, limit, signal);
  if (bytes === undefined) throw noLayout(tree, indexFile);
  const index = parseManifest(bytes, { expectedMediaType: mediaTypes.ociIndex }, limits);
  if (index.kind !== 'index') throw new Fault('image/malformed', `index.json in ${printable(tree.name)} is no index`);
  return index.manifests
    .filter((descriptor) => !isAttestation(descriptor))
    .map((descriptor) => ({ descriptor, names: namesOf(descriptor) }));
}

async function checkVersion(tree: FileTree, signal: AbortSignal): Promise<void> {
  const bytes = await tree.read(layoutFile, layoutFileLimit, signal);
  if (bytes === undefined) throw noLayout(tree, layoutFile);
  const version = stringField(openObject(parseStrictJson(bytes), layoutFields), 'imageLayoutVersion') ?? '';
  if (version !== layoutVersion) {
    throw new Fault(
      'image/unsupported',
      `${printable(tree.name)} is an OCI layout of version ${JSON.stringify(printable(version, 40))}; ${layoutVersion} can be read`,
    );
  }
}

function noLayout(tree: FileTree, missing: string): Fault {
  return new Fault('usage', `${printable(tree.name)} is no OCI layout: it holds no ${missing}`);
}

function namesOf({ annotations }: Descriptor): readonly string[] {
  return [annotations[containerdNameAnnotation], annotations[refNameAnnotation]].filter(
    (name): name is string => name !== undefined && name !== '',
  );
}

/**
 * Reads images out of a layout. The host and repository of references are not looked at: a layout has one name space, its tags.
 * index.json is read anew for each tag, so that a tag means what it means now.
 */
export function createLayoutSource(tree: FileTree, limits: DocumentLimits): ImageSource {
  const manifestLimit = { limit: 'maxManifestBytes', maxBytes: limits.maxManifestBytes };
  const configLimit = { limit: 'maxConfigBytes', maxBytes: limits.maxConfigBytes };
  return {
    resolve: (reference, { signal }) =>
      faultsOnly(async () => {
        const chosen: NamedImage['descriptor'] =
          reference.digest === undefined
            ? chooseImage(await imagesOfLayout(tree, limits, signal), { name: reference.tag, holder: tree.name })
                .descriptor
            : { digest: reference.digest };
        const { mediaType = '' } = chosen;
        return {
          digest: chosen.digest,
          ...(mediaType === '' ? {} : { mediaType }),
          document: await readBlob(tree, chosen, manifestLimit, signal),
          grant: 'anonymous',
          credential: 'anonymous',
        };
      }),
    readManifest: (_repository, target, { signal }) =>
      faultsOnly(async () => ({ bytes: await readBlob(tree, target, manifestLimit, signal) })),
    readConfig: (_repository, descriptor, { signal }) =>
      faultsOnly(async () => descriptor.data ?? (await readBlob(tree, descriptor, configLimit, signal))),
    ...createStoredLayers(tree.name, ({ digest }, signal) => tree.open(blobPath(digest), signal)),
  };
}

function blobPath(digest: Digest): string {
  const algorithm = algorithmOf(digest);
  return `blobs/${algorithm}/${digest.slice(algorithm.length + 1)}`;
}

async function readBlob(
  tree: FileTree,
  { digest, size }: { readonly digest: Digest; readonly size?: number },
  limit: { readonly limit: string; readonly maxBytes: number },
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (size !== undefined && size > limit.maxBytes) {
    throw new Fault('limit', `${digest} has ${size} bytes, more than ${limit.maxBytes} (${limit.limit})`, limit);
  }
  const bytes = await tree.read(blobPath(digest), limit, signal);
  if (bytes === undefined) throw new Fault('registry/not-found', `${printable(tree.name)} does not hold ${digest}`);
  if (size !== undefined) verifyContent(bytes, { digest, size });
  else if (digestOf(bytes, algorithmOf(digest)) !== digest) {
    throw new Fault('integrity/digest', `${digest} in ${printable(tree.name)} is not what its digest says`);
  }
  return bytes;
}

/** The port promises Faults, also when a caller goes away. */
export async function faultsOnly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw faultFromUnknown(thrown);
  }
}
