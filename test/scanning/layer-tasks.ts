// Layers with real bytes as tasks for layer work, and their sources: whole, scripted, counted.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import { inspectLayer } from '../../src/inspection/inspect-layer.ts';
import type { LayerRecord } from '../../src/inspection/layer-record.ts';
import type { LayerTask } from '../../src/inspection/layer-work.ts';
import { defaultLayerLimits } from '../../src/layers/layer-limits.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-type.ts';
import { type TarEntry, tar } from '../support/tar.ts';

/** The instant of every reading. */
export const readAtMs = Date.UTC(2026, 2, 1, 12);

export interface TestLayer {
  readonly blob: Uint8Array;
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
}

export function layerOf(entries: readonly TarEntry[]): TestLayer {
  const plain = tar(entries);
  return layerOfBlob(gzipSync(plain), plain);
}

export function layerOfBlob(blob: Uint8Array, plain: Uint8Array): TestLayer {
  const digest = digestOf(blob);
  const descriptor = { mediaType: mediaTypes.ociLayerGzip, digest, size: blob.length, urls: [], annotations: {} };
  return { blob, descriptor, diffId: digestOf(plain) };
}

export async function* cut(bytes: Uint8Array, length = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

/** A review waits for it; its bytes come at once. */
export function taskOf({ blob, descriptor, diffId }: TestLayer, given: Partial<LayerTask> = {}): LayerTask {
  return {
    descriptor,
    diffId,
    open: async () => cut(blob),
    priority: 'waiting',
    host: 'registry.example.com',
    tenant: 'default',
    ...given,
  };
}

/** What the record has to be: read without any thread. */
export function readHere({ blob, descriptor, diffId }: TestLayer): Promise<LayerRecord> {
  const signal = new AbortController().signal;
  const readAt = new Date(readAtMs).toISOString();
  return inspectLayer(cut(blob), { descriptor, diffId, limits: defaultLayerLimits, signal, readAt });
}

/** Says that it was asked for, then waits until the test lets it go on. */
export class Gateway {
  readonly #opened = Promise.withResolvers<void>();
  readonly #released = Promise.withResolvers<void>();
  isClosed = false;

  /** Resolves when the download begins. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  release(): void {
    this.#released.resolve();
  }

  /** A source that gives the first half of the bytes, and the second when it is released. */
  readonly openFor = (layer: TestLayer) => async (): Promise<AsyncIterable<Uint8Array>> => {
    this.#opened.resolve();
    return this.#halves(layer.blob);
  };

  async *#halves(blob: Uint8Array): AsyncGenerator<Uint8Array> {
    try {
      const half = Math.floor(blob.length / 2);
      yield blob.subarray(0, half);
      await this.#released.promise;
      yield blob.subarray(half);
    } finally {
      this.isClosed = true;
    }
  }
}

export function isFault(code: FaultCode, limit?: string) {
  return (thrown: unknown): boolean => {
    assert.ok(thrown instanceof Fault, inspect(thrown));
    assert.deepEqual({ code: thrown.code, limit: thrown.limit }, { code, limit });
    return true;
  };
}
