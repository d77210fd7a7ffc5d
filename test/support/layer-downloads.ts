// A layer in a test registry, and what it takes to read it.
import { createHash } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { Access, ImageSource } from '../../src/inspection/image-source.ts';
import { type Descriptor, parseDescriptor } from '../../src/oci/descriptor.ts';
import { type ImageReference, parseReference } from '../../src/oci/reference.ts';
import type { HostileRegistry, HostileRegistryOptions } from './hostile-registry.ts';
import { type BuiltImage, image } from './image.ts';
import { accessWith, type ClientOptions, startRegistryAndClient } from './registry-client.ts';

/** Some 300 KB that no two parts of are alike: a wrong order or a gap shows. */
const layerBytes = Buffer.concat(
  Array.from({ length: 10_000 }, (_, index) => createHash('sha256').update(String(index)).digest()),
);

/** One layer of bytes that are no archive: whoever streams them does not look. */
export const layeredImage: BuiltImage = image().rawLayer({ bytes: layerBytes }).build();

const [described] = JSON.parse(Buffer.from(layeredImage.bytes).toString()).layers;
export const layer: Descriptor & { readonly bytes: Buffer } = { ...parseDescriptor(described), bytes: layerBytes };
export const layerPath = `/v2/shop/api/blobs/${layer.digest}`;

export interface Download {
  readonly registry: HostileRegistry;
  readonly client: ImageSource;
  readonly reference: ImageReference;
  open(access?: Access): Promise<AsyncIterator<Uint8Array>>;
  /** The whole layer. */
  read(access?: Access): Promise<Buffer>;
  has(access?: Access): Promise<boolean>;
  /** `Range` of each request for the layer so far; `whole` where there was none. */
  ranges(): readonly string[];
}

/** A registry that holds the layer, and a client that never pauses between tries. */
export async function startDownload(
  t: TestContext,
  options: HostileRegistryOptions & ClientOptions = {},
): Promise<Download> {
  const { registry, client, name } = await startRegistryAndClient(t, options);
  registry.put('shop/api', 'layered', layeredImage);
  return downloadOf(registry, client, parseReference(`${name}:layered`));
}

export function downloadOf(registry: HostileRegistry, client: ImageSource, reference: ImageReference): Download {
  const stream = (access: Access = accessWith()) => client.openLayer(reference, layer, access);
  return {
    registry,
    client,
    reference,
    open: async (access) => (await stream(access))[Symbol.asyncIterator](),
    read: async (access) => wholeOf((await stream(access))[Symbol.asyncIterator]()),
    has: (access = accessWith()) => client.hasLayer(reference, layer, access),
    ranges: () => rangesAsked(registry),
  };
}

/** What is left of a stream. */
export async function wholeOf(stream: AsyncIterator<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for (let step = await stream.next(); step.done !== true; step = await stream.next())
    pieces.push(Buffer.from(step.value));
  return Buffer.concat(pieces);
}

export function rangesAsked(registry: HostileRegistry): readonly string[] {
  return registry.requests.filter(({ path }) => path === layerPath).map(({ headers }) => headers['range'] ?? 'whole');
}
