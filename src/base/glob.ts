// Globs over slash-separated names: `*` within one segment, `**` for whole segments; linear in the text.
import { Fault } from './fault.ts';

/** Longer patterns are mistakes, and bounding them bounds matching. */
const maxPatternLength = 512;

/** Greedy match of one segment with `*`; backtracks only to the last star, so it is O(pattern × text) at worst. */
function matchesSegment(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p;
      p += 1;
      resume = t;
    } else if (p < pattern.length && pattern[p] === text[t]) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      p = star + 1;
      resume += 1;
      t = resume;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

/** The same greedy walk over segments, where `**` is the star. */
function matchesSegments(pattern: readonly string[], text: readonly string[]): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const wanted = pattern[p];
    if (wanted === '**') {
      star = p;
      p += 1;
      resume = t;
    } else if (wanted !== undefined && matchesSegment(wanted, text[t] ?? '')) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      p = star + 1;
      resume += 1;
      t = resume;
    } else return false;
  }
  while (pattern[p] === '**') p += 1;
  return p === pattern.length;
}

/**
 * Compiles a glob once. `**` stands for any number of whole segments, also none; there are no other special characters.
 * @throws Fault `document/invalid` for an empty pattern, an empty segment, white space, or `**` that shares its segment.
 */
export function compileGlob(pattern: string): (text: string) => boolean {
  const problem = problemOfGlob(pattern);
  if (problem !== undefined) throw new Fault('document/invalid', `${JSON.stringify(pattern)} is no glob: ${problem}`);
  const segments = pattern.split('/');
  return (text) => matchesSegments(segments, text.split('/'));
}

function problemOfGlob(pattern: string): string | undefined {
  if (pattern === '') return 'it is empty';
  if (pattern.length > maxPatternLength) return `it is longer than ${maxPatternLength} characters`;
  if (/[\s\u0000-\u001f]/.test(pattern)) return 'it has white space in it';
  if (/[?[\]{}!\\]/.test(pattern)) return 'only * and ** are special; ? [ ] { } ! \\ are not supported';
  for (const segment of pattern.split('/')) {
    if (segment === '') return 'it has an empty segment';
    if (segment.includes('**') && segment !== '**')
      return '** stands for whole segments and must stand alone between slashes';
  }
  return undefined;
}
