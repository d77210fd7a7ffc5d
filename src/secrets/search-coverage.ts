// How much of the files was searched: a place that nobody searched must not look clean.
import { type UnreadReason, unreadReasons } from './archive-member.ts';

export interface SearchCoverage {
  readonly files: number;
  /** Bytes that were searched: of files, and of the content of archives that were opened. */
  readonly bytes: number;
  /** Archives inside files that were opened. */
  readonly nestedArchives: number;
  /** Archives, or members of archives, that were not: of a file, its own bytes were searched. */
  readonly nestedUnread: number;
  readonly unreadBecause: Readonly<Partial<Record<UnreadReason, number>>>;
  /** Files whose format is known and that were only searched, because of `maxDocumentBytes` or `maxDocumentsBytes`. */
  readonly documentsUnread: number;
  /** Findings beyond `maxSecretsPerFile`. */
  readonly secretsLeftOut: number;
}

export const nothingSearched: SearchCoverage = {
  files: 0,
  bytes: 0,
  nestedArchives: 0,
  nestedUnread: 0,
  unreadBecause: {},
  documentsUnread: 0,
  secretsLeftOut: 0,
};

/** Of two searches as of one. */
export function searchedTogether(one: SearchCoverage, other: SearchCoverage): SearchCoverage {
  const unreadBecause = { ...one.unreadBecause };
  for (const reason of unreadReasons) {
    const count = (one.unreadBecause[reason] ?? 0) + (other.unreadBecause[reason] ?? 0);
    if (count > 0) unreadBecause[reason] = count;
  }
  return {
    files: one.files + other.files,
    bytes: one.bytes + other.bytes,
    nestedArchives: one.nestedArchives + other.nestedArchives,
    nestedUnread: one.nestedUnread + other.nestedUnread,
    unreadBecause,
    documentsUnread: one.documentsUnread + other.documentsUnread,
    secretsLeftOut: one.secretsLeftOut + other.secretsLeftOut,
  };
}
