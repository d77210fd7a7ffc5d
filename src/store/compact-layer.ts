// A layer in memory of its own, to be kept or sent to another thread.
import type { StoredLayer } from '../inspection/stored-layer.ts';

/** A view of a few bytes keeps all the memory alive that it is cut from, and is sent with all of it. */
export function compactLayer(stored: StoredLayer): StoredLayer {
  const { bytes } = stored.layer;
  if (bytes.byteLength === bytes.buffer.byteLength) return stored;
  return { ...stored, layer: { ...stored.layer, bytes: new Uint8Array(bytes) } };
}
