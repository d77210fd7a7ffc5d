// Brings single layers: kept ones to whom they may be shown, all others from the source, once for all images that have them.
import { Fault, type FaultCode, faultFromUnknown } from '../base/fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reader } from './document-reader.ts';
import type { FactsStore } from './facts-store.ts';
import { type HeldClaim, holdClaim, type Pause } from './held-claim.ts';
import type { LayerFact } from './image-facts.ts';
import type { Grant, ImageSource } from './image-source.ts';
import { LastingFaults } from './lasting-faults.ts';
import { type EncodedLayer, isCurrent, isReadable } from './layer-record.ts';
import type { LayerReading, LayerWork, Priority } from './layer-work.ts';
import { mayServe, type StoredLayer } from './stored-layer.ts';

export interface LayerDeliveriesDeps {
  readonly source: Pick<ImageSource, 'channelToLayer' | 'openLayer' | 'hasLayer'>;
  readonly store: FactsStore;
  readonly work: LayerWork;
  readonly pause: Pause;
}

/** On whose behalf layers are brought, and how much that matters. */
export interface LayerWish {
  readonly reader: Reader;
  /** Whose permission opened the manifest: the layers are read with the same. */
  readonly grant: Grant;
  readonly tenant: string;
  readonly priority: Priority;
  /** Whether anybody waits for the image still. What is being read is read to its end all the same. */
  readonly isWaited: () => boolean;
}

/** One layer on its way. */
export interface Delivery {
  /** @throws Fault. */
  readonly result: Promise<EncodedLayer>;
  /** Bytes of the blob that have come so far. */
  readBytes(): number;
  raise(): void;
}

/** A layer being read for the first repository that wanted it. */
interface Flight {
  readonly result: Promise<StoredLayer>;
  /** Whether anybody waits for the images that joined it. */
  readonly waited: Set<() => boolean>;
  reading: LayerReading | undefined;
  isRaised: boolean;
}

/** What a layer is wanted as, and for whom. */
interface Wanted {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  readonly wish: LayerWish;
  /** Whose bytes prove a layer: a repository of a registry. */
  readonly registry: string;
}

/** How often a replica looks whether another one has read a layer. */
const lookEveryMs = 1_000;

/** What another repository's reading came to says nothing of one's own. */
const ofWhoeverBegan: ReadonlySet<FaultCode> = new Set(['registry/unauthorized', 'registry/not-found']);

export class LayerDeliveries {
  readonly #deps: LayerDeliveriesDeps;
  readonly #flights = new Map<string, Flight>();
  readonly #faults = new LastingFaults();
  readonly #closing = new AbortController();

  constructor(deps: LayerDeliveriesDeps) {
    this.#deps = deps;
  }

