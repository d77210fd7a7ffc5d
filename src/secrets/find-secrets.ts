// Finds credentials in text: by what they look like, and by the name they are given.
import { findAssignments } from './assignments.ts';
import { createWindowFinder } from './candidate-windows.ts';
import type { SecretMatch, TextKind } from './detector.ts';
import { detectors } from './detectors.ts';
import { decodeBase64 } from './encoded.ts';
import { detectorByName } from './named-values.ts';
import { withoutOverlaps } from './overlaps.ts';
import { matchesInWindow } from './pattern-matches.ts';

const patternDetectors = detectors.filter((detector) => detector.by === 'pattern');
const findWindows = createWindowFinder(patternDetectors);

/**
 * The credentials in a text, in order and not overlapping; what overlaps is one match, named by the most certain and most specific.
 * Time is linear in the text.
 * @param name of the variable (`env`), key (`label`) or preceding option (`command`) whose whole value `text` is; of a file, its path,
 * which never decides anything.
 */
export function findSecrets(text: string, kind: TextKind, name?: string): readonly SecretMatch[] {
  const lead = name === undefined || kind === 'file' ? '' : `${name}=`;
  const subject = lead + text;
  const found = [
    ...patternMatches(subject, kind),
    ...(kind === 'file' ? [] : namedMatches(subject, kind, lead)),
    ...(lead === '' ? [] : encodedMatches(text, kind, lead)),
  ];
  return withoutOverlaps(found.filter((match) => match.start >= lead.length)).map((match) => ({
    ...match,
    start: match.start - lead.length,
    end: match.end - lead.length,
  }));
}

function* patternMatches(text: string, kind: TextKind): Generator<SecretMatch> {
  for (const [detector, windows] of findWindows(text)) {
    for (const window of windows) yield* matchesInWindow(detector, text, window, kind);
  }
}

/** A value that is base64 as a whole hides nothing: what is found in it goes for all of it. Once, not base64 of base64. */
function encodedMatches(text: string, kind: TextKind, lead: string): readonly SecretMatch[] {
  const decoded = /^[A-Za-z0-9+/_-]{24,}={0,2}\s?$/.test(text) ? decodeBase64(text) : undefined;
  const inside = decoded === undefined ? [] : [...patternMatches(decoded, kind)];
  return inside.map((match) => ({ ...match, start: lead.length, end: lead.length + text.length }));
}

function namedMatches(text: string, kind: TextKind, lead: string): readonly SecretMatch[] {
  const whole = lead === '' ? undefined : detectorByName(lead.slice(0, -1), text.slice(lead.length), false);
  return [
    ...(whole === undefined ? [] : [{ wanted: whole, start: lead.length, end: text.length }]),
    ...findAssignments(text, kind, detectorByName),
  ].map(({ wanted: { id, title, certainty }, start, end }) => ({ detector: id, title, certainty, start, end }));
}
