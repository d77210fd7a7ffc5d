// What only the layers of an image tell: folded once from the records of its layers, then kept with the image's facts. Plain JSON.

import type { Composition, FilesystemFacts } from '../composition/composition.ts';
import type { ResolvedUser } from '../layers/resolve-user.ts';
import type { HiddenHow } from '../layers/tree-node.ts';
import type { TreeSummary } from '../layers/tree-summary.ts';
import type { FileSecret } from '../secrets/file-secret.ts';
import type { SearchCoverage } from '../secrets/search-coverage.ts';

/** Shape of these documents; content of another schema is folded again from the records of the layers. */
export const contentSchema = 1;

/** A credential in a file, placed in the image. */
export interface FileSecretFact extends FileSecret {
  /** Absolute. */
  readonly path: string;
  /** Index of the layer that brought it. */
  readonly layer: number;
  /** Absent when the final file system has the file; else the layer that hid it, from where it can still be downloaded. */
  readonly hidden?: { readonly by: number; readonly how: HiddenHow };
  /** Over detector, layer digest and place; never over the secret. */
  readonly fingerprint: string;
}

export interface ContentFacts {
  readonly schema: typeof contentSchema;
  /** The lowest revision that looked at any of the layers. */
  readonly detectors: number;
  /** Bytes of all layers' archives after decompression. */
  readonly plainBytes: number;
  readonly tree: TreeSummary;
  /** Whom `USER` means in the final file system; for images without one, uid 0. */
  readonly user: ResolvedUser;
  /** What the image is made of, and what of it a multi-stage build would have left out. */
  readonly composition: Composition;
  readonly filesystem: FilesystemFacts;
  readonly secrets: readonly FileSecretFact[];
  readonly searched: SearchCoverage;
}
