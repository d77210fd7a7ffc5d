// Globs over slash-separated names: `*` within one segment, `**` for whole segments; linear in the text.
import { Fault } from './fault.ts';

/** Longer patterns are mistakes, and bounding them bounds matching. */
const maxPatternLength = 512;

interface Matching<P, T> {
  /** Whether this part of the pattern stands for any number of parts of the text. */
  readonly isStar: (part: P) => boolean;
  readonly fits: (part: P, text: T) => boolean;
}

/** The greedy walk: on a mismatch back to the last star alone, so it takes at most pattern × text steps. */
function walk<P, T>(pattern: ArrayLike<P>, text: ArrayLike<T>, { isStar, fits }: Matching<P, T>): boolean {
  const isStarAt = (index: number): boolean => {
    const part = pattern[index];
    return part !== undefined && isStar(part);
  };
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const part = pattern[p];
    const piece = text[t];
    if (isStarAt(p)) {
      star = p;
      p += 1;
      resume = t;
    } else if (part !== undefined && piece !== undefined && fits(part, piece)) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      p = star + 1;
      resume += 1;
      t = resume;
    } else return false;
  }
  while (isStarAt(p)) p += 1;
  return p === pattern.length;
}

const characters: Matching<string, string> = { isStar: (part) => part === '*', fits: (part, text) => part === text };

const segments: Matching<string, string> = {
  isStar: (part) => part === '**',
  fits: (part, text) => walk(part, text, characters),
};

/**
 * Compiles a glob once. `**` stands for any number of whole segments, also none; there are no other special characters.
 * @throws Fault `document/invalid` for an empty pattern, an empty segment, white space, or `**` that shares its segment.
 */
export function compileGlob(pattern: string): (text: string) => boolean {
  const problem = problemOfGlob(pattern);
  if (problem !== undefined) throw new Fault('document/invalid', `${JSON.stringify(pattern)} is no glob: ${problem}`);
  const parts = pattern.split('/');
  return (text) => walk(parts, text.split('/'), segments);
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
