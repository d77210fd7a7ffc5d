// Reads one reference: which digest it names, which of its platforms are asked for, and the facts of each.
import { Fault, faultFromUnknown } from '../base/fault.ts';
import { oncePerObject } from '../base/once-per-object.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { type DocumentLimits, defaultDocumentLimits } from '../oci/limits.ts';
import type { ImageIndex } from '../oci/manifest.ts';
import { isUnknownPlatform, unknownPlatformPart } from '../oci/platform.ts';
import type { ImageReference } from '../oci/reference.ts';
import type { ContentReader } from './content-reader.ts';
import {
  createDocumentReader,
  type DocumentReader,
  type ManifestBytes,
  type Reader,
  type ReadTarget,
} from './document-reader.ts';
import type { FactsStore, StoredDocument } from './facts-store.ts';
import type { ImageFacts } from './image-facts.ts';
import type { ImageSource, Resolution } from './image-source.ts';
import {
  manifestEntries,
  nothingToRun,
  type PlacedEntry,
  platformMissing,
  platformsOf,
  selectEntries,
} from './index-entries.ts';
import type {
  Inspect,
  Inspection,
  InspectRequest,
  PlatformInspection,
  PlatformSelection,
  ReadInspection,
} from './inspection.ts';
import { isContentAtHand, withContent } from './with-content.ts';

export interface InspectOptions {
  readonly source: ImageSource;
  readonly store: FactsStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly limits?: DocumentLimits;
  /** Absent where layers are not read: images whose content is wanted are `image/unsupported`. */
  readonly content?: ContentReader;
}

/**
 * Makes the one way in which images are read. Facts are put into the store; documents that several callers want at once are fetched once.
 *
 * A single manifest is judged whatever architecture is asked for, because runtimes do not compare its platform with their own; only one of
 * another operating system than every platform asked for is refused, because it would be judged by rules that do not hold where it runs.
 * In an index the entry's platform decides, as it does for a runtime. A config of another operating system is a contradiction;
 * one of another architecture is a builder's frequent mistake, and changes nothing.
 */
export function createInspect(options: InspectOptions): Inspect {
  const { source, limits = defaultDocumentLimits } = options;
  const documents = createDocumentReader({ ...options, limits });

  /** A single manifest of which all that is asked is in memory, and which the caller is known to be allowed to read. */
  function atHand(request: InspectRequest): Inspection | undefined {
    const { reference, access, platforms } = request;
    const resolution = source.atHand?.(reference, access.keyring);
    if (resolution === undefined) return undefined;
    const document = documents.atHand(reference, resolution.digest);
    if (document?.kind !== 'facts' || !isForAny(document.facts, platforms)) return undefined;
    const inspection = readFrom(resolution, foundIn(document.facts), { reference, isIndex: false, fetched: false });
    return isContentAtHand(inspection, request) ? inspection : undefined;
  }

  async function read(request: InspectRequest): Promise<Inspection> {
    let digest: Digest | undefined;
    try {
      let recalled: RecalledDocument | undefined;
      const resolution = await source.resolve(request.reference, request.access, async (candidate) => {
        const document = await documents.recall(request.reference, candidate);
        recalled = document === undefined ? undefined : { digest: candidate, document };
        return document !== undefined;
      });
      digest = resolution.digest;
      const inspected = await inspectResolved({ request, resolution, recalled, documents, limits });
      return await withContent(inspected, request, options.content);
    } catch (thrown) {
      return { kind: 'fault', fault: faultFromUnknown(thrown), ...(digest === undefined ? {} : { digest }) };
    }
  }

  return (request) => atHand(request) ?? read(request);
}

/** What the store held while the reference was resolved; it need not be looked up again. */
interface RecalledDocument {
  readonly digest: Digest;
  readonly document: StoredDocument;
}

interface Resolved {
  readonly request: InspectRequest;
  readonly resolution: Resolution;
  readonly recalled: RecalledDocument | undefined;
  readonly documents: DocumentReader;
  readonly limits: DocumentLimits;
}

async function inspectResolved(resolved: Resolved): Promise<ReadInspection> {
  const { request, resolution, recalled, documents, limits } = resolved;
  const { digest, credential } = resolution;
  const { reference, access, platforms } = request;
  const reader: Reader = { reference, access, credential };
  const reading = new Reading(documents, reader);
  const brought = broughtBy(resolution);
  const isRecalled = brought === undefined && recalled?.digest === digest;
  const document = isRecalled ? recalled.document : await reading.document({ digest }, brought);
  const found =
    document.kind === 'facts'
      ? singleManifest(document.facts, platforms)
      : await inspectIndex(document.index, { request, reading, limits });
  return readFrom(resolution, found, { reference, isIndex: document.kind === 'index', fetched: reading.fetched });
}

function readFrom(
  { digest, grant, credential, staleSince }: Resolution,
  { available, platforms }: Found,
  about: { readonly reference: ImageReference; readonly isIndex: boolean; readonly fetched: boolean },
): ReadInspection {
  const { reference, isIndex, fetched } = about;
  // A tag is asked for its digest; a digest whose authorisation lives is not asked for at all.
  const cache = fetched ? 'miss' : reference.digest === undefined ? 'revalidated' : 'hit';
  const read = { kind: 'read', digest, isIndex, available, platforms, grant, credential, cache } as const;
  return staleSince === undefined ? read : { ...read, staleSince };
}

