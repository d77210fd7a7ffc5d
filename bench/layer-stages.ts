// The stages of reading a layer, from decompression alone to all that a service does with it: what every one of them adds.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { layerWorker } from '../src/cli/layer-work-options.ts';
import { inspectLayer } from '../src/inspection/inspect-layer.ts';
import { defaultScanLimits } from '../src/inspection/scan-limits.ts';
import { decompress } from '../src/layers/decompress.ts';
import { defaultLayerLimits } from '../src/layers/layer-limits.ts';
import { type ReadLayerOptions, readLayer } from '../src/layers/read-layer.ts';
import { TarReader } from '../src/layers/tar-reader.ts';
import type { Digest } from '../src/oci/digest.ts';
import { mediaTypes } from '../src/oci/media-type.ts';
import { defaultRegistrySettings } from '../src/registry/settings.ts';
import { createLayerWork } from '../src/scanning/layer-work.ts';

/** A layer in a file. */
export interface Layer {
  readonly form: 'gzip' | 'zstd';
  readonly path: string;
  /** Of the blob. */
  readonly size: number;
  readonly digest: Digest;
  readonly diffId: Digest;
}

/** What all others are compared with. */
export const aloneStage = 'node:zlib alone';
/** What counts: what a service does for a layer, in the one thread that does it on two processors. */
export const wholeStage = 'the same in one worker';

const signal = new AbortController().signal;
const limits = defaultLayerLimits;
const nobody = { entry() {}, content() {}, end() {} };

/** Each has the whole archive go through it. */
export const stages: Readonly<Record<string, (layer: Layer) => Promise<void>>> = {
  async [aloneStage](layer) {
    const options = { chunkSize: 2 ** 20 };
    const decoder = layer.form === 'gzip' ? createGunzip(options) : createZstdDecompress(options);
    await pipeline(source(layer), decoder.resume());
  },
  async decompress(layer) {
    for await (const _ of await archiveOf(layer, source(layer)));
  },
  async '+ both digests'(layer) {
    const [blob, archive] = [createHash('sha256'), createHash('sha256')];
    async function* hashed(): AsyncGenerator<Uint8Array> {
      for await (const chunk of source(layer)) {
        blob.update(chunk);
        yield chunk;
      }
    }
    for await (const chunk of await archiveOf(layer, hashed())) archive.update(chunk);
    blob.digest();
    archive.digest();
  },
  async '+ tar, no digests'(layer) {
    const reader = new TarReader(nobody, limits);
    for await (const chunk of await archiveOf(layer, source(layer))) reader.push(chunk);
    reader.end();
  },
  async '+ tar and digests: facts'(layer) {
    await readLayer(source(layer), optionsOf(layer));
  },
  async '+ secrets: whole scan'(layer) {
    await inspectLayer(source(layer), { ...optionsOf(layer), readAt: new Date().toISOString() });
  },
  async [wholeStage](layer) {
    const work = createLayerWork({
      workers: 1,
      limits: defaultScanLimits,
      now: Date.now,
      program: layerWorker,
      channels: defaultRegistrySettings,
    });
    const { descriptor, diffId } = optionsOf(layer);
    const task = { descriptor: { ...descriptor, annotations: {} }, diffId, open: async () => source(layer) };
    await work.read({ ...task, priority: 'waiting', host: 'bench', tenant: 'bench' }).result;
    await work.close();
  },
};

/** The blob as it comes from a socket: in small pieces. */
function source({ path }: Layer): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: 64 * 1024 });
}

async function archiveOf({ size }: Layer, blob: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  return (await decompress(blob, { size, limits, signal })).chunks;
}

/** The compression is told by the bytes, whatever the media type says. */
function optionsOf({ digest, size, diffId }: Layer): ReadLayerOptions {
  return { descriptor: { mediaType: mediaTypes.ociLayerGzip, digest, size, urls: [] }, diffId, limits, signal };
}
