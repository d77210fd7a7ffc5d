// Runs the pattern of one detector over a window of text, and judges what it finds.
import type { Window } from './candidate-windows.ts';
import type { Candidate, Certainty, PatternDetector, SecretMatch, TextKind } from './detector.ts';
import { isDocumentedExample } from './documented-examples.ts';
import { isMockToken, isPlaceholder, isSequential } from './placeholder.ts';

/** A lookbehind must see what stands before the window. */
export const lookbehindMargin = 8;

/** The matches that begin and end in the window; offsets are those in `text`. */
export function* matchesInWindow(
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
