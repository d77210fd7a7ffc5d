// Reads what the layers of an image tell: from what is kept, else from the source, each layer once for all who ask.
import { Fault, faultFromUnknown } from '../base/fault.ts';
import { formatBytes } from '../base/quantity.ts';
import type { Digest } from '../oci/digest.ts';
import type { LayerFact, RunnableImageFacts } from './image-facts.ts';
import type { KnownBases } from './known-bases.ts';
import { LastingFaults } from './lasting-faults.ts';
import { LayerDeliveries, type LayerDeliveriesDeps, type LayerWish } from './layer-deliveries.ts';
import type { EncodedLayer } from './layer-record.ts';
import type { FoldOutcome } from './layer-work.ts';

interface ContentWish extends Omit<LayerWish, 'isWaited'> {
  /** `reader.access.signal` ends the wait, and nothing else: what is being read is read to its end. */
  readonly facts: RunnableImageFacts;
}

export interface ContentReader {
  /**
   * The facts with the content of the layers, as they are then kept.
   * @throws Fault `image/pending` when the wait ended first, with how far the reading is; else as `readLayer`, `openLayer` and `fold` do.
   */
  read(wish: ContentWish): Promise<RunnableImageFacts>;
  /** Gives up what is being read, and keeps no other replica from it. */
  close(): Promise<void>;
}

type SharedWish = ContentWish & Pick<LayerWish, 'isWaited'>;

/** The layers of one image under way. */
interface Flight {
  readonly result: Promise<RunnableImageFacts>;
  readonly parts: LayerPart[];
  /** How many wait for it. */
  waiters: number;
}

interface LayerPart {
  readonly bytes: number;
  readBytes(): number;
  raise(): void;
}

export interface ContentReaderDeps extends LayerDeliveriesDeps {
  readonly bases: KnownBases;
  /** Told of layers of which something was kept that cannot be read; they are read again. */
  readonly onUnreadable?: (digest: Digest) => void;
}

export function createContentReader(deps: ContentReaderDeps): ContentReader {
  const { store, work, bases, onUnreadable } = deps;
  const deliveries = new LayerDeliveries(deps);
  const flights = new Map<string, Flight>();
  const foldFaults = new LastingFaults();

  function start(key: string, wish: ContentWish): Flight {
    const parts: LayerPart[] = [];
    // The wish's own signal ends with its review; what is read for it does not.
    const reader = { ...wish.reader, access: { keyring: wish.reader.access.keyring, signal: endless } };
    const isWaited = (): boolean => flight.waiters > 0;
    const result = readAll({ ...wish, reader, isWaited }, parts).finally(() => flights.delete(key));
    result.catch(() => undefined);
    const flight: Flight = { result, parts, waiters: 0 };
    flights.set(key, flight);
    return flight;
  }

  async function readAll(wish: SharedWish, parts: LayerPart[]): Promise<RunnableImageFacts> {
    const { facts } = wish;
    let outcome = await fold(wish, await readLayers(wish, parts));
    if (outcome.kind === 'unreadable') {
      await Promise.all(outcome.layers.map(forget));
      parts.length = 0;
      outcome = await fold(wish, await readLayers(wish, parts));
    }
    if (outcome.kind === 'unreadable') throw new Fault('internal', 'what was read of a layer cannot be read again');
    const coverage = { ...facts.coverage, read: facts.layers.length };
    const complete: RunnableImageFacts = { ...facts, coverage, content: outcome.content };
    await store.put(facts.digest, { kind: 'facts', facts: complete });
    return complete;
  }

  async function fold({ facts }: SharedWish, layers: readonly EncodedLayer[]): Promise<FoldOutcome> {
    foldFaults.refuseKnown(facts.digest);
    try {
      return await work.fold({ layers, user: facts.user, bases: bases.evidenceFor(facts) });
    } catch (thrown) {
      // A full queue says nothing of the image.
      if (thrown instanceof Fault && thrown.limit === 'maxQueuedFolds') {
        throw new Fault(
          'image/pending',
          'the layers of too many images wait to be put together; this one is next time',
        );
      }
      foldFaults.remember(facts.digest, thrown);
      throw thrown;
    }
  }

  async function forget(digest: Digest): Promise<void> {
    onUnreadable?.(digest);
    await store.forgetLayer(digest);
  }

  /** In their order. What is said of a layer is held against its bytes each time that it is said. */
  function readLayers(wish: SharedWish, parts: LayerPart[]): Promise<readonly EncodedLayer[]> {
    const { layers } = wish.facts;
    const readings = layers.map((layer) => {
      const delivery = deliveries.deliver(layer, wish);
      let isDone = false;
      const markDone = (): void => {
        isDone = true;
      };
      delivery.result.then(markDone, markDone);
      parts.push({
        bytes: layer.size,
        readBytes: () => (isDone ? layer.size : delivery.readBytes()),
        raise: () => delivery.raise(),
      });
      return delivery.result.catch((thrown) => Promise.reject(inLayer(thrown, layer, layers.length)));
    });
    return Promise.all(readings);
  }

  async function read(wish: ContentWish): Promise<RunnableImageFacts> {
    const { access, reference } = wish.reader;
    const key = `${reference.host}/${reference.repository}@${wish.facts.digest}`;
    const joined = flights.get(key);
    const flight = joined ?? start(key, wish);
    if (wish.priority === 'waiting') for (const part of flight.parts) part.raise();
    try {
      return await beforeAbort(flight, access.signal);
    } catch (thrown) {
      // Somebody else's credentials may have failed where one's own do not.
      const fault = faultFromUnknown(thrown);
      if (joined === undefined || fault.code !== 'registry/unauthorized') throw fault;
      return read(wish);
    }
  }

  return { read, close: () => deliveries.close() };
}

/** Whoever is told looks for the layer by its number; the limit, and when to come again, stay what they are. */
function inLayer(thrown: unknown, { index }: LayerFact, count: number): Fault {
  const { code, message, limit, retryAtMs } = faultFromUnknown(thrown);
  if (code === 'image/pending') return new Fault(code, message);
  return new Fault(code, `layer ${index + 1} of ${count}: ${message}`, {
    cause: thrown,
    ...(limit === undefined ? {} : { limit }),
    ...(retryAtMs === undefined ? {} : { retryAtMs }),
  });
}

const endless = new AbortController().signal;

async function beforeAbort(flight: Flight, signal: AbortSignal): Promise<RunnableImageFacts> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(pending(flight.parts));
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  flight.waiters += 1;
  try {
    return await Promise.race([aborted, flight.result]);
  } finally {
    flight.waiters -= 1;
    signal.removeEventListener('abort', leave);
  }
}

function pending(parts: readonly LayerPart[]): Fault {
  const done = parts.filter((part) => part.readBytes() >= part.bytes).length;
  const sum = (numbers: readonly number[]): string => formatBytes(numbers.reduce((total, one) => total + one, 0));
  const read = sum(parts.map((part) => part.readBytes()));
  const bytes = sum(parts.map((part) => part.bytes));
  const progress = `${done} of ${parts.length} layers, ${read} of ${bytes} so far`;
  return new Fault('image/pending', `the layers of the image are still being read: ${progress}`);
}
