// Regular expressions for texts from strangers: RE2's common syntax, run as a set of states, so no pattern can be made slow.
import { invalidPattern, type PatternNode, parsePattern, type Test } from './pattern-syntax.ts';

/** Longer patterns are mistakes. */
const maxPatternLength = 512;

/** Each character of the text costs at most this many steps. */
const maxInstructions = 2048;

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
  if (pattern.length > maxPatternLength)
    throw invalidPattern(pattern, `it is longer than ${maxPatternLength} characters`);
  const program: Instruction[] = [];
  emit(parsePattern(pattern), program, pattern);
  program.push({ op: 'match' });
  return { found: (text) => run(program, text), instructions: program.length };
}

function emit(node: PatternNode, program: Instruction[], pattern: string): void {
  if (program.length > maxInstructions) throw invalidPattern(pattern, 'its repetitions make it too large');
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

function emitEither(parts: readonly PatternNode[], program: Instruction[], pattern: string): void {
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
  { part, min, max }: { readonly part: PatternNode; readonly min: number; readonly max: number },
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
