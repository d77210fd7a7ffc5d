// An image source in memory: serves built images, verifies like every source, and writes down each request it would have made.
import { Fault } from '../../src/base/fault.ts';
import type { Access, Grant, ImageSource } from '../../src/inspection/image-source.ts';
import { type Descriptor, verifyContent } from '../../src/oci/descriptor.ts';
import { algorithmOf, type Digest, digestOf } from '../../src/oci/digest.ts';
import { type DocumentLimits, defaultDocumentLimits } from '../../src/oci/limits.ts';
import type { ImageReference } from '../../src/oci/reference.ts';
import type { BuiltImage } from './image.ts';

/** What a source serves. Repositories are not told apart: every one holds all of it. */
export interface ServedContent {
  readonly tags: ReadonlyMap<string, BuiltImage>;
  /** Bytes given out in place of the right ones: what a broken or lying registry does. */
  readonly replaced?: ReadonlyMap<Digest, Uint8Array>;
}

export interface MemorySourceOptions {
  readonly limits?: DocumentLimits;
  readonly grant?: Grant;
  readonly staleSince?: string;
  /** Runs before every request is answered: waits, or throws what the registry would. */
  readonly before?: (request: string, access: Access) => Promise<void>;
}

export interface MemorySource extends ImageSource {
  /** `HEAD latest`, `GET latest`, `GET sha256:…` (manifests), `GET blob sha256:…`, `GET layer sha256:…`, `HEAD layer sha256:…`, in order. */
  readonly requests: readonly string[];
  retag(tag: string, image: BuiltImage): void;
}

export function createMemorySource(content: ServedContent, options: MemorySourceOptions = {}): MemorySource {
  const { limits = defaultDocumentLimits, grant = 'anonymous' } = options;
  const tags = new Map(content.tags);
  const requests: string[] = [];
  const known = new Set<Digest>();

  async function request(text: string, access: Access): Promise<void> {
    access.signal.throwIfAborted();
    requests.push(text);
    await options.before?.(text, access);
    access.signal.throwIfAborted();
  }

  function manifestBytes(digest: Digest): { readonly bytes: Uint8Array; readonly mediaType: string } {
    const held = [...tags.values()].map((image) => image.manifests.get(digest)).find((one) => one !== undefined);
    if (held === undefined) throw new Fault('registry/not-found', 'there is no such manifest');
    const bytes = content.replaced?.get(digest) ?? held.bytes;
    if (bytes.byteLength > limits.maxManifestBytes) {
      throw new Fault('limit', 'the manifest is too large', { limit: 'maxManifestBytes' });
    }
    if (digestOf(bytes, algorithmOf(digest)) !== digest) {
      throw new Fault('integrity/digest', 'the manifest is not what its digest says');
    }
    return { bytes, mediaType: held.mediaType };
  }

  function blob(digest: Digest): Uint8Array | undefined {
    const held = [...tags.values()].map((image) => image.blobs.get(digest)).find((one) => one !== undefined);
    return held === undefined ? undefined : (content.replaced?.get(digest) ?? held);
  }

  const identity = {
    grant,
    credential: grant === 'anonymous' ? 'anonymous' : `test ${grant}`,
    ...(options.staleSince === undefined ? {} : { staleSince: options.staleSince }),
  };

  return {
    requests,
    retag: (tag, image) => tags.set(tag, image),

    async resolve(reference, access, isKnown) {
      return faultsOnly(async () => {
        const name = reference.digest ?? reference.tag ?? 'latest';
        const digest = reference.digest ?? tags.get(name)?.digest;
        if (digest !== undefined && known.has(digest) && (await isKnown(digest))) {
          if (reference.digest === undefined) await request(`HEAD ${name}`, access);
          return { digest, ...identity };
        }
        await request(`GET ${name}`, access);
        if (digest === undefined) throw new Fault('registry/not-found', 'there is no such tag');
        const { bytes, mediaType } = manifestBytes(digest);
        known.add(digest);
        return { digest, mediaType, document: bytes, ...identity };
      });
    },

    async readManifest(_repository: ImageReference, target, access) {
      return faultsOnly(async () => {
        await request(`GET ${target.digest}`, access);
        const held = manifestBytes(target.digest);
        if (target.size !== undefined) verifyContent(held.bytes, { digest: target.digest, size: target.size });
        return held;
      });
    },

    async readConfig(_repository: ImageReference, descriptor: Descriptor, access) {
      return faultsOnly(async () => {
        if (descriptor.size > limits.maxConfigBytes) {
          throw new Fault('limit', 'the config is too large', { limit: 'maxConfigBytes' });
        }
        await request(`GET blob ${descriptor.digest}`, access);
        const bytes = blob(descriptor.digest);
        if (bytes === undefined) throw new Fault('registry/not-found', 'there is no such blob');
        verifyContent(bytes, descriptor);
        return bytes;
      });
    },

    async openLayer(_repository: ImageReference, descriptor: Descriptor, access) {
      return faultsOnly(async () => {
        await request(`GET layer ${descriptor.digest}`, access);
        const bytes = descriptor.data ?? blob(descriptor.digest);
        if (bytes === undefined) throw new Fault('registry/not-found', 'there is no such blob');
        if (bytes.length !== descriptor.size) throw new Fault('integrity/size', 'the layer has another size');
        return pieces(bytes, access.signal);
      });
    },

    async hasLayer(_repository: ImageReference, descriptor: Descriptor, access) {
      return faultsOnly(async () => {
        await request(`HEAD layer ${descriptor.digest}`, access);
        return (descriptor.data ?? blob(descriptor.digest))?.length === descriptor.size;
      });
    },
  };
}

/** A few bytes at a time, so that whoever reads meets borders everywhere. */
const pieceBytes = 1_000;

async function* pieces(bytes: Uint8Array, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    if (signal.aborted) throw new Fault('cancelled', 'the caller went away');
    yield bytes.subarray(at, at + pieceBytes);
  }
}

/** An abort reaches a caller as the Fault `cancelled`, as the port says. */
async function faultsOnly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw new Fault('cancelled', 'the caller went away', { cause: thrown });
  }
}
