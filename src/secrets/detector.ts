// What a credential detector is: provider, pattern, and what makes a match certain, as data.

/** `certain`: prefix and length, checksum or structure prove it. `likely`: the name of the variable and the look of the value do. */
export type Certainty = 'certain' | 'likely';

export interface Detector {
  /** Stable id, shown to people and in exceptions: `npm-token`. */
  readonly id: string;
  /** As a person says it, to follow "an": `npm access token`. */
  readonly title: string;
  /** At least one of these, folded to lower case, is in every match: the cheap first pass. At least 4 bytes each. */
  readonly keywords: readonly string[];
  /** Linear-time on any input; global; the secret itself is group `secret`. */
  readonly pattern: RegExp;
  readonly certainty: Certainty;
  /** A prefix that the provider publishes and that may be shown: `ghp_`. */
  readonly publicPrefix?: string;
  /** A last proof beyond the pattern (checksum, structure, entropy); false means it is none. */
  readonly proof?: (secret: string, match: RegExpExecArray) => boolean;
  /** Where the provider documents the format. */
  readonly source: string;
  /** What to do with a leaked one, to follow "revoke it": where the provider lets people revoke it. */
  readonly revoke: string;
}

/** Where text came from; some detectors and the rules by name apply only in some places. */
export type TextKind = 'env' | 'label' | 'history' | 'command' | 'file';

export interface SecretMatch {
  readonly detector: string;
  readonly title: string;
  readonly certainty: Certainty;
  /** Offsets of the secret itself in the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly publicPrefix?: string;
}
