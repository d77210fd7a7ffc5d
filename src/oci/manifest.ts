// Manifests and indexes of OCI and Docker schema 2, as checked values.
import type { Digest } from './digest.ts';
import type { Platform } from './platform.ts';

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
