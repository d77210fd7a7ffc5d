// Measures the source of a regular expression: how long its longest match is, and whether anything in it repeats without a bound.

export interface PatternShape {
  /** Characters of the longest match; infinite where something repeats without a bound. */
  readonly maxLength: number;
}

/** Reads the part of the grammar that the detectors use; throws for what it does not know, so that nothing is measured wrong. */
export function shapeOf(source: string): PatternShape {
  let at = 0;

  function alternatives(): number {
    let longest = sequence();
    while (source[at] === '|') {
      at++;
      longest = Math.max(longest, sequence());
    }
    return longest;
  }

  function sequence(): number {
    let length = 0;
    while (at < source.length && source[at] !== '|' && source[at] !== ')') length += atom() * repetitions();
    return length;
  }

  function atom(): number {
    const character = source[at++];
    if (character === '\\') return escaped();
    if (character === '[') return characterClass();
    if (character === '(') return group();
    if (character === '^' || character === '$') return 0;
    if (character === undefined || '*+?{'.includes(character)) throw new Error(`unexpected ${character} at ${at}`);
    return 1;
  }

  function escaped(): number {
    const kind = source[at++];
    if (kind === 'x') at += 2;
    return kind === 'b' || kind === 'B' ? 0 : 1;
  }

  function characterClass(): number {
    while (source[at] !== ']') at += source[at] === '\\' ? 2 : 1;
    at++;
    return 1;
  }

  function group(): number {
    const kind = /^\?(?:[:=!]|<[=!]|<\w+>)/.exec(source.slice(at))?.[0] ?? '';
    at += kind.length;
    const length = alternatives();
    at++;
    return /^\?<?[=!]/.test(kind) ? 0 : length;
  }

  function repetitions(): number {
    const quantifier = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(source.slice(at));
    if (quantifier === null) return 1;
    at += quantifier[0].length;
    if (quantifier[0].startsWith('?')) return 1;
    const [, min, comma, max] = quantifier;
    if (min === undefined || (comma === ',' && max === '')) return Number.POSITIVE_INFINITY;
    return Number(comma === ',' ? max : min);
  }

  const maxLength = alternatives();
  if (at !== source.length) throw new Error(`stopped at ${at} of ${source}`);
  return { maxLength };
}
