// Every layer of an image, streamed from where it lies and read against its digest and its diffID.
import assert from 'node:assert/strict';
import type { ImageSource } from '../../src/inspection/image-source.ts';
import type { LayerFacts } from '../../src/layers/layer-facts.ts';
import { defaultLayerLimits } from '../../src/layers/layer-limits.ts';
import { readLayer } from '../../src/layers/read-layer.ts';
import { parseImageConfig } from '../../src/oci/image-config.ts';
import { defaultDocumentLimits } from '../../src/oci/limits.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import type { ImageReference } from '../../src/oci/reference.ts';

/** Of a single image, without credentials; each layer is first asked for with `hasLayer`. @throws Fault. */
export async function readLayers(source: ImageSource, reference: ImageReference): Promise<readonly LayerFacts[]> {
  const { signal } = new AbortController();
  const access = { keyring: { lookup: () => Promise.resolve([]) }, signal };
  const { document = assert.fail('no document'), mediaType } = await source.resolve(
    reference,
    access,
    async () => false,
  );
  const manifest = parseManifest(document, { expectedMediaType: mediaType }, defaultDocumentLimits);
  assert.ok(manifest.kind === 'manifest');
  const config = await source.readConfig(reference, manifest.config, access);
  const { diffIds } = parseImageConfig(config, defaultDocumentLimits);
  assert.equal(diffIds.length, manifest.layers.length);
  const layers: LayerFacts[] = [];
  for (const [index, descriptor] of manifest.layers.entries()) {
    assert.equal(await source.hasLayer(reference, descriptor, access), true);
    const stream = await source.openLayer(reference, descriptor, access);
    const diffId = diffIds[index] ?? assert.fail('no diffID');
    layers.push(await readLayer(stream, { descriptor, diffId, limits: defaultLayerLimits, signal }));
  }
  return layers;
}
