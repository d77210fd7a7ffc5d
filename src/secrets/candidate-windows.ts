// Where in a text each detector has to look: round its keywords only, each place once, so that time stays linear.
import type { PatternDetector, Reach } from './detector.ts';
import { createKeywordTable } from './keyword-table.ts';

/** Enough for every token that fits on a line; longer ones (keys, JSON) say so themselves. */
export const defaultReach: Reach = { before: 160, after: 400 };

/** A stretch of text, in UTF-16 units, that one detector's pattern is run on. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** For each detector with a keyword in the text: its windows in order, not overlapping. */
export type FindWindows = (text: string) => ReadonlyMap<PatternDetector, readonly Window[]>;

export function createWindowFinder(detectors: readonly PatternDetector[]): FindWindows {
  const owners = new Map<string, PatternDetector[]>();
  for (const detector of detectors) {
    for (const keyword of detector.keywords) {
      const folded = keyword.toLowerCase();
      owners.set(folded, [...(owners.get(folded) ?? []), detector]);
    }
  }
  const ownersOf = [...owners.values()];
  const table = createKeywordTable([...owners.keys()]);

  return (text) => {
    const windows = new Map<PatternDetector, { start: number; end: number }[]>();
    // One byte for each UTF-16 unit: positions stay the same, and what a wide character is cut down to only costs a look.
    table.scan(Buffer.from(text, 'latin1'), (position, keyword) => {
      for (const detector of ownersOf[keyword] ?? []) {
        const list = windows.get(detector) ?? [];
        if (list.length === 0) windows.set(detector, list);
        addWindow(list, position, detector.reach ?? defaultReach, text.length);
      }
    });
    return windows;
  };
}

/** Positions come in order, but two keywords of one detector may reach back by the same distance only: starts never decrease. */
function addWindow(list: { start: number; end: number }[], position: number, reach: Reach, length: number): void {
  const start = Math.max(0, position - reach.before);
  const end = Math.min(length, position + reach.after);
  const last = list.at(-1);
  if (last !== undefined && start <= last.end) last.end = end;
  else list.push({ start, end });
}
