// Regular expressions for texts from strangers: RE2's common syntax, run as a set of states, so no pattern can be made slow.
import { Fault } from '../base/fault.ts';

/** Longer patterns are mistakes. */
const maxPatternLength = 512;

/** Counted repetition is written out; with maxInstructions it bounds the work per character. */
const maxRepetition = 256;

/** Each character of the text costs at most this many steps. */
const maxInstructions = 2048;

/** Groups inside one another; bounds the recursion of the parser. */
const maxNesting = 32;

type Test = (codePoint: number) => boolean;

type Node =
  | { readonly kind: 'test'; readonly test: Test }
  | { readonly kind: 'begin' | 'end' | 'empty' }
  | { readonly kind: 'sequence' | 'either'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly min: number; readonly max: number };

type Instruction =
  | { readonly op: 'test'; readonly test: Test }
  | { readonly op: 'begin' | 'end' | 'match' }
  | { readonly op: 'split'; readonly to: readonly number[] };

export interface LinearPattern {
  /** Whether the pattern is found anywhere in the text; `^` and `$` bind it to the whole. At most `instructions` steps a character. */
  readonly found: (text: string) => boolean;
  readonly instructions: number;
}

/**
 * Compiles a pattern: literals, `.`, classes, `\d \w \s` and their opposites, groups, `|`, `* + ? {n,m}`, `^`, `$`.
 * `.` takes every character but a line feed; `^` and `$` mean the ends of the text.
 * @throws Fault `document/invalid` for anything else: no back references, no look-around, no flags.
 */
export function compileLinearPattern(pattern: string): LinearPattern {
  if (pattern.length > maxPatternLength) throw invalid(pattern, `it is longer than ${maxPatternLength} characters`);
  const program: Instruction[] = [];
  emit(new PatternParser(pattern).parse(), program, pattern);
  program.push({ op: 'match' });
  return { found: (text) => run(program, text), instructions: program.length };
}

function invalid(pattern: string, problem: string): Fault {
  return new Fault('document/invalid', `${JSON.stringify(pattern.slice(0, 80))} is no pattern: ${problem}`);
}

function emit(node: Node, program: Instruction[], pattern: string): void {
  if (program.length > maxInstructions) throw invalid(pattern, 'its repetitions make it too large');
  switch (node.kind) {
    case 'empty':
      return;
    case 'test':
      program.push({ op: 'test', test: node.test });
      return;
    case 'begin':
    case 'end':
      program.push({ op: node.kind });
      return;
    case 'sequence':
      for (const part of node.parts) emit(part, program, pattern);
      return;
    case 'either':
      emitEither(node.parts, program, pattern);
      return;
    case 'repeat':
      emitRepeat(node, program, pattern);
      return;
    default:
      node satisfies never;
  }
}

function emitEither(parts: readonly Node[], program: Instruction[], pattern: string): void {
  const start = program.push({ op: 'split', to: [] }) - 1;
  const starts: number[] = [];
  const jumps: number[] = [];
  for (const part of parts) {
    starts.push(program.length);
    emit(part, program, pattern);
    jumps.push(program.push({ op: 'split', to: [] }) - 1);
  }
  program[start] = { op: 'split', to: starts };
  for (const jump of jumps) program[jump] = { op: 'split', to: [program.length] };
}

function emitRepeat(
  { part, min, max }: { readonly part: Node; readonly min: number; readonly max: number },
  program: Instruction[],
  pattern: string,
): void {
  for (let times = 0; times < min; times += 1) {
    const before = program.length;
    emit(part, program, pattern);
    // Nothing repeated is nothing, however often.
    if (program.length === before) return;
  }
  if (max === Number.POSITIVE_INFINITY) {
    const loop = program.push({ op: 'split', to: [] }) - 1;
    emit(part, program, pattern);
    program.push({ op: 'split', to: [loop] });
    program[loop] = { op: 'split', to: [loop + 1, program.length] };
    return;
  }
  const skips: number[] = [];
  for (let times = min; times < max; times += 1) {
    skips.push(program.push({ op: 'split', to: [] }) - 1);
    emit(part, program, pattern);
  }
  for (const skip of skips) program[skip] = { op: 'split', to: [skip + 1, program.length] };
}

/** Thompson's simulation: all states at once, each at most once per character; a new attempt begins at every character. */
function run(program: readonly Instruction[], text: string): boolean {
  let states: number[] = [];
  let index = 0;
  for (const character of text) {
    states = closure(program, [...states, 0], { begin: index === 0, end: false });
    if (states.includes(program.length - 1)) return true;
    const codePoint = character.codePointAt(0) ?? 0;
    states = states.filter((state) => passes(program[state], codePoint)).map((state) => state + 1);
    index += character.length;
  }
  return closure(program, [...states, 0], { begin: index === 0, end: true }).includes(program.length - 1);
}

function passes(instruction: Instruction | undefined, codePoint: number): boolean {
  return instruction?.op === 'test' && instruction.test(codePoint);
}

/** The states reached without reading a character. */
function closure(
  program: readonly Instruction[],
  starts: readonly number[],
  at: { readonly begin: boolean; readonly end: boolean },
): number[] {
  const seen = new Set<number>();
  const open = [...starts];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (seen.has(state)) continue;
    seen.add(state);
    const instruction = program[state];
    if (instruction?.op === 'split') open.push(...instruction.to);
    if ((instruction?.op === 'begin' && at.begin) || (instruction?.op === 'end' && at.end)) open.push(state + 1);
  }
  return [...seen];
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

  parse(): Node {
    const node = this.#either();
    if (this.#at < this.#characters.length) throw this.#invalid('a ) closes nothing');
    return node;
  }

  #either(): Node {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: 'either', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      parts.push(this.#repeated());
    }
    return { kind: 'sequence', parts };
  }

  #repeated(): Node {
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

  #atom(): Node {
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

  #group(): Node {
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
    return invalid(this.#pattern, problem);
  }
}

function literal(character: string): Test {
  const wanted = character.codePointAt(0);
  return (code) => code === wanted;
}
