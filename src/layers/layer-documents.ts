// The closed list of small files whose content is kept with a layer, parsed, because folding layers into an image needs it.
import type { LayerLimits } from './layer-limits.ts';
import type { PackagingDocument } from './packaging/packaging-document.ts';
import { packagingReaderFor } from './packaging/packaging-readers.ts';
import { type PasswdGroup, type PasswdUser, parseGroup, parsePasswd } from './passwd.ts';

export type DocumentContent =
  | { readonly kind: 'passwd'; readonly users: readonly PasswdUser[] }
  | { readonly kind: 'group'; readonly groups: readonly PasswdGroup[] }
  | { readonly kind: 'packaging'; readonly packaging: PackagingDocument }
  /** The file is known to be there and its content is not: larger than the limit, or such that its readers give up. */
  | { readonly kind: 'unknown'; readonly reason: 'too-large' | 'unreadable' };

export interface LayerDocument {
  /** Index of the entry within the layer. */
  readonly entry: number;
  readonly content: DocumentContent;
}

export interface DocumentReader {
  /** What bounds the bytes of one such document; one that is larger is `unknown`. */
  readonly limit: keyof LayerLimits;
  /**
   * What bounds the bytes of all such documents of a layer. `required` ones decide whether a container may start: a layer with too many of
   * them is refused. Of others, those that go beyond are `unknown`.
   */
  readonly total: { readonly limit: keyof LayerLimits; readonly isRequired: boolean };
  parse(bytes: Uint8Array): DocumentContent;
}

const unreadable: DocumentContent = { kind: 'unknown', reason: 'unreadable' };

/** Where accounts lie. A symbolic link of a known distribution may lead elsewhere from /etc, and /etc itself may be one (`usr/etc`). */
const accounts = /(?:^|\/)(?:etc|usr\/lib)\/(passwd|group)$/;
const accountBounds = {
  limit: 'maxDocumentBytes',
  total: { limit: 'maxDocumentsBytes', isRequired: true },
} as const satisfies Partial<DocumentReader>;

const passwdReader: DocumentReader = {
  ...accountBounds,
  parse(bytes) {
    const users = parsePasswd(bytes);
    return users === undefined ? unreadable : { kind: 'passwd', users };
  },
};

const groupReader: DocumentReader = {
  ...accountBounds,
  parse(bytes) {
    const groups = parseGroup(bytes);
    return groups === undefined ? unreadable : { kind: 'group', groups };
  },
};

/** Undefined for a file, at a normalised path, whose content is not kept. */
export function documentReaderFor(path: string): DocumentReader | undefined {
  const [, account] = accounts.exec(path) ?? [];
  if (account !== undefined) return account === 'passwd' ? passwdReader : groupReader;
  const reader = packagingReaderFor(path);
  return (
    reader && {
      limit: reader.limit ?? 'maxPackagingBytes',
      total: { limit: 'maxPackagingsBytes', isRequired: false },
      parse(bytes) {
        const packaging = reader.parse(bytes);
        return packaging === undefined ? unreadable : { kind: 'packaging', packaging };
      },
    }
  );
}
