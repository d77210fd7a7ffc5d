// What is alike is told a few times and then counted, so that a package full of test keys hides nothing that lies beside it.

interface Told<T> {
  readonly one: T;
  /** Those that are like it and are not told themselves. */
  readonly more: readonly T[];
}

/**
 * In their order; those that are not told stand with the last of their kind that is. One more than are told is told as well.
 * @param kindOf undefined for what is like nothing else.
 * @param shown how many of a kind are told.
 */
export function tellAlike<T>(
  all: readonly T[],
  kindOf: (one: T) => string | undefined,
  shown: number,
): readonly Told<T>[] {
  const kinds = Map.groupBy(all, kindOf);
  return all.flatMap((one): readonly Told<T>[] => {
    const kind = kindOf(one);
    const alike = kind === undefined ? [one] : (kinds.get(kind) ?? []);
    if (alike.length <= shown + 1) return [{ one, more: [] }];
    const index = alike.indexOf(one);
    if (index >= shown) return [];
    return [{ one, more: index === shown - 1 ? alike.slice(shown) : [] }];
  });
}

/** The first of every kind, then the second of every kind and so on: what is cut off at the end has others like it that stay. */
export function spreadAlike<T>(all: readonly T[], kindOf: (one: T) => string): readonly T[] {
  const kinds = Map.groupBy(all, kindOf);
  const turns = [...kinds.values()].flatMap((alike) => alike.map((one, turn) => ({ one, turn })));
  return turns.sort((a, b) => a.turn - b.turn).map(({ one }) => one);
}

/** The first two folders of an absolute path: `/usr/src`, `/app/node_modules`, `/root/go`. */
export function topFolder(path: string): string {
  return `/${path.split('/').slice(1, -1).slice(0, 2).join('/')}`;
}
