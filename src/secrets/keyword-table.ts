// Finds which of many keywords occur where in bytes, in one pass whose cost does not grow with their number.

/** Shorter keywords cannot be found: the pass looks at windows of this many bytes. */
const minKeywordBytes = 4;

export interface KeywordTable {
  /** Calls back for every occurrence, in order of position; letters are folded, and punctuation that folds alike may be reported too. */
  readonly scan: (bytes: Uint8Array, onHit: (position: number, keyword: number) => void) => void;
}

interface Entry {
  readonly keyword: number;
  readonly folded: Uint8Array;
}

/** One bit folds ASCII letters; that it also folds some punctuation only costs a look by the pattern. */
const caseBit = 0x20;
/** Knuth's multiplicative hashing: 2^32 over the golden ratio, the product's top bits being the well-mixed ones. */
const hashMultiplier = 0x9e3779b1;
const hashBits = 16;

/** @throws RangeError for a keyword that is too short or not ASCII: that is a mistake in the list. */
export function createKeywordTable(keywords: readonly string[]): KeywordTable {
  const maybe = new Uint8Array(2 ** hashBits);
  const entries = new Map<number, Entry[]>();
  for (const [keyword, text] of keywords.entries()) {
    const folded = foldedBytes(text);
    const first = firstWindow(folded);
    maybe[hash(first)] = 1;
    const bucket = entries.get(first);
    if (bucket === undefined) entries.set(first, [{ keyword, folded }]);
    else bucket.push({ keyword, folded });
  }

  return {
    scan(bytes, onHit) {
      let window = 0;
      for (let index = 0; index < bytes.length; index++) {
        window = (window << 8) | (bytes[index] ?? 0) | caseBit;
        if (maybe[hash(window)] === 0 || index < minKeywordBytes - 1) continue;
        const position = index - minKeywordBytes + 1;
        for (const entry of entries.get(window) ?? []) {
          if (occursAt(bytes, position, entry.folded)) onHit(position, entry.keyword);
        }
      }
    },
  };
}

function hash(window: number): number {
  return Math.imul(window, hashMultiplier) >>> (32 - hashBits);
}

function foldedBytes(keyword: string): Uint8Array {
  if (keyword.length < minKeywordBytes || /[^\x20-\x7e]/.test(keyword)) {
    throw new RangeError(`keyword ${JSON.stringify(keyword)} is not ${minKeywordBytes} or more ASCII characters`);
  }
  return Uint8Array.from(keyword, (character) => character.charCodeAt(0) | caseBit);
}

function firstWindow(folded: Uint8Array): number {
  return folded.subarray(0, minKeywordBytes).reduce((window, byte) => (window << 8) | byte, 0);
}

function occursAt(bytes: Uint8Array, position: number, folded: Uint8Array): boolean {
  for (let offset = minKeywordBytes; offset < folded.length; offset++) {
    const byte = bytes[position + offset];
    if (byte === undefined || (byte | caseBit) !== folded[offset]) return false;
  }
  return true;
}
