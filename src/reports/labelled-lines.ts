// Lines with a label at their left, as `inspect` writes them.

/** Columns before what a label is about. */
const labelWidth = 13;

export function field(name: string, value: string): string {
  return `  ${name.padEnd(labelWidth)} ${value}`.trimEnd();
}

/** The label once, and the other lines below the first; nothing for no lines. */
export function section(name: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => field(index === 0 ? name : '', line));
}

/** Columns that `field` takes before its value. */
export const fieldIndent = labelWidth + 3;

export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
