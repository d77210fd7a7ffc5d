// Finds credentials in text: by what they look like, and by the name they are given.
import { findAssignments, maxHeadLength } from './assignments.ts';
import { createWindowFinder, type Window } from './candidate-windows.ts';
import type {
  Candidate,
  Certainty,
  Detector,
  NameDetector,
  PatternDetector,
  SecretMatch,
  TextKind,
} from './detector.ts';
import { detectors } from './detectors.ts';
import { isDocumentedExample } from './documented-examples.ts';
import { decodeBase64 } from './encoded.ts';
import { wordsOf } from './name-words.ts';
import { isMockToken, isPlaceholder, isSequential } from './placeholder.ts';
import { isAddress, isPath } from './value-look.ts';

const patternDetectors = detectors.filter((detector) => detector.by === 'pattern');
const nameDetectors = detectors.filter((detector) => detector.by === 'name');
const findWindows = createWindowFinder(patternDetectors);

/** A lookbehind must see what stands before the window. */
const lookbehindMargin = 8;

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

function* matchesInWindow(
  detector: PatternDetector,
  text: string,
  window: Window,
  kind: TextKind,
): Generator<SecretMatch> {
  const from = Math.max(0, window.start - lookbehindMargin);
  const stretch = text.slice(from, window.end);
  const { pattern } = detector;
  pattern.lastIndex = window.start - from;
  for (let match = pattern.exec(stretch); match !== null; match = pattern.exec(stretch)) {
    const offsets = match.indices?.groups?.['secret'];
    const groups = match.groups ?? {};
    const secret = groups['secret'];
    if (offsets === undefined || secret === undefined) continue;
    const certainty = judge(detector, { secret, groups, kind });
    if (certainty === undefined) continue;
    yield {
      detector: detector.id,
      title: detector.title,
      certainty,
      start: from + offsets[0],
      end: from + offsets[1],
      ...(groups['prefix'] === undefined ? {} : { publicPrefix: groups['prefix'] }),
    };
  }
}

/** A token with an alphabet in it is documentation in a file; in an image's own configuration somebody may mean it. */
function judge(detector: PatternDetector, candidate: Candidate): Certainty | undefined {
  const { secret, groups, kind } = candidate;
  const body = secret.slice(groups['prefix']?.length ?? 0);
  if (isDocumentedExample(secret) || isMockToken(body) || isPlaceholder(body)) return undefined;
  const certainty = detector.proof === undefined ? detector.certainty : detector.proof(candidate);
  if (certainty === undefined || !isSequential(body)) return certainty;
  return kind === 'file' ? undefined : 'likely';
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

function detectorByName(name: string, value: string, inline: boolean): NameDetector | undefined {
  const words = wordsOf(name);
  const detector = nameDetectors.find((candidate) => candidate.promises(words));
  if (detector === undefined) return undefined;
  const head = value.slice(0, maxHeadLength);
  if ((inline && /\$[A-Za-z_]/.test(head)) || !detector.accepts(head, words)) return undefined;
  // Of an address only the password in it is secret, and that is found by its look.
  if (isPlaceholder(head) || isPath(head) || isAddress(head) || isDocumentedExample(head)) return undefined;
  return detector;
}

const rank = new Map<string, number>(detectors.map((detector: Detector, index) => [detector.id, index]));

/**
 * What overlaps becomes one match over all of it, so that nothing of a weaker find is left beside a stronger one; it is named by the
 * strongest. The list of detectors goes from the specific to the general, so its order settles what certainty does not.
 */
function withoutOverlaps(matches: readonly SecretMatch[]): readonly SecretMatch[] {
  const merged: SecretMatch[] = [];
  for (const match of matches.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    if (last === undefined || match.start >= last.end) merged.push(match);
    else
      merged[merged.length - 1] = { ...stronger(last, match), start: last.start, end: Math.max(last.end, match.end) };
  }
  return merged;
}

function stronger(a: SecretMatch, b: SecretMatch): SecretMatch {
  if (a.certainty !== b.certainty) return a.certainty === 'certain' ? a : b;
  return (rank.get(a.detector) ?? 0) <= (rank.get(b.detector) ?? 0) ? a : b;
}
