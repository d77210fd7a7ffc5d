// Tells whether a name and its value are a credential that only the name tells apart.
import { maxHeadLength } from './assignments.ts';
import type { NameDetector } from './detector.ts';
import { namedDetectors } from './detectors/by-name.ts';
import { isDocumentedExample } from './documented-examples.ts';
import { wordsOf } from './name-words.ts';
import { isPlaceholder } from './placeholder.ts';
import { isAddress, isPath } from './value-look.ts';

/** `inline` values stand in a line for a shell or a program, which fills in `$NAME` wherever it stands. */
export function detectorByName(name: string, value: string, inline: boolean): NameDetector | undefined {
  const words = wordsOf(name);
  const detector = namedDetectors.find((candidate) => candidate.promises(words));
  if (detector === undefined) return undefined;
  const head = value.slice(0, maxHeadLength);
  if ((inline && /\$[A-Za-z_]/.test(head)) || !detector.accepts(head, words)) return undefined;
  // Of an address only the password in it is secret, and that is found by its look.
  if (isPlaceholder(head) || isPath(head) || isAddress(head) || isDocumentedExample(head)) return undefined;
  return detector;
}
