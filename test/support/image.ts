// Builders of images for tests: real bytes, real digests, in OCI or Docker form, whole or broken on purpose.
import { gzipSync } from 'node:zlib';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-type.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { type TarEntry, tar } from './tar.ts';

/** JSON to be written as it is; builders take what no schema would, because strangers write that as well. */
type Json = Readonly<Record<string, unknown>>;

/** A manifest or an index with everything it leads to: what a registry or a layout has to hold to serve it. */
export interface BuiltImage {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** Manifests and indexes by digest, itself and its children. */
  readonly manifests: ReadonlyMap<Digest, { readonly bytes: Uint8Array; readonly mediaType: string }>;
  /** Configs and layers by digest. */
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
  /** Of a single manifest; absent for an index. */
  readonly config?: { readonly digest: Digest; readonly bytes: Uint8Array };
  readonly layers: readonly BuiltLayer[];
  /** As an index entry names it. */
  readonly descriptor: Json;
}

export interface BuiltLayer {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly diffId: Digest;
  readonly bytes: Uint8Array;
  /** Merged into the descriptor: `urls`, `size`, `annotations`, … */
  readonly extra: Json;
}

interface Parts {
  readonly docker: boolean;
  readonly algorithm: string;
  readonly configDocument: Json;
  readonly run: Json;
  readonly configDescriptor: Json;
  readonly manifest: Json;
  readonly layers: readonly BuiltLayer[];
  readonly history: readonly Json[];
}

/** An OCI image for linux/amd64 without layers, run as root. Every method gives a new builder; `build()` makes the bytes. */
export function image(): ImageBuilder {
  return new ImageBuilder({
    docker: false,
    algorithm: 'sha256',
    configDocument: { created: '2026-03-01T12:00:00Z', os: 'linux', architecture: 'amd64' },
    run: {},
    configDescriptor: {},
    manifest: {},
    layers: [],
    history: [],
  });
}

export class ImageBuilder {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Docker schema 2 media types. Call it before layers are added. */
  docker(): ImageBuilder {
    return this.#with({ docker: true });
  }

  /** `sha512` instead of `sha256` for manifest, config and layers added after it. */
  algorithm(algorithm: string): ImageBuilder {
    return this.#with({ algorithm });
  }

  platform(text: string): ImageBuilder {
    const { os, architecture, variant, osVersion } = parsePlatform(text);
    return this.configDocument({
      os,
      architecture,
      ...(variant === undefined ? {} : { variant }),
      ...(osVersion === undefined ? {} : { 'os.version': osVersion }),
    });
  }

  /** Merged into what is run: `User`, `Env`, `Cmd`, `Healthcheck`, … */
  config(run: Json): ImageBuilder {
    return this.#with({ run: { ...this.#parts.run, ...run } });
  }

  /** Merged into the top level of the config document, last: may replace `config`, `rootfs`, `history`. */
  configDocument(fields: Json): ImageBuilder {
    return this.#with({ configDocument: { ...this.#parts.configDocument, ...fields } });
  }

  /** Merged into the manifest's descriptor of the config. */
  configDescriptor(fields: Json): ImageBuilder {
    return this.#with({ configDescriptor: { ...this.#parts.configDescriptor, ...fields } });
  }

  /** Merged into the manifest, last: `annotations`, `subject`, or a lie. */
  manifest(fields: Json): ImageBuilder {
    return this.#with({ manifest: { ...this.#parts.manifest, ...fields } });
  }

