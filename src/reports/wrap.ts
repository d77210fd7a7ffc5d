// Breaks long text into lines for a terminal.

/** Columns; wide enough for an image name with its digest on most terminals. */
const defaultWidth = 100;

/**
 * Lines of at most `width` columns that begin with `first` and then with as many blanks; a word that is longer stands on a line of its own.
 */
export function wrap(text: string, first: string, width = defaultWidth): readonly string[] {
  const blanks = ' '.repeat(first.length);
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = blanks;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return isEmpty ? lines : [...lines, line];
}
