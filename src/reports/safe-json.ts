// JSON that is safe on a terminal too: what moves the cursor or hides text is escaped, and nothing is shortened.
import { printable } from '../base/printable.ts';

/** Indented by two, ending in a line break. Escapes are JSON's own (`\u202e`), so readers get the same text back. */
export function safeJson(value: unknown): string {
  const lines = JSON.stringify(value, undefined, 2).split('\n');
  return `${lines.map((line) => printable(line, Number.POSITIVE_INFINITY)).join('\n')}\n`;
}
