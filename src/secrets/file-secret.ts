// What is said of a credential found in a file: never a byte of the credential itself.
import type { Certainty } from './detector.ts';
import type { WideEncoding } from './file-head.ts';

/** Where in its file: a line of a text, counted from 1, or a byte of anything else, counted from 0. */
type SecretPosition =
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
