// Makes one match of those that overlap, named by the most certain and most specific detector.
import type { SecretMatch } from './detector.ts';
import { detectors } from './detectors.ts';

const rank = new Map<string, number>(detectors.map(({ id }, index) => [id, index]));

/**
 * In order of position. What overlaps becomes one match over all of it, so that nothing of a weaker find is left beside a stronger one; it
 * is named by the strongest. The list of detectors goes from the specific to the general, so its order settles what certainty does not.
 */
export function withoutOverlaps<Match extends SecretMatch>(matches: readonly Match[]): readonly Match[] {
  const merged: Match[] = [];
  for (const match of matches.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    if (last === undefined || match.start >= last.end) merged.push(match);
    else
      merged[merged.length - 1] = { ...stronger(last, match), start: last.start, end: Math.max(last.end, match.end) };
  }
  return merged;
}

function stronger<Match extends SecretMatch>(a: Match, b: Match): Match {
  if (a.certainty !== b.certainty) return a.certainty === 'certain' ? a : b;
  return (rank.get(a.detector) ?? 0) <= (rank.get(b.detector) ?? 0) ? a : b;
}
