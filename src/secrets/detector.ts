// What a credential detector is: how a credential is recognised, and what makes a match certain, as data.

/** `certain`: prefix and length, checksum or structure prove it. `likely`: the name of the variable and the look of the value do. */
export type Certainty = 'certain' | 'likely';

/**
 * Where text came from; some proofs and the rules by name read some places differently. `logins` is a file that is made to hold them: what
 * stands in it is meant, while other files may be documentation or tests.
 */
export type TextKind = 'env' | 'label' | 'history' | 'command' | 'file' | 'logins';

interface DetectorBase {
  /** Stable id, shown to people and in exceptions: `npm-token`. */
  readonly id: string;
  /** As a person says it, without an article: `npm access token`. */
  readonly title: string;
  /** What a match is, where its proof says nothing else. */
  readonly certainty: Certainty;
  /** Where the provider documents the format. */
  readonly source: string;
  /** What to do with a leaked one, to follow "revoke it": where the provider lets people revoke it. */
  readonly revoke: string;
}

/** What a pattern found, for a last proof beyond the pattern. */
export interface Candidate {
  readonly secret: string;
  readonly groups: Readonly<Record<string, string | undefined>>;
  readonly kind: TextKind;
}

/** Recognised by what it looks like. */
export interface PatternDetector extends DetectorBase {
  readonly by: 'pattern';
  /** One of these, folded to lower case, is in every match: the cheap first pass. Each at least 4 ASCII characters. */
  readonly keywords: readonly string[];
  /**
   * Flags `dg` (and `i`); every quantifier bounded, so that time is linear on any input. The secret itself is group `secret`;
   * group `prefix`, where there is one, is what the provider publishes of it and may be shown (`ghp_`).
   */
  readonly pattern: RegExp;
  /** How far, in characters, a match may begin before its keyword and end after the keyword's first character; see `defaultReach`. */
  readonly reach?: Reach;
  /** A last proof (checksum, structure); undefined means it is none. Without it, any match that is no placeholder counts. */
  readonly proof?: (candidate: Candidate) => Certainty | undefined;
}

export interface Reach {
  readonly before: number;
  readonly after: number;
}

/** Recognised by the name it is given (`POSTGRES_PASSWORD`), and by a value that could be one. */
export interface NameDetector extends DetectorBase {
  readonly by: 'name';
  /** Whether a name promises such a secret; the name in lower-case words: `['postgres', 'password']`. */
  readonly promises: (words: readonly string[]) => boolean;
  /** Whether the value can be one; placeholders, references, switches, paths and addresses are already ruled out. */
  readonly accepts: (value: string, words: readonly string[]) => boolean;
}

/** Recognised by the file it stands in and its place there; `credential-files/` knows the formats. */
export interface FileDetector extends DetectorBase {
  readonly by: 'file';
}

export type Detector = PatternDetector | NameDetector | FileDetector;

export interface SecretMatch {
  readonly detector: string;
  readonly title: string;
  readonly certainty: Certainty;
  /** Offsets of the secret itself in the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly publicPrefix?: string;
}
