// Descriptors: what a manifest says of the blobs and manifests that it is made of (image-spec descriptor.md).
import { Fault } from '../base/fault.ts';
import type { JsonValue } from '../base/strict-json.ts';
import { algorithmOf, type Digest, digestOf, parseDigest } from './digest.ts';
import {
  hasField,
  knownFields,
  numberField,
  openObject,
  stringField,
  stringMapField,
  stringsField,
} from './json-fields.ts';
import { isUnknownPlatform, normalisePlatform, type Platform } from './platform.ts';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes; a safe non-negative integer. */
  readonly size: number;
  readonly urls: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  /** Embedded content, already proven to have this size and digest. */
  readonly data?: Uint8Array;
  readonly artifactType?: string;
  readonly platform?: Platform;
}

const descriptorFields = knownFields('descriptor', [
  'mediaType',
  'digest',
  'size',
  'urls',
  'annotations',
  'data',
  'artifactType',
  'platform',
]);

const platformFields = knownFields('platform of an index entry', [
  'architecture',
  'os',
  'os.version',
  'os.features',
  'variant',
]);

/** BuildKit marks attestations with it; any value at all means "not an image". */
const referenceTypeAnnotation = 'vnd.docker.reference.type';

/**
 * Checks one descriptor.
 * @throws Fault `image/malformed`, `integrity/ambiguous`, `digest/unsupported`; `integrity/size` and `integrity/digest` for an
 * impossible size and for embedded data that is not what the descriptor says.
 */
export function parseDescriptor(value: JsonValue | undefined): Descriptor {
  const object = openObject(value, descriptorFields);
  const digest = digestField(stringField(object, 'digest'));
  const size = sizeField(numberField(object, 'size'));
  const data = stringField(object, 'data');
  const artifactType = stringField(object, 'artifactType');
  return {
    mediaType: stringField(object, 'mediaType') ?? '',
    digest,
    size,
    urls: stringsField(object, 'urls'),
    annotations: stringMapField(object, 'annotations'),
    ...(data === undefined ? {} : { data: verifiedData(data, digest, size) }),
    ...(artifactType === undefined || artifactType === '' ? {} : { artifactType }),
    ...(hasField(object, 'platform') ? { platform: parseEntryPlatform(object['platform']) } : {}),
  };
}

/**
 * Whether an entry says of itself that it is a build attestation or its like. Good for listing what there is; what runs on a node is
 * decided by the platform alone, because runtimes do not read the annotation.
 */
export function isAttestation(descriptor: Descriptor): boolean {
  if (Object.hasOwn(descriptor.annotations, referenceTypeAnnotation)) return true;
  return descriptor.platform !== undefined && isUnknownPlatform(descriptor.platform);
}

/**
 * A digest inside a document.
 * @throws Fault `image/malformed`, or `digest/unsupported`.
 */
export function digestField(text: string | undefined): Digest {
  if (text === undefined) throw new Fault('image/malformed', 'a digest is missing');
  try {
    return parseDigest(text);
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === 'reference/invalid') {
      throw new Fault('image/malformed', thrown.message, { cause: thrown });
    }
    throw thrown;
  }
}

function sizeField(size: number | undefined): number {
  if (size === undefined) throw new Fault('integrity/size', 'a descriptor has no size');
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new Fault('integrity/size', 'a descriptor has a size that no blob can have');
  }
  return size;
}

function parseEntryPlatform(value: JsonValue | undefined): Platform {
  const object = openObject(value, platformFields);
  return normalisePlatform({
    os: stringField(object, 'os'),
    architecture: stringField(object, 'architecture'),
    variant: stringField(object, 'variant'),
    osVersion: stringField(object, 'os.version'),
  });
}

function verifiedData(base64: string, digest: Digest, size: number): Uint8Array {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) {
    throw new Fault('image/malformed', 'the embedded data of a descriptor is not base64');
  }
  verifyContent(bytes, { digest, size });
  return bytes;
}

/**
 * Proves that bytes are what a descriptor names.
 * @throws Fault `integrity/size`, `integrity/digest`.
 */
export function verifyContent(bytes: Uint8Array, expected: Pick<Descriptor, 'digest' | 'size'>): void {
  if (bytes.byteLength !== expected.size) {
    throw new Fault('integrity/size', `${bytes.byteLength} bytes came where ${expected.size} were announced`);
  }
  if (digestOf(bytes, algorithmOf(expected.digest)) !== expected.digest) {
    throw new Fault('integrity/digest', 'the content is not what its digest says');
  }
}
