// Manifests and indexes of OCI and Docker schema 2: bytes to checked values, refusing what two readers could read differently.
import { Fault } from '../base/fault.ts';
import { type JsonObject, parseStrictJson } from '../base/strict-json.ts';
import { type Descriptor, parseDescriptor } from './descriptor.ts';
import {
  arrayField,
  hasField,
  knownFields,
  numberField,
  openObject,
  stringField,
  stringMapField,
} from './json-fields.ts';
import { type DocumentLimits, refuseMuchText } from './limits.ts';
import { bareMediaType, isIndexType, isManifestType, isSchema1Type, mediaTypes } from './media-type.ts';

export interface ImageManifest {
  readonly kind: 'manifest';
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly subject?: Descriptor;
}

export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
}

export type ManifestDocument = ImageManifest | ImageIndex;

/** How a document was come by, which decides its type. */
export interface ManifestOrigin {
  /** The Content-Type it was served as, raw. */
  readonly contentType?: string | undefined;
  /** The media type in the descriptor that led here; it outranks the Content-Type (image-spec, "Media Type Conflicts"). */
  readonly expectedMediaType?: string | undefined;
}

const documentFields = knownFields('manifest', [
  'schemaVersion',
  'mediaType',
  'artifactType',
  'config',
  'layers',
  'manifests',
  'subject',
  'annotations',
  'fsLayers',
  'signatures',
]);

/** Content types that say nothing; the document's own `mediaType` decides then, and its shape where that is absent too. */
const tellingNothing: ReadonlySet<string> = new Set(['', 'application/json', 'application/octet-stream', 'text/plain']);

/**
 * Reads verified bytes as a manifest or an index.
 * @throws Fault `integrity/ambiguous`, `integrity/media-type`, `integrity/schema1`, `integrity/size`, `integrity/digest`,
 * `image/malformed`, `image/not-an-image` (a type of document that holds no image), `digest/unsupported`, `limit`.
 */
export function parseManifest(bytes: Uint8Array, origin: ManifestOrigin, limits: DocumentLimits): ManifestDocument {
  if (bytes.byteLength > limits.maxManifestBytes) {
    throw new Fault('limit', `a manifest has at most ${limits.maxManifestBytes} bytes`, { limit: 'maxManifestBytes' });
  }
  const contentType = bareMediaType(origin.contentType ?? '');
  const json = parseStrictJson(bytes, { freeForm: (path) => path.at(-1) === 'annotations' });
  const document = openObject(json, documentFields);
  refuseSchema1(document, contentType);
  const mediaType = effectiveType(document, contentType, origin.expectedMediaType);
  return isIndexType(mediaType) ? indexFrom(document, mediaType, limits) : manifestFrom(document, mediaType, limits);
}

function refuseSchema1(document: JsonObject, contentType: string): void {
  const marked = document['schemaVersion'] === 1 || hasField(document, 'fsLayers') || hasField(document, 'signatures');
  if (marked || isSchema1Type(contentType) || isSchema1Type(stringField(document, 'mediaType') ?? '')) {
    throw new Fault(
      'integrity/schema1',
      'the image is in the obsolete format "Docker schema 1"; build and push it again',
    );
  }
  const version = numberField(document, 'schemaVersion');
  if (version !== undefined && version !== 2) throw new Fault('image/malformed', 'the schemaVersion is not 2');
}

/** The media type by which a document is read: its descriptor's, else the Content-Type, else its own, else its shape's. */
function effectiveType(document: JsonObject, contentType: string, expected: string | undefined): string {
  const own = stringField(document, 'mediaType') || undefined;
  const outer = expected !== undefined && isDocumentType(expected) ? expected : contentType;
  if (isDocumentType(outer)) {
    if (own !== undefined && own !== outer) {
      throw new Fault('integrity/media-type', 'the document names another media type than the one it was announced as');
    }
    return outer;
  }
  if (!tellingNothing.has(outer)) throw otherDocument(outer);
  if (own === undefined) return inferredType(document);
  if (!isDocumentType(own)) throw otherDocument(own);
  return own;
}

function isDocumentType(mediaType: string): boolean {
  return isIndexType(mediaType) || isManifestType(mediaType);
}

function otherDocument(mediaType: string): Fault {
  return mediaType === mediaTypes.ociArtifactManifest
    ? new Fault('image/not-an-image', 'it is an artifact manifest, a form that was withdrawn and holds no image')
    : new Fault('integrity/media-type', 'its media type is neither that of a manifest nor that of an index');
}

function inferredType(document: JsonObject): string {
  if (hasField(document, 'manifests')) return mediaTypes.ociIndex;
  if (hasField(document, 'config') && hasField(document, 'layers')) return mediaTypes.ociManifest;
  throw new Fault('image/malformed', 'the document is neither a manifest nor an index');
}

function manifestFrom(document: JsonObject, mediaType: string, limits: DocumentLimits): ImageManifest {
  if (arrayField(document, 'manifests').length > 0) throw bothKinds();
  const layers = arrayField(document, 'layers');
  if (layers.length > limits.maxLayers) {
    throw new Fault('limit', `a manifest has at most ${limits.maxLayers} layers`, { limit: 'maxLayers' });
  }
  const annotations = stringMapField(document, 'annotations');
  refuseMuchText(Object.entries(annotations).flat(), limits);
  if (!hasField(document, 'config')) throw new Fault('image/malformed', 'the manifest names no config');
  return {
    kind: 'manifest',
    mediaType,
    ...artifactTypeOf(document),
    config: parseDescriptor(document['config']),
    layers: layers.map(parseDescriptor),
    annotations,
    ...(hasField(document, 'subject') ? { subject: parseDescriptor(document['subject']) } : {}),
  };
}

function indexFrom(document: JsonObject, mediaType: string, limits: DocumentLimits): ImageIndex {
  if (hasField(document, 'config') || hasField(document, 'layers')) throw bothKinds();
  const manifests = arrayField(document, 'manifests');
  if (manifests.length > limits.maxIndexChildren) {
    throw new Fault('limit', `an index has at most ${limits.maxIndexChildren} entries`, { limit: 'maxIndexChildren' });
  }
  return {
    kind: 'index',
    mediaType,
    ...artifactTypeOf(document),
    manifests: manifests.map(parseDescriptor),
    annotations: stringMapField(document, 'annotations'),
  };
}

/** One runtime would start its layers, another would follow its entries (CVE-2021-41190). */
function bothKinds(): Fault {
  return new Fault('integrity/ambiguous', 'the document is a manifest and an index at once');
}

function artifactTypeOf(document: JsonObject): { readonly artifactType?: string } {
  const artifactType = stringField(document, 'artifactType');
  return artifactType === undefined || artifactType === '' ? {} : { artifactType };
}
