// The lines of a text file, one after the other, without copying it whole into an array.
import type { PathLines } from './packaging-document.ts';

/** Without line ends, `\r\n` included; bytes that are not UTF-8 become U+FFFD. */
export function* linesOf(bytes: Uint8Array): Generator<string> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  for (let start = 0; start < text.length; ) {
    const at = text.indexOf('\n', start);
    const end = at === -1 ? text.length : at;
    yield text.slice(start, text[end - 1] === '\r' ? Math.max(start, end - 1) : end);
    start = end + 1;
  }
}

/** What is longer is no name and no version of a package; keeping it would keep what somebody hid there. */
const maxNameLength = 214;

/** Whether a text can be the name, the version or the path of a package: bounded, and without control characters. */
export function isNameLike(text: string): boolean {
  return text !== '' && text.length <= maxNameLength && !/[\u0000-\u0020\u007f]/.test(text);
}

/** Paths as they are kept, in one text. */
export function pathLines(paths: readonly string[]): PathLines {
  return paths.map((path) => `${path}\n`).join('');
}

/**
 * Characters of all paths that are kept of one document. Where a document says directories and names apart, or nests them, a few of its
 * bytes can stand for very long paths; real databases have some hundred thousand paths of 60 characters.
 */
const maxPathsLength = 16 * 1024 * 1024;

/** Counts the paths that are kept of one document. */
export class PathBudget {
  #left = maxPathsLength;

  /** Says whether there was room for a path. */
  take(path: string): boolean {
    this.#left -= path.length + 1;
    return this.#left >= 0;
  }
}