  /** A gzip layer of these files, and the row of history that made it. */
  layer(entries: readonly TarEntry[], createdBy = 'COPY . . # buildkit'): ImageBuilder {
    const plain = tar(entries);
    return this.rawLayer(
      { bytes: gzipSync(plain), diffId: digestOf(plain, this.#parts.algorithm) },
      { created_by: createdBy, comment: 'buildkit.dockerfile.v0' },
    );
  }

  /** A layer of any bytes and type; `row` is its row of history, or null for none. */
  rawLayer(
    layer: { readonly bytes: Uint8Array; readonly mediaType?: string; readonly diffId?: Digest; readonly extra?: Json },
    row: Json | null = { created_by: 'RUN /bin/sh -c true # buildkit' },
  ): ImageBuilder {
    const { algorithm, docker, layers, history } = this.#parts;
    const built: BuiltLayer = {
      bytes: layer.bytes,
      mediaType: layer.mediaType ?? (docker ? mediaTypes.dockerLayerGzip : mediaTypes.ociLayerGzip),
      digest: digestOf(layer.bytes, algorithm),
      diffId: layer.diffId ?? digestOf(layer.bytes, algorithm),
      extra: layer.extra ?? {},
    };
    return this.#with({ layers: [...layers, built], history: row === null ? history : [...history, row] });
  }

  /** A row of history that made no layer; a text is its `created_by`. */
  step(row: string | Json): ImageBuilder {
    const fields = typeof row === 'string' ? { created_by: row, comment: 'buildkit.dockerfile.v0' } : row;
    return this.#with({ history: [...this.#parts.history, { ...fields, empty_layer: true }] });
  }

  build(): BuiltImage {
    const { docker, algorithm, layers, run, history } = this.#parts;
    const document = {
      config: run,
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
      ...(history.length > 0 ? { history } : {}),
      ...this.#parts.configDocument,
    };
    const config = blob(document, docker ? mediaTypes.dockerConfig : mediaTypes.ociConfig, algorithm);
    return manifestOf({ ...this.#parts, config });
  }

  /** An artifact: the layers, under the empty config and an `artifactType`. */
  buildArtifact(artifactType: string): BuiltImage {
    const config = blob({}, mediaTypes.ociEmpty, this.#parts.algorithm);
    return manifestOf({ ...this.#parts, config, manifest: { artifactType, ...this.#parts.manifest } });
  }

  #with(change: Partial<Parts>): ImageBuilder {
    return new ImageBuilder({ ...this.#parts, ...change });
  }
}

export interface IndexEntry {
  readonly image: BuiltImage;
  /** `linux/arm64`; null for an entry that names none. By default what the image's config says. */
  readonly platform?: string | null;
  /** Merged into the entry, last. */
  readonly extra?: Json;
}

export interface IndexOptions {
  readonly docker?: boolean;
  /** Merged into the index, last. */
  readonly fields?: Json;
}

/** An index of these images; a bare image is an entry with its own platform. */
export function index(entries: readonly (IndexEntry | BuiltImage)[], options: IndexOptions = {}): BuiltImage {
  const whole = entries.map((entry): IndexEntry => ('image' in entry ? entry : { image: entry }));
  const mediaType = options.docker === true ? mediaTypes.dockerList : mediaTypes.ociIndex;
  const bytes = encode({ schemaVersion: 2, mediaType, manifests: whole.map(entryOf), ...options.fields });
  const digest = digestOf(bytes);
  const children = whole.map((entry) => entry.image);
  return {
    digest,
    mediaType,
    bytes,
    manifests: new Map([[digest, { bytes, mediaType }], ...children.flatMap((child) => [...child.manifests])]),
    blobs: new Map(children.flatMap((child) => [...child.blobs])),
    layers: [],
    descriptor: { mediaType, digest, size: bytes.byteLength },
  };
}

/** A build attestation for `subject` as an index entry: BuildKit's older form, or its newer one as an artifact. */
export function attestation(subject: BuiltImage, form: 'image' | 'artifact' = 'image'): IndexEntry {
  const statement = {
    bytes: encode({ predicateType: 'https://slsa.dev/provenance/v1', subject: subject.digest }),
    mediaType: 'application/vnd.in-toto+json',
    extra: { annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v1' } },
  };
  const artifactType = 'application/vnd.docker.attestation.manifest.v1+json';
  const builder = image().rawLayer(statement, null);
  const built =
    form === 'image'
      ? builder.configDocument({ os: 'unknown', architecture: 'unknown' }).build()
      : builder.manifest({ subject: subject.descriptor }).buildArtifact(artifactType);
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': subject.digest,
  };
  const extra = form === 'image' ? { annotations } : { annotations, artifactType };
  return { image: built, platform: 'unknown/unknown', extra };
}

interface Blob {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly mediaType: string;
}

function manifestOf(parts: Parts & { readonly config: Blob }): BuiltImage {
  const { config, layers, algorithm, docker } = parts;
  const mediaType = docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
  const bytes = encode({
    schemaVersion: 2,
    mediaType,
    config: { ...descriptorOf(config), ...parts.configDescriptor },
    layers: layers.map((layer) => ({ ...descriptorOf(layer), ...layer.extra })),
    ...parts.manifest,
  });
  const digest = digestOf(bytes, algorithm);
  return {
    digest,
    mediaType,
    bytes,
    manifests: new Map([[digest, { bytes, mediaType }]]),
    blobs: new Map([config, ...layers].map((one) => [one.digest, one.bytes])),
    config: { digest: config.digest, bytes: config.bytes },
    layers,
    descriptor: { mediaType, digest, size: bytes.byteLength },
  };
}

function entryOf(entry: IndexEntry): Json {
  const platform = entry.platform === undefined ? ownPlatform(entry.image) : platformJson(entry.platform);
  return { ...entry.image.descriptor, ...(platform === undefined ? {} : { platform }), ...entry.extra };
}

function platformJson(text: string | null): Json | undefined {
  if (text === null) return undefined;
  const { os, architecture, variant, osVersion } = parsePlatform(text);
  return { os, architecture, variant, 'os.version': osVersion };
}

/** What the config says, so that an index agrees with it unless told otherwise. */
function ownPlatform(built: BuiltImage): Json | undefined {
  if (built.config === undefined) return undefined;
  const { os, architecture, variant, 'os.version': osVersion } = JSON.parse(Buffer.from(built.config.bytes).toString());
  return { os, architecture, variant, 'os.version': osVersion };
}

function blob(document: Json, mediaType: string, algorithm: string): Blob {
  const bytes = encode(document);
  return { bytes, mediaType, digest: digestOf(bytes, algorithm) };
}

function descriptorOf(one: Blob): Json {
  return { mediaType: one.mediaType, digest: one.digest, size: one.bytes.byteLength };
}

function encode(document: Json): Uint8Array {
  return Buffer.from(JSON.stringify(document));
}
