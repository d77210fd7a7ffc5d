// Archives that `docker save` writes, and tools that write alike: manifest.json names a config and its layers.
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { type JsonValue, parseStrictJson } from '../base/strict-json.ts';
import type { ImageSource } from '../inspection/image-source.ts';
import { verifyContent } from '../oci/descriptor.ts';
import { type Digest, digestOf } from '../oci/digest.ts';
import { parseImageConfig } from '../oci/image-config.ts';
import { isJsonArray, knownFields, openObject, stringField, stringsField } from '../oci/json-fields.ts';
import type { DocumentLimits } from '../oci/limits.ts';
import { parseManifest } from '../oci/manifest.ts';
import { mediaTypes } from '../oci/media-type.ts';
import { isCompressed, isZstd } from './archive-cursor.ts';
import type { ArchivedFile, ArchiveTree } from './archive-tree.ts';
import { chooseImage, type NamedImage } from './choose-image.ts';
import { createLayoutSource, faultsOnly, imagesOfLayout, isLayout } from './oci-layout.ts';
import { createStoredLayers } from './stored-layers.ts';

/** The chosen image of an archive, behind the port. */
export interface DockerArchiveImage {
  readonly source: ImageSource;
  readonly digest: Digest;
  /** `RepoTags`. */
  readonly names: readonly string[];
}

interface SavedImage {
  /** Path of the config in the archive. */
  readonly config: string;
  readonly names: readonly string[];
  /** Paths of the layers in the archive, lowest first. */
  readonly layers: readonly string[];
}

const manifestFile = 'manifest.json';
const savedFields = knownFields('entry of manifest.json', ['Config', 'RepoTags', 'Layers', 'Parent', 'LayerSources']);

const layerTypes = {
  plain: 'application/vnd.docker.image.rootfs.diff.tar',
  gzip: mediaTypes.dockerLayerGzip,
  zstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
} as const;

/**
 * Finds the image that `name` means, or the only one. Archives of Docker's containerd store are layouts as well: there the image has
 * its real manifest. In the classic form a registry has never seen the image, so a Docker manifest is made of what the archive holds:
 * layers count as the bytes they are, which for the usual uncompressed ones is more than a registry would hold, and their media type
 * says so.
 * @throws Fault `usage`, `registry/not-found`, `image/malformed`, `integrity/*`, `limit`.
 */
export async function openDockerArchive(
  tree: ArchiveTree,
  name: string | undefined,
  limits: DocumentLimits,
  signal: AbortSignal,
): Promise<DockerArchiveImage> {
  const saved = await savedImages(tree, limits, signal);
  const images: (SavedImage & NamedImage)[] = [];
  for (const image of saved) {
    const config = await readConfigFile(tree, image.config, limits, signal);
    images.push({ ...image, descriptor: { digest: digestOf(config) } });
  }
  const chosen = chooseImage(images, { name, holder: tree.name });
  const { names } = chosen;
  const real = await realManifest(tree, chosen.descriptor.digest, limits, signal);
  if (real !== undefined) return { source: createLayoutSource(tree, limits), digest: real, names };
  const config = await readConfigFile(tree, chosen.config, limits, signal);
  const layers = await layersOf(tree, { image: chosen, config }, limits, signal);
  const manifest = madeManifest(config, layers);
  return { source: sourceOf(tree, { manifest, config, layers }), digest: digestOf(manifest), names };
}

async function savedImages(
  tree: ArchiveTree,
  limits: DocumentLimits,
  signal: AbortSignal,
): Promise<readonly SavedImage[]> {
  const limit = { limit: 'maxManifestBytes', maxBytes: limits.maxManifestBytes };
  const bytes = await tree.read(manifestFile, limit, signal);
  if (bytes === undefined) {
    const hint = (await isLayout(tree, signal)) ? '; it is an OCI layout: write oci-archive:' : '';
    throw new Fault(
      'usage',
      `${printable(tree.name)} is no archive of docker save: it holds no ${manifestFile}${hint}`,
    );
  }
  const document = parseStrictJson(bytes, { freeForm: (path) => path.at(-1) === 'LayerSources' });
  if (!isJsonArray(document)) throw malformed(tree, `${manifestFile} is not a list`);
  if (document.length > limits.maxIndexChildren) {
    throw new Fault('limit', `${printable(tree.name)} holds more than ${limits.maxIndexChildren} images`, {
      limit: 'maxIndexChildren',
    });
  }
  return document.map((entry) => savedImage(tree, entry, limits));
}

function savedImage(tree: ArchiveTree, entry: JsonValue, limits: DocumentLimits): SavedImage {
  const object = openObject(entry, savedFields);
  const config = stringField(object, 'Config') ?? '';
  if (config === '') throw malformed(tree, `an entry of ${manifestFile} names no config`);
  const layers = stringsField(object, 'Layers');
  if (layers.length > limits.maxLayers) {
    throw new Fault('limit', `an image has at most ${limits.maxLayers} layers`, { limit: 'maxLayers' });
  }
  return { config, layers, names: stringsField(object, 'RepoTags') };
}

async function readConfigFile(
  tree: ArchiveTree,
  path: string,
  limits: DocumentLimits,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const limit = { limit: 'maxConfigBytes', maxBytes: limits.maxConfigBytes };
  const bytes = await tree.read(path, limit, signal);
  if (bytes === undefined) throw malformed(tree, `the config ${printable(path)} is missing`);
  return bytes;
}

