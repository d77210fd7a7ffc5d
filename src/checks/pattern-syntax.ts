// The syntax of patterns: RE2's common part, read into a tree.
import { Fault } from '../base/fault.ts';

/** Counted repetition is written out; with the limit of instructions it bounds the work per character. */
const maxRepetition = 256;

/** Groups inside one another; bounds the recursion of the parser. */
const maxNesting = 32;

/** Whether a code point is one of those that are meant. */
export type Test = (codePoint: number) => boolean;

/** A pattern as a tree. */
export type PatternNode =
  | { readonly kind: 'test'; readonly test: Test }
  | { readonly kind: 'begin' | 'end' | 'empty' }
  | { readonly kind: 'sequence' | 'either'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly min: number; readonly max: number };

/** @throws Fault `document/invalid` for what is not of this syntax. */
export function parsePattern(pattern: string): PatternNode {
  return new PatternParser(pattern).parse();
}

export function invalidPattern(pattern: string, problem: string): Fault {
  return new Fault('document/invalid', `${JSON.stringify(pattern.slice(0, 80))} is no pattern: ${problem}`);
}

const isDigit: Test = (code) => code >= 0x30 && code <= 0x39;
const isWord: Test = (code) =>
  isDigit(code) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f;
const isSpace: Test = (code) => code === 0x20 || (code >= 0x09 && code <= 0x0d);

const classes: ReadonlyMap<string, Test> = new Map([
  ['d', isDigit],
  ['D', (code) => !isDigit(code)],
  ['w', isWord],
  ['W', (code) => !isWord(code)],
  ['s', isSpace],
  ['S', (code) => !isSpace(code)],
]);

const controls: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

class PatternParser {
  readonly #pattern: string;
  readonly #characters: readonly string[];
  #at = 0;
  #nesting = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#characters = [...pattern];
  }

  parse(): PatternNode {
    const node = this.#either();
    if (this.#at < this.#characters.length) throw this.#invalid('a ) closes nothing');
    return node;
  }

  #either(): PatternNode {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: 'either', parts };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      parts.push(this.#repeated());
    }
    return { kind: 'sequence', parts };
  }

  #repeated(): PatternNode {
    const part = this.#atom();
    const range = this.#quantifier();
    if (range === undefined) return part;
    this.#take('?');
    if (this.#quantifier() !== undefined) throw this.#invalid('a repetition is repeated');
    return { kind: 'repeat', part, ...range };
  }

  #quantifier(): { readonly min: number; readonly max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#take('?')) return { min: 0, max: 1 };
    if (this.#peek() !== '{') return undefined;
    const close = this.#characters.indexOf('}', this.#at);
    const written = close === -1 ? '' : this.#characters.slice(this.#at, close + 1).join('');
    const [, from, comma, to] = /^\{(\d{1,4})(,?)(\d{0,4})\}$/.exec(written) ?? [];
    if (from === undefined || (comma === '' && to !== '')) throw this.#invalid('write a literal brace as \\{');
    this.#at = close + 1;
    const min = Number(from);
    const max = comma === '' ? min : to === '' ? Number.POSITIVE_INFINITY : Number(to);
    if (min > maxRepetition || (max > maxRepetition && max !== Number.POSITIVE_INFINITY))
      throw this.#invalid(`it repeats more than ${maxRepetition} times`);
    if (max < min) throw this.#invalid('a repetition ends before it begins');
    return { min, max };
  }

  #atom(): PatternNode {
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return { kind: 'test', test: this.#set() };
      case '.':
        return { kind: 'test', test: (code) => code !== 0x0a };
      case '^':
        return { kind: 'begin' };
      case '$':
        return { kind: 'end' };
      case '\\':
        return { kind: 'test', test: this.#escape() };
      case '*':
      case '+':
      case '?':
      case '{':
        throw this.#invalid(`a ${character} repeats nothing`);
      default:
        return { kind: 'test', test: literal(character) };
    }
  }

  #group(): PatternNode {
    this.#nesting += 1;
    if (this.#nesting > maxNesting) throw this.#invalid(`groups are nested deeper than ${maxNesting}`);
    if (this.#take('?') && !this.#take(':')) throw this.#invalid('of groups that begin with (? only (?: is supported');
    const node = this.#either();
    if (!this.#take(')')) throw this.#invalid('a ( is not closed');
    this.#nesting -= 1;
    return node;
  }

  #escape(): Test {
    const character = this.#next();
    const known = classes.get(character);
    if (known !== undefined) return known;
    const control = controls.get(character);
    if (control !== undefined) return literal(control);
    if (/[A-Za-z0-9]/.test(character)) throw this.#invalid(`\\${character} is not supported`);
    return literal(character);
  }

  #set(): Test {
    const isNegated = this.#take('^');
    const tests: Test[] = [];
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      const start = this.#member();
      if (typeof start !== 'number') tests.push(start);
      else if (this.#peek() === '-' && this.#characters[this.#at + 1] !== ']') tests.push(this.#range(start));
      else tests.push((code) => code === start);
    }
    this.#at += 1;
    return (code) => tests.some((test) => test(code)) !== isNegated;
  }

  #range(start: number): Test {
    this.#at += 1;
    const end = this.#member();
    if (typeof end !== 'number' || end < start) throw this.#invalid('a range in a class ends before it begins');
    return (code) => code >= start && code <= end;
  }

  /** One member of a class: a code point, or a class such as `\d`. */
  #member(): number | Test {
    const character = this.#next();
    if (character !== '\\') return character.codePointAt(0) ?? 0;
    const escaped = this.#characters[this.#at] ?? '';
    const test = this.#escape();
    return classes.has(escaped) ? test : ((controls.get(escaped) ?? escaped).codePointAt(0) ?? 0);
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #next(): string {
    const character = this.#characters[this.#at];
    if (character === undefined) throw this.#invalid('it ends too early');
    this.#at += 1;
    return character;
  }

  #take(character: string): boolean {
    if (this.#characters[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #invalid(problem: string): Fault {
    return invalidPattern(this.#pattern, problem);
  }
}

function literal(character: string): Test {
  const wanted = character.codePointAt(0);
  return (code) => code === wanted;
}
