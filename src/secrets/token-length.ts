// Tells from a pattern how many characters of a token each of its matches has, so that most places are told to be none without running it.

/** What tokens, keys and identifiers are made of: no quotes, brackets or white space. */
const tokenCharacter = /[A-Za-z0-9_.~+/=%:-]/;

/** One for each byte that can be part of a token. */
export const tokenBytes: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  tokenCharacter.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** The bytes of the tables above that are no part of a token, as text. */
const otherCharacters = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).filter(
  (character) => !tokenCharacter.test(character),
);

/**
 * The fewest characters that a match has, where it consists of nothing but characters of tokens; else undefined. What stands round a match
 * (lookaround) is not part of it.
 */
export function minTokenLength({ source, flags }: RegExp): number | undefined {
  const reader = new PatternReader(source, flags.includes('i') ? 'i' : '');
  const length = reader.alternatives();
  return reader.isToken ? length : undefined;
}

class PatternReader {
  readonly #source: string;
  readonly #flags: string;
  #at = 0;
  isToken = true;

  constructor(source: string, flags: string) {
    this.#source = source;
    this.#flags = flags;
  }

  /** Up to the end of the group, or of the pattern. */
  alternatives(): number {
    let shortest = Number.POSITIVE_INFINITY;
    let length = 0;
    while (this.#at < this.#source.length && this.#source[this.#at] !== ')') {
      if (this.#source[this.#at] === '|') {
        this.#at += 1;
        shortest = Math.min(shortest, length);
        length = 0;
      } else {
        const atom = this.#atom();
        length += atom * this.#fewest();
      }
    }
    this.#at += 1;
    return Math.min(shortest, length);
  }

  #atom(): number {
    const rest = this.#source.slice(this.#at);
    const around = /^\((?:\?[=!]|\?<[=!])/.exec(rest);
    if (around !== null) return this.#lookaround(around[0]);
    const group = /^\((?:\?:|\?<\w+>)?/.exec(rest);
    if (group !== null) {
      this.#at += group[0].length;
      return this.alternatives();
    }
    const single = /^(?:\[(?:\\.|[^\]\\])*\]|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\k<\w+>|\\?[\s\S])/i.exec(rest)?.[0] ?? '';
    this.#at += single.length;
    if (/^(?:[\^$]|\\[bB])$/.test(single)) return 0;
    if (/^\\[k1-9]/.test(single)) this.isToken = false;
    else if (!this.#isTokenClass(single)) this.isToken = false;
    return 1;
  }

  #lookaround(opening: string): number {
    const wasToken = this.isToken;
    this.#at += opening.length;
    this.alternatives();
    this.isToken = wasToken;
    return 0;
  }

  #isTokenClass(single: string): boolean {
    const one = new RegExp(`^${single}$`, this.#flags);
    return !otherCharacters.some((character) => one.test(character));
  }

  /** How often the atom must occur at least. */
  #fewest(): number {
    const quantifier = /^(?:[?*]|\+|\{(\d+)(?:,\d*)?\})\??/.exec(this.#source.slice(this.#at));
    if (quantifier === null) return 1;
    this.#at += quantifier[0].length;
    if (quantifier[0].startsWith('+')) return 1;
    return Number(quantifier[1] ?? 0);
  }
}
