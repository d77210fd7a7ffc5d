// What a multi-stage build of an image would save, and how to get there.
import { type AdviceText, adviceFor, sameStep, smallerBase } from './advice-table.ts';
import type { Composition, CompositionCategory, Ecosystem, Leftover, LeftoverCategory } from './composition.ts';

interface SavedBytes {
  readonly bytes: number;
  /** An estimate, as in the composition. */
  readonly compressedBytes: number;
}

/** Bytes of the base are not among them, but for `inBase`. */
export interface Savings extends SavedBytes {
  /** What the final stage would not have; only those with something to save. */
  readonly categories: readonly ({ readonly category: CompositionCategory } & SavedBytes)[];
  /** Of what the final stage would have: copies that a later layer deleted or overwrote. */
  readonly hidden: SavedBytes;
  /** What is left over in the base: a smaller base would save it, and it is not part of the sum. */
  readonly inBase: SavedBytes;
  /** The largest first. */
  readonly advice: readonly SavingAdvice[];
}

export interface SavingAdvice extends SavedBytes, AdviceText {
  readonly where: 'image' | 'hidden' | 'base';
  readonly category: LeftoverCategory;
  readonly ecosystem: Ecosystem;
  /** The largest leftovers it is about, at most five; from the image, so to be escaped before they are shown. */
  readonly names: readonly string[];
}

/** Documentation comes with packages, and a final stage installs them as well. */
const left = {
  base: false,
  'runtime-dependencies': false,
  application: false,
  documentation: false,
  'build-tools': true,
  'dev-dependencies': true,
  source: true,
  'package-caches': true,
  'version-control': true,
} as const satisfies Record<CompositionCategory, boolean>;

const maxNames = 5;

export function savingsOf({ categories, leftovers }: Composition): Savings {
  const saved = categories
    .filter(({ category, bytes }) => left[category] && bytes > 0)
    .map(({ category, bytes, compressedBytes }) => ({ category, bytes, compressedBytes }));
  const kept = categories.filter(({ category }) => !left[category] && category !== 'base');
  const hidden = sum(
    kept.flatMap(({ layers }) =>
      layers.map(({ bytes, hiddenBytes, compressedBytes }) => ({
        bytes: hiddenBytes,
        compressedBytes: bytes === 0 ? 0 : Math.round((compressedBytes * hiddenBytes) / bytes),
      })),
    ),
  );
  return {
    ...sum([...saved, hidden]),
    categories: saved,
    hidden,
    inBase: sum(leftovers.filter(({ inBase }) => inBase)),
    advice: advice(leftovers),
  };
}

/** One for each kind of leftover and each place where it can be. */
function advice(leftovers: readonly Leftover[]): readonly SavingAdvice[] {
  const kinds = Map.groupBy(leftovers, (one) => [whereIs(one), one.category, one.ecosystem].join(' '));
  return [...kinds.values()]
    .flatMap((group): readonly SavingAdvice[] => {
      const [first] = group;
      if (first === undefined) return [];
      const { category, ecosystem } = first;
      const where = whereIs(first);
      // Those that are told together are small.
      const names = group
        .toSorted((a, b) => Math.sign(a.members - 1) - Math.sign(b.members - 1))
        .slice(0, maxNames)
        .map(({ name }) => name);
      return [{ where, category, ecosystem, names, ...sum(group), ...adviceAt(where, first) }];
    })
    .sort((a, b) => b.bytes - a.bytes);
}

function whereIs({ inBase, isHidden }: Leftover): SavingAdvice['where'] {
  if (inBase) return 'base';
  return isHidden ? 'hidden' : 'image';
}

function adviceAt(where: SavingAdvice['where'], { category, ecosystem }: Leftover): AdviceText {
  switch (where) {
    case 'base':
      return smallerBase;
    case 'hidden':
      return { ...sameStep, dockerfile: adviceFor(category, ecosystem).dockerfile };
    case 'image':
      return adviceFor(category, ecosystem);
    default:
      return where satisfies never;
  }
}

function sum(all: readonly SavedBytes[]): SavedBytes {
  return {
    bytes: all.reduce((total, one) => total + one.bytes, 0),
    compressedBytes: all.reduce((total, one) => total + one.compressedBytes, 0),
  };
}
