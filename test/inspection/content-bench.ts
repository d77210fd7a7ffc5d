// What the tests of reading layers share: images, a reader over what they have, a clock that only tests move, and short words for what comes of it.
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import { type ContentReader, createContentReader } from '../../src/inspection/content-reader.ts';
import type { FactsStore } from '../../src/inspection/facts-store.ts';
import type { RunnableImageFacts } from '../../src/inspection/image-facts.ts';
import type { Grant } from '../../src/inspection/image-source.ts';
import { KnownBases } from '../../src/inspection/known-bases.ts';
import type { EncodedLayer } from '../../src/inspection/layer-record.ts';
import type { LayerReading, LayerTask, Priority } from '../../src/inspection/layer-work.ts';
import { surfaceFacts } from '../../src/inspection/surface-facts.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { parseImageConfig } from '../../src/oci/image-config.ts';
import { defaultDocumentLimits } from '../../src/oci/limits.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { type BuiltImage, image } from '../support/image.ts';
import { createDirectLayerWork } from '../support/layer-work.ts';
import { file, whiteout } from '../support/tar.ts';
import { mapStore } from './inspect-bench.ts';

const base = image().layer([file('base', 'b'.repeat(2000))]);
export const one = base.layer([file('one', 'x')]).build();
export const other = base.layer([file('two', 'y'), whiteout('base')]).build();

export function factsOf(built: BuiltImage): RunnableImageFacts {
  const manifest = parseManifest(
    built.bytes,
    { contentType: undefined, expectedMediaType: undefined },
    defaultDocumentLimits,
  );
  assert.ok(manifest.kind !== 'index' && built.config !== undefined);
  const config = parseImageConfig(built.config.bytes, defaultDocumentLimits);
  return surfaceFacts({ digest: built.digest, manifest, config, readAt: '2026-11-23T10:00:00.000Z' });
}

interface Asked {
  readonly host?: string;
  readonly repository?: string;
  readonly grant?: Grant;
  readonly credential?: string;
  readonly signal?: AbortSignal;
  readonly priority?: Priority;
}

/** A reader over what these images have; `has` tells which repositories have their layers, and `before` holds up the work. */
export function bench(
  images: readonly BuiltImage[],
  {
    has = () => true,
    before,
    store = mapStore(),
    refuse = () => undefined,
    spoil = (layer) => layer,
    until,
    beforeFold,
    clock = new Clock(),
  }: {
    readonly has?: (repository: string) => boolean;
    readonly before?: (task: LayerTask) => Promise<void>;
    readonly store?: FactsStore;
    readonly refuse?: (repository: string, digest: Digest) => Fault | undefined;
    /** What becomes of a record between reading and keeping. */
    readonly spoil?: (layer: EncodedLayer) => EncodedLayer;
    /** When the bytes of a layer come, once it is opened. */
    readonly until?: Promise<void>;
    readonly beforeFold?: () => Promise<void>;
    readonly clock?: Clock;
  } = {},
) {
  const unreadable: string[] = [];
  const opened: string[] = [];
  const heads: string[] = [];
  const blobs = new Map(images.flatMap(({ layers }) => layers.map(({ digest, bytes }) => [digest, bytes] as const)));
  const work = createDirectLayerWork(before, beforeFold);
  const content = createContentReader({
    source: {
      openLayer: async ({ repository }, { digest }) => {
        opened.push(`${repository} ${digest}`);
        const fault = refuse(repository, digest);
        if (fault !== undefined) throw fault;
        const bytes = blobs.get(digest);
        assert.ok(bytes);
        return (async function* () {
          await until;
          yield bytes;
        })();
      },
      hasLayer: async ({ repository }, { digest }) => {
        heads.push(`${repository} ${digest}`);
        return has(repository);
      },
    },
    store,
    work: { ...work, read: (task) => spoilt(work.read(task), spoil), fold: (task) => work.fold(task) },
    onUnreadable: (digest) => unreadable.push(digest),
    bases: new KnownBases(),
    pause: clock.pause,
  });
  return { content, work, store, opened, heads, unreadable, clock };
}

function spoilt(reading: LayerReading, spoil: (layer: EncodedLayer) => EncodedLayer): LayerReading {
  return { ...reading, result: reading.result.then(spoil) };
}

export async function ask(content: ContentReader, facts: RunnableImageFacts, asked: Asked = {}) {
  const { content: found } = await factsFor(content, facts, asked);
  assert.ok(found);
  return found;
}

export function factsFor(content: ContentReader, facts: RunnableImageFacts, asked: Asked = {}) {
  const {
    host = 'registry.example.com',
    repository = 'app',
    grant = 'anonymous',
    credential = grant,
    priority = 'waiting',
  } = asked;
  const { signal = new AbortController().signal } = asked;
  const access = { keyring: { lookup: async () => [] }, signal };
  const reference = parseReference(`${host}/${repository}:1`);
  return content.read({ facts, reader: { reference, access, credential }, grant, tenant: 'shop', priority });
}

export const code = (wanted: FaultCode) => (thrown: unknown) => thrown instanceof Fault && thrown.code === wanted;

/** A promise, and what resolves it. */
export function held(): { readonly until: Promise<void>; readonly release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { until: promise, release: resolve };
}

/** Time that passes when a test says so. */
export class Clock {
  nowMs = Date.parse('2026-11-23T10:00:00Z');
  readonly #waiting = new Set<{ readonly atMs: number; readonly wake: () => void }>();

  readonly now = (): number => this.nowMs;

  readonly pause = async (ms: number, signal: AbortSignal): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = { atMs: this.nowMs + ms, wake: resolve };
    this.#waiting.add(waiting);
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
    await promise;
    this.#waiting.delete(waiting);
  };

  /** How many wait for time to pass. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Second by second, and after each whatever it set off. */
  async pass(seconds: number): Promise<void> {
    await settled();
    for (let second = 0; second < seconds; second += 1) {
      this.nowMs += 1_000;
      for (const { atMs, wake } of this.#waiting) if (atMs <= this.nowMs) wake();
      await settled();
    }
  }

  /** Until it is known what becomes of it. */
  async passUntil<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const mark = (): void => {
      isSettled = true;
    };
    promise.then(mark, mark);
    while (!isSettled) await this.pass(1);
    return promise;
  }
}

/** Lets everything happen that can without time passing. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
}
