// Golden files of what a person sees: a missing one fails; only UPDATE_GOLDEN=1 outside of CI writes one.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const folder = new URL('../golden/', import.meta.url);
const mayWrite = process.env['UPDATE_GOLDEN'] === '1' && process.env['CI'] === undefined;

/** What is another in each run, and the word that stands for it. Names are tried in order. */
export type Replacements = readonly (readonly [found: string | RegExp, word: string])[];

const always: Replacements = [
  [/sha256:[0-9a-f]{64}/g, 'sha256:DIGEST'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID'],
  [/\d+(?:\.\d+)? (?:bytes|[KMG]iB)/g, 'SIZE'],
  // How many rows of history and layers an image has is up to the builder's version.
  [/instruction \d+ of the history/g, 'instruction N of the history'],
  [/\d+ of \d+ \(/g, 'N of N ('],
  [/\(layer \d+\)/g, '(layer N)'],
];

/** @param name of the file, without `.txt`. */
export function assertGolden(name: string, actual: string, replacements: Replacements): void {
  const told = [...replacements, ...always].reduce((text, [found, word]) => text.replaceAll(found, word), actual);
  const file = new URL(`${name}.txt`, folder);
  if (mayWrite) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, told);
  }
  assert.equal(told, readFileSync(file, 'utf8'));
}