  deliver(layer: LayerFact, wish: LayerWish): Delivery {
    const { host, repository } = wish.reader.reference;
    let flight: Flight | undefined;
    let isRaised = wish.priority === 'waiting';
    const result = this.#bring(layer, wish, `${host}/${repository}`, (joined) => {
      flight = joined;
      if (isRaised) raise(joined);
    });
    result.catch(() => undefined);
    return {
      result,
      readBytes: () => {
        const progress = flight?.reading?.progress();
        return progress?.state === 'reading' ? progress.readBytes : 0;
      },
      raise: () => {
        isRaised = true;
        if (flight !== undefined) raise(flight);
      },
    };
  }

  /** Gives up what is being read, and resolves when all of it has ended and no other replica is kept from it. Nothing begins any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    const flights = [...this.#flights.values()];
    for (const { reading } of flights) reading?.cancel();
    await Promise.allSettled(flights.map(({ result }) => result));
  }

  async #bring(
    layer: LayerFact,
    wish: LayerWish,
    registry: string,
    onFlight: (flight: Flight) => void,
  ): Promise<EncodedLayer> {
    const wanted = { ...wantedAs(layer), wish, registry };
    const kept = await this.#deps.store.getLayer(layer.digest);
    // What an older revision found still decides; it is read again only when nobody waits.
    const isGood = wish.priority === 'waiting' ? isReadable : isCurrent;
    if (kept !== undefined && isGood(kept.layer)) return this.#serve(kept, wanted);
    return this.#serve(await this.#fly(wanted, onFlight), wanted);
  }

  /**
   * Joins a reading under way, or starts one; also when the one that was joined failed for the credentials or the repository of whoever
   * began it. Only those share one who say the same of the layer.
   */
  async #fly(wanted: Wanted, onFlight: (flight: Flight) => void): Promise<StoredLayer> {
    const { descriptor, diffId, wish } = wanted;
    const key = `${wish.reader.reference.host} ${descriptor.digest} ${descriptor.size} ${diffId}`;
    this.#faults.refuseKnown(key);
    const joined = this.#flights.get(key);
    const flight = joined ?? this.#start(key, wanted);
    flight.waited.add(wish.isWaited);
    onFlight(flight);
    try {
      return await flight.result;
    } catch (thrown) {
      if (joined === undefined || !ofWhoeverBegan.has(faultFromUnknown(thrown).code)) throw thrown;
      return this.#fly(wanted, onFlight);
    }
  }

  /** @throws Fault `integrity/diff-id`, `integrity/size`, `registry/*`. */
  async #serve(stored: StoredLayer, { descriptor, diffId, wish, registry }: Wanted): Promise<EncodedLayer> {
    const { source, store } = this.#deps;
    const { reference, access } = wish.reader;
    if (!mayServe(stored, registry)) {
      const isThere = await source.hasLayer(reference, descriptor, access);
      if (!isThere) throw new Fault('registry/not-found', 'the registry does not have a layer that the manifest names');
      await store.putLayer({ layer: stored.layer, provenBy: [{ registry, anonymous: wish.grant === 'anonymous' }] });
    }
    // The bytes are what the digest says, so it is the manifest or the config that does not tell the truth.
    if (stored.layer.size !== descriptor.size) {
      throw new Fault('integrity/size', 'a layer has another size than its descriptor says');
    }
    if (stored.layer.diffId !== diffId) {
      throw new Fault('integrity/diff-id', 'the content of a layer is not what the config says');
    }
    return stored.layer;
  }

  #start(key: string, wanted: Wanted): Flight {
    const outcome = Promise.withResolvers<StoredLayer>();
    const flight: Flight = { result: outcome.promise, waited: new Set(), reading: undefined, isRaised: false };
    this.#flights.set(key, flight);
    const end = (): boolean => this.#flights.delete(key);
    flight.result.then(end, (thrown) => {
      end();
      this.#faults.remember(key, thrown);
    });
    outcome.resolve(this.#read(wanted, flight));
    return flight;
  }

  async #read(wanted: Wanted, flight: Flight): Promise<StoredLayer> {
    const { store, pause } = this.#deps;
    const { digest } = wanted.descriptor;
    for (;;) {
      const read = await this.#readHere(wanted, flight);
      if (read !== undefined) return read;
      const kept = await store.getLayer(digest);
      if (kept !== undefined && isCurrent(kept.layer)) return kept;
      if (![...flight.waited].some((isWaited) => isWaited())) throw readElsewhere();
      await pause(lookEveryMs, this.#closing.signal);
    }
  }

  /**
   * Undefined when another replica is at it, or was. Only that is claimed whose turn it is: what waits in the line of one replica may be
   * read by another.
   */
  async #readHere(wanted: Wanted, flight: Flight): Promise<StoredLayer | undefined> {
    const { source, store, work, pause } = this.#deps;
    const { descriptor, diffId, wish, registry } = wanted;
    const { reference, access } = wish.reader;
    if (this.#closing.signal.aborted) throw new Fault('cancelled', 'layers are no longer read');
    const elsewhere = readElsewhere();
    let claiming: Promise<HeldClaim | undefined> | undefined;
    const reading = work.read({
      descriptor,
      diffId,
      open: async (signal) => {
        // A host that is slow holds up its own images alone, also where others have the same layer.
        claiming ??= holdClaim(store, `layer ${reference.host} ${descriptor.digest}`, pause);
        if ((await claiming) === undefined) throw elsewhere;
        const kept = await store.getLayer(descriptor.digest);
        if (kept !== undefined && isCurrent(kept.layer)) throw elsewhere;
        const granted = { keyring: access.keyring, signal };
        return (
          source.channelToLayer?.(reference, descriptor, granted) ?? source.openLayer(reference, descriptor, granted)
        );
      },
      priority: wish.priority,
      host: reference.host,
      tenant: wish.tenant,
    });
    flight.reading = reading;
    if (flight.isRaised) reading.raise();
    try {
      const layer = await reading.result;
      const stored = { layer, provenBy: [{ registry, anonymous: wish.grant === 'anonymous' }] };
      await store.putLayer(stored);
      return stored;
    } catch (thrown) {
      if (thrown === elsewhere) return undefined;
      throw refusal(thrown);
    } finally {
      (await claiming)?.release();
    }
  }
}

function readElsewhere(): Fault {
  return new Fault('image/pending', 'another replica reads a layer of the image');
}

/** A full queue says nothing of the layer. */
function refusal(thrown: unknown): unknown {
  if (!(thrown instanceof Fault && thrown.limit === 'maxQueuedLayers')) return thrown;
  return new Fault('image/pending', 'too many layers wait to be read already; this one is read when they are done');
}

function raise(flight: Flight): void {
  flight.isRaised = true;
  flight.reading?.raise();
}

/** @throws Fault `image/unsupported` for what is no archive of files: it is not downloaded. */
function wantedAs({ kind, digest, size, mediaType, diffId }: LayerFact): Pick<Wanted, 'descriptor' | 'diffId'> {
  if (kind !== 'tar' || diffId === undefined) {
    throw new Fault('image/unsupported', `a layer is of ${kind} kind; its content is not read`);
  }
  return { descriptor: { digest, size, mediaType, urls: [], annotations: {} }, diffId };
}
