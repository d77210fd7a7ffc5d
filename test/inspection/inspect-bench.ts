// What the tests of reading share: images to read, a source that counts, and short words for what came of it.
import assert from 'node:assert/strict';
import type { FaultCode } from '../../src/base/fault.ts';
import type { FactsStore, StoredDocument } from '../../src/inspection/facts-store.ts';
import { createInspect } from '../../src/inspection/inspect.ts';
import type { Inspection, PlatformSelection } from '../../src/inspection/inspection.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { formatPlatform, parsePlatform } from '../../src/oci/platform.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { type BuiltImage, image } from '../support/image.ts';
import { memoryFacts } from '../support/memory-facts.ts';
import { createMemorySource, type MemorySourceOptions } from '../support/memory-source.ts';
import { file } from '../support/tar.ts';
import { anonymous } from './image-source-suite.ts';

export const nowMs = Date.parse('2026-11-23T10:00:00Z');

export function mapStore(): FactsStore & { readonly documents: Map<Digest, StoredDocument> } {
  const documents = new Map<Digest, StoredDocument>();
  return {
    ...memoryFacts(),
    documents,
    get: async (digest) => documents.get(digest),
    put: async (digest, document) => {
      documents.set(digest, document);
    },
  };
}

/** An inspect over a source in memory that serves `built` as tag `1`, or all these tags; `ask` takes `:tag`, `@digest` or a whole reference. */
export function bench(
  built: BuiltImage | ReadonlyMap<string, BuiltImage>,
  options: MemorySourceOptions & { readonly replaced?: ReadonlyMap<Digest, Uint8Array> } = {},
) {
  const tags = 'digest' in built ? new Map([['1', built]]) : built;
  const source = createMemorySource({ tags, ...(options.replaced ? { replaced: options.replaced } : {}) }, options);
  const store = mapStore();
  const inspect = createInspect({ source, store, now: () => nowMs });
  const ask = (text = ':1', platforms: PlatformSelection | readonly string[] = 'all', access = anonymous()) =>
    inspect({
      reference: parseReference(
        text.startsWith(':') || text.startsWith('@') ? `registry.example.com/app${text}` : text,
      ),
      platforms:
        platforms === 'all' ? 'all' : platforms.map((one) => (typeof one === 'string' ? parsePlatform(one) : one)),
      access,
    });
  return { source, store, ask };
}

type Read = Inspection & { readonly kind: 'read' };

export function read(inspection: Inspection): Read {
  assert.ok(
    inspection.kind === 'read',
    inspection.kind === 'fault' ? `${inspection.fault.code}: ${inspection.fault.message}` : '',
  );
  return inspection;
}

/** What was judged: platform, and the user of the image or the code of the fault. */
export function judged(inspection: Inspection): readonly string[] {
  return read(inspection).platforms.map(({ platform, outcome }) => {
    const place = platform === undefined ? 'none' : formatPlatform(platform);
    if (outcome.kind === 'fault') return `${place} ${outcome.fault.code}`;
    return outcome.facts.kind === 'artifact'
      ? `${place} artifact`
      : `${place} ${'raw' in outcome.facts.user ? outcome.facts.user.raw : ''}`;
  });
}

export function faultOf(inspection: Inspection): FaultCode {
  assert.ok(inspection.kind === 'fault');
  return inspection.fault.code;
}

/** An image whose user tells which one it is. */
export const on = (platform: string, user = platform.replaceAll('/', '-')) =>
  image().platform(platform).config({ User: user });
export const amd64 = on('linux/amd64')
  .layer([file('a')])
  .build();
export const arm64 = on('linux/arm64').build();
export const armv7 = on('linux/arm/v7').build();
export const windows = on('windows(10.0.20348.1)/amd64').build();
