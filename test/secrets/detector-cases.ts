// What a detector finds and what it leaves alone, as data.

/** By id of the detector. */
export type DetectorCases = Readonly<Record<string, DetectorCase>>;

export interface DetectorCase {
  /** Texts with the credential between guillemets; without them the whole text is one. */
  readonly finds: readonly string[];
  /** Texts in which this detector finds nothing, by why. */
  readonly ignores: Readonly<Record<string, string>>;
}
