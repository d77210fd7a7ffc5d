// Manifest and config to facts: pure, and made only from what has been redacted.
import { Fault } from '../base/fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import type { ImageManifest } from '../oci/manifest.ts';
import { layerKindOf } from '../oci/media-type.ts';
import { builderOf } from './builder.ts';
import { createdFrom } from './created.ts';
import { detectorRevision } from './detector-revision.ts';
import { createFactRedactor } from './fact-redactor.ts';
import { healthcheckFrom } from './healthcheck.ts';
import { readHistory } from './history.ts';
import {
  type ArtifactFacts,
  factsSchema,
  type HistoryFact,
  type LayerFact,
  type RunnableImageFacts,
  type SecretFact,
} from './image-facts.ts';
import { portsFrom } from './ports.ts';
import { redactedConfig } from './redacted-config.ts';
import { redactedManifest } from './redacted-manifest.ts';
import { userFrom } from './user.ts';

interface ManifestInput {
  readonly digest: Digest;
  readonly manifest: ImageManifest;
  /** RFC 3339. */
  readonly readAt: string;
}

/**
 * The facts of one runnable image.
 * @throws Fault `image/malformed` when config and manifest disagree on the number of layers: no runtime could unpack it.
 */
export function surfaceFacts(input: ManifestInput & { readonly config: ImageConfig }): RunnableImageFacts {
  refuseLayerCounts(input.manifest, input.config);
  const redactor = createFactRedactor(input.manifest.config.digest);
  const config = redactedConfig(input.config, redactor);
  const manifest = redactedManifest(input.manifest, redactor);
  const builder = builderOf(config);
  const layerCount = manifest.layers.length;
  const { history, alignment, rowOfLayer } = readHistory({ records: config.history, layerCount, builder });
  return {
    kind: 'image',
    ...baseFacts({ ...input, manifest }),
    ...runFacts(config),
    layers: manifest.layers.map((layer, index) => layerFact(layer, index, config.diffIds[index], rowOfLayer[index])),
    coverage: { layers: layerCount, read: 0, history: alignment },
    configDigest: manifest.config.digest,
    builder,
    ...baseImage(manifest.annotations, config.labels),
    history,
    secrets: redactor.found().map((secret) => withLayer(secret, history)),
  };
}

/** The facts of a manifest whose config is no image's: a chart, a model, an SBOM, a build cache. */
export function artifactFacts(input: ManifestInput): ArtifactFacts {
  const manifest = redactedManifest(input.manifest, createFactRedactor(input.manifest.config.digest));
  return {
    kind: 'artifact',
    ...baseFacts({ ...input, manifest }),
    layers: manifest.layers.map((layer, index) => layerFact(layer, index)),
    artifactType: manifest.artifactType ?? manifest.config.mediaType,
  };
}

function refuseLayerCounts(manifest: ImageManifest, config: ImageConfig): void {
  if (config.diffIds.length === manifest.layers.length) return;
  const counts = `${manifest.layers.length} layers and ${config.diffIds.length} diff ids`;
  throw new Fault('image/malformed', `manifest and config disagree: ${counts}`);
}

function baseFacts({ digest, manifest, readAt }: ManifestInput) {
  return {
    schema: factsSchema,
    detectors: detectorRevision,
    readAt,
    digest,
    mediaType: manifest.mediaType,
    annotations: manifest.annotations,
    compressedSize: compressedSize(manifest),
  } as const;
}

/** What the config says of how the image runs. */
function runFacts(config: ImageConfig) {
  const created = createdFrom(config.created);
  return {
    platform: config.platform,
    ...(created === undefined ? {} : { created }),
    user: userFrom(config.user),
    healthcheck: healthcheckFrom(config.healthcheck),
    env: config.env.map(environmentEntry),
    entrypoint: config.entrypoint,
    command: config.command,
    exposedPorts: portsFrom(config.exposedPorts),
    volumes: config.volumes,
    workingDir: config.workingDir,
    stopSignal: config.stopSignal,
    labels: config.labels,
  };
}

/** Config and distinct layers. Runtimes insist on these sizes, so they cannot be understated; the sum stays a safe integer. */
function compressedSize(manifest: ImageManifest): number {
  const sizes = new Map<Digest, number>();
  for (const { digest, size } of manifest.layers) sizes.set(digest, Math.max(size, sizes.get(digest) ?? 0));
  const sum = [...sizes.values()].reduce((total, size) => total + size, manifest.config.size);
  return Math.min(sum, Number.MAX_SAFE_INTEGER);
}

function layerFact(layer: Descriptor, index: number, diffId?: Digest, history?: number): LayerFact {
  return {
    index,
    digest: layer.digest,
    mediaType: layer.mediaType,
    size: layer.size,
    ...(diffId === undefined ? {} : { diffId }),
    kind: layerKindOf(layer),
    ...(history === undefined ? {} : { history }),
  };
}

/** Entries that a later one of the same name replaces at run time stay: they are in the image. */
function environmentEntry(entry: string): { readonly name: string; readonly value: string } {
  const equals = entry.indexOf('=');
  return equals === -1 ? { name: entry, value: '' } : { name: entry.slice(0, equals), value: entry.slice(equals + 1) };
}

const baseName = 'org.opencontainers.image.base.name';
const baseDigest = 'org.opencontainers.image.base.digest';

/** buildah writes both keys with empty values for images from scratch: a key alone says nothing. */
function baseImage(
  annotations: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): Pick<RunnableImageFacts, 'base'> {
  const name = annotations[baseName] || labels[baseName];
  const digest = annotations[baseDigest] || labels[baseDigest];
  if (!name && !digest) return {};
  return { base: { ...(name ? { name } : {}), ...(digest ? { digest } : {}) } };
}

/** Which layer a row of history made is known only once all of history is read. */
function withLayer(secret: SecretFact, history: readonly HistoryFact[]): SecretFact {
  if (secret.place.kind !== 'history') return secret;
  const layer = history[secret.place.history]?.layer;
  return layer === undefined ? secret : { ...secret, place: { ...secret.place, layer } };
}
