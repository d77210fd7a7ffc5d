// What is said of a credential found in a file, and of how much of the files was looked at: never a byte of the credential itself.
import type { UnreadReason } from './archive-member.ts';
import type { Certainty } from './detector.ts';
import type { WideEncoding } from './file-head.ts';

/** Where in its file: a line of a text, counted from 1, or a byte of anything else, counted from 0. */
export type SecretPosition =
  | { readonly kind: 'line'; readonly line: number }
  | { readonly kind: 'offset'; readonly offset: number };

export interface FileSecret {
  /** Id of the detector. */
  readonly detector: string;
  /** As a person says it, without an article: `npm access token`. */
  readonly title: string;
  readonly certainty: Certainty;
  /** What the provider publishes of the token (`ghp_`), which may be shown. */
  readonly publicPrefix?: string;
  /** In the innermost file, where `within` says that it lies in an archive. */
  readonly position: SecretPosition;
  /** Of a text that is not in an encoding that extends ASCII. */
  readonly encoding?: WideEncoding;
  /** Names inside archives that the file is, the outermost first. */
  readonly within?: readonly string[];
}

/** What was looked at of all files, and what was not: a place that nobody searched must not look clean. */
export interface SearchCoverage {
  readonly files: number;
  /** Bytes that were searched: of files, and of the content of archives that were opened. */
  readonly bytes: number;
  /** Archives inside files that were opened. */
  readonly nestedArchives: number;
  /** Archives, or members of archives, that were not: of a file, its own bytes were searched. */
  readonly nestedUnread: number;
  readonly unreadBecause: Readonly<Partial<Record<UnreadReason, number>>>;
  /** Files whose format is known and that were only searched, because they are larger than `maxDocumentBytes`. */
  readonly documentsUnread: number;
  /** Findings beyond `maxSecretsPerFile`. */
  readonly secretsLeftOut: number;
}
