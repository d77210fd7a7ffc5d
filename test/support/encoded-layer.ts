// Layers as stores get them: encoded, and opened by nobody there.
import type { EncodedLayer } from '../../src/inspection/layer-record.ts';
import { digestOf } from '../../src/oci/digest.ts';

/** A made-up layer whose digest is that of `name`. */
export function encodedLayer(name: string, changes: Partial<EncodedLayer> = {}): EncodedLayer {
  return {
    digest: digestOf(name),
    diffId: digestOf(`${name} unpacked`),
    size: 1_000,
    schema: 1,
    detectors: 1,
    bytes: new TextEncoder().encode(`what is known of ${name}`),
    ...changes,
  };
}
