// Reads what one digest names, as facts or as an index: from the store where that is allowed, else from the source, once for all who ask.
import { LRUCache } from 'lru-cache';
import { oncePerObject } from '../base/once-per-object.ts';
import { createSingleFlight } from '../base/single-flight.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { parseImageConfig } from '../oci/image-config.ts';
import type { DocumentLimits } from '../oci/limits.ts';
import { type ImageIndex, type ImageManifest, parseManifest } from '../oci/manifest.ts';
import { isImageConfigType } from '../oci/media-type.ts';
import type { ImageReference } from '../oci/reference.ts';
import type { FactsStore, StoredDocument } from './facts-store.ts';
import { factsSchema, type ImageFacts } from './image-facts.ts';
import type { Access, ImageSource } from './image-source.ts';
import { artifactFacts, surfaceFacts } from './surface-facts.ts';

export interface DocumentReaderOptions {
  readonly source: ImageSource;
  readonly store: FactsStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly limits: DocumentLimits;
}

/** On whose behalf something is read. */
export interface Reader {
  readonly reference: ImageReference;
  readonly access: Access;
  /** `Resolution.credential`: only callers with the same one share a read. */
  readonly credential: string;
}

export type ReadTarget = Pick<Descriptor, 'digest'> & Partial<Descriptor>;

export interface DocumentReader {
  /** What a digest names, where it may be answered from the store for this repository. */
  recall(reference: ImageReference, digest: Digest): Promise<StoredDocument | undefined>;
  /** The same at once, from the memory of this process; undefined says nothing. */
  atHand(reference: ImageReference, digest: Digest): StoredDocument | undefined;
  /**
   * @param brought the verified document, when resolving brought it.
   * @returns `fetched` is false when nothing was asked of the source.
   * @throws Fault, and the reason of an aborted `access.signal`.
   */
  read(reader: Reader, target: ReadTarget, brought?: ManifestBytes): Promise<ReadDocument>;
}

export interface ManifestBytes {
  readonly bytes: Uint8Array;
  readonly mediaType?: string;
}

interface ReadDocument {
  readonly document: StoredDocument;
  readonly fetched: boolean;
}

/** One shared read ends by then, whoever waits; longer than any admission waits, so that a retry finds the facts. */
const sharedReadDeadlineMs = 30_000;

/** Pairs of repository and digest; forgetting one costs one request. */
const maxDeliveries = 50_000;

export function createDocumentReader({ source, store, now, limits }: DocumentReaderOptions): DocumentReader {
  const flights = createSingleFlight<StoredDocument>({ deadlineMs: sharedReadDeadlineMs });
  // Facts of a private image must not answer for a repository that merely names its digest: only what a repository
  // has delivered itself is served to those who may read that repository.
  const delivered = new LRUCache<string, true>({ max: maxDeliveries });

  async function recall(reference: ImageReference, digest: Digest): Promise<StoredDocument | undefined> {
    return delivered.get(placeOf(reference, digest)) === true ? readable(await store.get(digest)) : undefined;
  }

  async function fetchDocument(reader: Reader, target: ReadTarget, brought?: ManifestBytes): Promise<StoredDocument> {
    const { bytes, mediaType } = brought ?? (await source.readManifest(reader.reference, target, reader.access));
    delivered.set(placeOf(reader.reference, target.digest), true);
    const known = readable(await store.get(target.digest));
    if (known !== undefined) return known;
    const origin = { contentType: mediaType, expectedMediaType: target.mediaType };
    const manifest = parseManifest(bytes, origin, limits);
    const document: StoredDocument =
      manifest.kind === 'index'
        ? { kind: 'index', index: whatNames(manifest) }
        : { kind: 'facts', facts: await readFacts(reader, target.digest, manifest) };
    await store.put(target.digest, document);
    return document;
  }

  async function readFacts(reader: Reader, digest: Digest, manifest: ImageManifest): Promise<ImageFacts> {
    const readAt = new Date(now()).toISOString();
    const { config } = manifest;
    if (!isImageConfigType(config.mediaType)) return artifactFacts({ digest, manifest, readAt });
    const bytes = config.data ?? (await source.readConfig(reader.reference, config, reader.access));
    return surfaceFacts({ digest, manifest, readAt, config: parseImageConfig(bytes, limits) });
  }

  return {
    recall,

    atHand(reference, digest) {
      return delivered.get(placeOf(reference, digest)) === true ? readable(store.atHand(digest)) : undefined;
    },

    async read(reader, target, brought) {
      const place = placeOf(reader.reference, target.digest);
      if (brought !== undefined) delivered.set(place, true);
      const known = await recall(reader.reference, target.digest);
      if (known !== undefined) return { document: known, fetched: brought !== undefined };
      const { keyring, signal } = reader.access;
      const document = await flights.run(`${place} ${reader.credential}`, signal, (shared) =>
        fetchDocument({ ...reader, access: { keyring, signal: shared } }, target, brought),
      );
      return { document, fetched: true };
    },
  };
}

/** Facts that another revision wrote may lack what this one asks for. */
function readable(document: StoredDocument | undefined): StoredDocument | undefined {
  return document?.kind === 'facts' && document.facts.schema !== factsSchema ? undefined : document;
}

function placeOf(reference: ImageReference, digest: Digest): string {
  return digest === reference.digest ? ownPlaceOf(reference) : `${repositoryOf(reference)}@${digest}`;
}

/** Where the reference names the digest itself. */
const ownPlaceOf = oncePerObject((reference: ImageReference) => `${repositoryOf(reference)}@${reference.digest}`);

function repositoryOf({ host, repository }: ImageReference): string {
  return `${host}/${repository}`;
}

/**
 * What names its entries. Embedded content was checked and has served; nobody asks for annotations, in which a credential may stand as in
 * any other text.
 */
function whatNames(index: ImageIndex): ImageIndex {
  const manifests = index.manifests.map(({ data: _data, ...entry }) => ({ ...entry, annotations: {}, urls: [] }));
  return { ...index, annotations: {}, manifests };
}
