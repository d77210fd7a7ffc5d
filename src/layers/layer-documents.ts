// The closed list of small files whose content is kept with a layer, parsed, because folding layers into an image needs it.
import { type PasswdGroup, type PasswdUser, parseGroup, parsePasswd } from './passwd.ts';

export type DocumentContent =
  | { readonly kind: 'passwd'; readonly users: readonly PasswdUser[] }
  | { readonly kind: 'group'; readonly groups: readonly PasswdGroup[] }
  /** The file is known to be there and its content is not: larger than the limit, or such that its readers give up. */
  | { readonly kind: 'unknown'; readonly reason: 'too-large' | 'unreadable' };

export interface LayerDocument {
  /** Index of the entry within the layer. */
  readonly entry: number;
  readonly content: DocumentContent;
}

export interface DocumentReader {
  /** Whether the file at a normalised path is such a document. */
  matches(path: string): boolean;
  parse(bytes: Uint8Array): DocumentContent;
}

const unreadable: DocumentContent = { kind: 'unknown', reason: 'unreadable' };

/**
 * One item for each kind. Accounts are kept wherever a symbolic link of a known distribution may lead from /etc: `etc` itself may be one
 * (`/etc -> usr/etc`), and so may the files.
 */
const documentReaders: readonly DocumentReader[] = [
  {
    matches: (path) => /(?:^|\/)(?:etc|usr\/lib)\/passwd$/.test(path),
    parse(bytes) {
      const users = parsePasswd(bytes);
      return users === undefined ? unreadable : { kind: 'passwd', users };
    },
  },
  {
    matches: (path) => /(?:^|\/)(?:etc|usr\/lib)\/group$/.test(path),
    parse(bytes) {
      const groups = parseGroup(bytes);
      return groups === undefined ? unreadable : { kind: 'group', groups };
    },
  },
];

/** Undefined for a file whose content is not kept. */
export function documentReaderFor(path: string): DocumentReader | undefined {
  return documentReaders.find((reader) => reader.matches(path));
}