function broughtBy({ document, mediaType }: Resolution): ManifestBytes | undefined {
  if (document === undefined) return undefined;
  return { bytes: document, ...(mediaType === undefined ? {} : { mediaType }) };
}

type Found = Pick<ReadInspection, 'available' | 'platforms'>;

function singleManifest(facts: ImageFacts, selection: PlatformSelection): Found {
  const found = foundIn(facts);
  if (isForAny(facts, selection)) return found;
  throw platformMissing(selection, found.available);
}

const foundIn = oncePerObject((facts: ImageFacts): Found => {
  const { digest } = facts;
  const outcome = { kind: 'facts', facts } as const;
  if (facts.kind === 'artifact') return { available: [], platforms: [{ digest, outcome }] };
  return { available: [facts.platform], platforms: [{ platform: facts.platform, digest, outcome }] };
});

/** Whether it is of an operating system that is asked for. */
function isForAny(facts: ImageFacts, selection: PlatformSelection): boolean {
  if (facts.kind === 'artifact' || selection === 'all') return true;
  const { os } = facts.platform;
  return os === unknownPlatformPart || selection.some((wanted) => wanted.os === os);
}

interface IndexContext {
  readonly request: InspectRequest;
  readonly reading: Reading;
  readonly limits: DocumentLimits;
}

async function inspectIndex(index: ImageIndex, { request, reading, limits }: IndexContext): Promise<Found> {
  const entries = await manifestEntries(index, (nested) => reading.index(nested), limits);
  const located = await Promise.all(entries.map((entry) => locate(entry, reading)));
  const placed = located.flatMap((one) => (one.kind === 'placed' ? [one.entry] : []));
  const selected = await Promise.all(
    selectEntries(request.platforms, placed).map((entry) => inspectEntry(entry, reading)),
  );
  // What cannot be placed may be what runs, so it is part of every answer; artifacts only where there is nothing else.
  const unplaced = located.flatMap((one) => (one.kind === 'unplaced' ? [one.inspection] : []));
  const artifacts = located.flatMap((one) => (one.kind === 'artifact' ? [one.inspection] : []));
  const runnable = [...selected, ...unplaced];
  const platforms = placed.length + unplaced.length > 0 ? runnable : artifacts;
  if (platforms.length === 0) throw nothingToRun(index, placed, request.platforms);
  return { available: platformsOf(placed), platforms };
}

type Location =
  | { readonly kind: 'placed'; readonly entry: PlacedEntry }
  | { readonly kind: 'unplaced' | 'artifact'; readonly inspection: PlatformInspection }
  | { readonly kind: 'nowhere' };

/** An entry without platform is placed by its config, as containerd does. */
async function locate(descriptor: Descriptor, reading: Reading): Promise<Location> {
  if (descriptor.platform !== undefined) {
    return { kind: 'placed', entry: { descriptor, platform: descriptor.platform, from: 'index' } };
  }
  const { digest } = descriptor;
  const outcome = await reading.outcome(descriptor);
  if (outcome.kind === 'fault') return { kind: 'unplaced', inspection: { digest, outcome } };
  const { facts } = outcome;
  if (facts.kind === 'artifact') return { kind: 'artifact', inspection: { digest, outcome } };
  if (isUnknownPlatform(facts.platform)) return { kind: 'nowhere' };
  return { kind: 'placed', entry: { descriptor, platform: facts.platform, from: 'config' } };
}

async function inspectEntry({ descriptor, platform }: PlacedEntry, reading: Reading): Promise<PlatformInspection> {
  const { digest } = descriptor;
  const outcome = await reading.outcome(descriptor);
  if (outcome.kind === 'fault' || outcome.facts.kind === 'artifact') return { platform, digest, outcome };
  const { os } = outcome.facts.platform;
  if (os === platform.os || os === unknownPlatformPart) return { platform, digest, outcome };
  const fault = new Fault(
    'integrity/ambiguous',
    'the index announces the image for another operating system than its config',
  );
  return { platform, digest, outcome: { kind: 'fault', fault } };
}

/** The reads of one inspection, which remember whether the source was asked. */
class Reading {
  readonly #documents: DocumentReader;
  readonly #reader: Reader;
  #fetched = false;

  constructor(documents: DocumentReader, reader: Reader) {
    this.#documents = documents;
    this.#reader = reader;
  }

  get fetched(): boolean {
    return this.#fetched;
  }

  async document(target: ReadTarget, brought?: ManifestBytes): Promise<StoredDocument> {
    const { document, fetched } = await this.#documents.read(this.#reader, target, brought);
    this.#fetched ||= fetched;
    return document;
  }

  async index(target: Descriptor): Promise<ImageIndex> {
    const document = await this.document(target);
    if (document.kind === 'index') return document.index;
    throw new Fault('integrity/media-type', 'the index announces an index where a manifest lies');
  }

  /** Of one entry: a failure is its own and stays with it. */
  async outcome(target: Descriptor): Promise<PlatformInspection['outcome']> {
    try {
      const document = await this.document(target);
      if (document.kind === 'facts') return { kind: 'facts', facts: document.facts };
      throw new Fault('integrity/media-type', 'the index announces a manifest where an index lies');
    } catch (thrown) {
      return { kind: 'fault', fault: faultFromUnknown(thrown) };
    }
  }
}