/** The manifest with this config that lies in the archive under its own digest, as the containerd store saves it. */
async function realManifest(
  tree: ArchiveTree,
  config: Digest,
  limits: DocumentLimits,
  signal: AbortSignal,
): Promise<Digest | undefined> {
  if (!(await isLayout(tree, signal))) return undefined;
  const blobs = createLayoutSource(tree, limits);
  const access = { keyring: { lookup: () => Promise.resolve([]) }, signal };
  const reference = { host: 'localhost', repository: 'archive' };
  const search = async (digests: readonly Digest[], depth: number): Promise<Digest | undefined> => {
    for (const digest of depth > limits.maxIndexDepth ? [] : digests) {
      // An index names platforms that were never pulled; their manifests are not in the archive.
      if (tree.find(`blobs/${digest.replace(':', '/')}`) === undefined) continue;
      const { bytes } = await blobs.readManifest(reference, { digest }, access);
      const document = parseManifest(bytes, {}, limits);
      if (document.kind === 'manifest' && document.config.digest === config) return digest;
      const children = document.kind === 'index' ? document.manifests.map((child) => child.digest) : [];
      const found = await search(children, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const images = await imagesOfLayout(tree, limits, signal);
  return search(
    images.map(({ descriptor }) => descriptor.digest),
    1,
  );
}

interface SavedLayer {
  readonly digest: Digest;
  readonly file: ArchivedFile;
}

/** In the config's order. The same file may be there more than once: docker save links what is equal. */
async function layersOf(
  tree: ArchiveTree,
  { image, config }: { readonly image: SavedImage; readonly config: Uint8Array },
  limits: DocumentLimits,
  signal: AbortSignal,
): Promise<readonly SavedLayer[]> {
  const { diffIds } = parseImageConfig(config, limits);
  const files = image.layers.map((path) => {
    const file = tree.find(path);
    if (file === undefined) throw malformed(tree, `the layer ${printable(path)} is missing`);
    return file;
  });
  if (files.length !== diffIds.length) {
    throw malformed(tree, `${files.length} layers lie in it where the config names ${diffIds.length}`);
  }
  const compressed = files.filter(({ head }) => isCompressed(head));
  const digests = compressed.length === 0 ? [] : await tree.digestsOf(compressed, signal);
  const digestByFile = new Map(compressed.map((file, index) => [file, digests[index]]));
  return diffIds.flatMap((diffId, index) => {
    const file = files[index];
    // The digest of an uncompressed layer is its diffID, stated by the config and proven when the layer is read.
    return file === undefined ? [] : [{ file, digest: digestByFile.get(file) ?? diffId }];
  });
}

/** The bytes of a Docker manifest of what the archive holds; the same archive always gives the same bytes. */
function madeManifest(config: Uint8Array, layers: readonly SavedLayer[]): Uint8Array {
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.dockerManifest,
    config: { mediaType: mediaTypes.dockerConfig, size: config.byteLength, digest: digestOf(config) },
    layers: layers.map(({ file, digest }) => ({ mediaType: layerTypeOf(file), size: file.size, digest })),
  };
  return Buffer.from(JSON.stringify(manifest));
}

function layerTypeOf({ head }: ArchivedFile): string {
  if (!isCompressed(head)) return layerTypes.plain;
  return isZstd(head) ? layerTypes.zstd : layerTypes.gzip;
}

interface MadeImage {
  readonly manifest: Uint8Array;
  readonly config: Uint8Array;
  readonly layers: readonly SavedLayer[];
}

/** One image that was made of an archive: its documents in memory, its layers where they lie. */
function sourceOf(tree: ArchiveTree, { manifest, config, layers }: MadeImage): ImageSource {
  const manifestDigest = digestOf(manifest);
  const fileByDigest = new Map(layers.map(({ digest, file }) => [digest, tree.streamed(file)]));
  const find = (digest: Digest | undefined, bytes: Uint8Array, signal: AbortSignal): Uint8Array => {
    signal.throwIfAborted();
    if (digest !== digestOf(bytes)) throw new Fault('registry/not-found', 'the archive holds no such image');
    return bytes;
  };
  return {
    resolve: (reference, { signal }) =>
      faultsOnly(async () => ({
        digest: manifestDigest,
        mediaType: mediaTypes.dockerManifest,
        document: find(reference.digest ?? manifestDigest, manifest, signal),
        grant: 'anonymous',
        credential: 'anonymous',
      })),
    readManifest: (_repository, { digest }, { signal }) =>
      faultsOnly(async () => ({ bytes: find(digest, manifest, signal), mediaType: mediaTypes.dockerManifest })),
    readConfig: (_repository, descriptor, { signal }) =>
      faultsOnly(async () => {
        const bytes = find(descriptor.digest, config, signal);
        verifyContent(bytes, descriptor);
        return bytes;
      }),
    ...createStoredLayers(tree.name, ({ digest }) => Promise.resolve(fileByDigest.get(digest))),
  };
}

function malformed(tree: ArchiveTree, problem: string): Fault {
  return new Fault('image/malformed', `${printable(tree.name)}: ${problem}`);
}
