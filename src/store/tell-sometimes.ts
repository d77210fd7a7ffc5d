// Tells of troubles that come again and again once in a while, with how often there were.
import type { StoreTrouble, TroubleKind } from './store-trouble.ts';

/** A full disk is told with every write; a line of the log a minute says as much. */
const tellAgainMs = 60_000;

export function tellSometimes(
  tell: (trouble: StoreTrouble & { readonly times: number }) => void,
  now: () => number,
): (trouble: StoreTrouble) => void {
  const told = new Map<TroubleKind, { readonly atMs: number; since: number }>();
  return (trouble) => {
    const last = told.get(trouble.kind);
    if (last !== undefined && now() - last.atMs < tellAgainMs) {
      last.since += 1;
      return;
    }
    told.set(trouble.kind, { atMs: now(), since: 0 });
    tell({ ...trouble, times: (last?.since ?? 0) + 1 });
  };
}
