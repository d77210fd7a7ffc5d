// Counts what parsing a JSON text will cost, before it is parsed.

const marks = ['{', '[', ','] as const;

/**
 * Objects, lists and commas wherever they stand, in strings too: never fewer than there are values, but one. Counting ends above `max`.
 */
export function countValues(text: string, max: number): number {
  let count = 0;
  for (const mark of marks) {
    for (let at = text.indexOf(mark); at >= 0 && count <= max; at = text.indexOf(mark, at + 1)) count += 1;
  }
  return count;
}
