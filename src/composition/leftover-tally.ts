// Counts what building left behind: one sum for each thing, whatever number of files and layers it is spread over.
import { shorten } from '../base/printable.ts';
import type { Leftover } from './composition.ts';
import type { LeftoverName } from './part.ts';

/** One file of a leftover. */
export interface LeftoverFile {
  readonly layer: number;
  readonly path: string;
  readonly bytes: number;
  readonly isHidden: boolean;
}

const maxSamples = 3;

/** Facts of an image are small, whatever it holds: paths and evidence are cut to this many characters. */
const maxPathLength = 1024;
const maxEvidenceLength = 400;

/** Leftovers of one kind that are told one by one, the largest; the rest of the kind is told together. Large dependency trees have a thousand. */
const maxToldOfKind = 40;

class Sum {
  readonly name: LeftoverName;
  readonly paths: string[] = [];
  readonly bytesByLayer = new Map<number, number>();
  files = 0;
  bytes = 0;
  hiddenFiles = 0;

  constructor(name: LeftoverName) {
    this.name = name;
  }

  add({ layer, path, bytes, isHidden }: LeftoverFile): void {
    const shown = shorten(path, maxPathLength);
    if (this.paths.length < maxSamples && !this.paths.includes(shown)) this.paths.push(shown);
    this.bytesByLayer.set(layer, (this.bytesByLayer.get(layer) ?? 0) + bytes);
    this.files += 1;
    this.bytes += bytes;
    if (isHidden) this.hiddenFiles += 1;
  }
}

export interface LeftoverContext {
  readonly baseLayers: number;
  /** The part of a layer's blob that some bytes of its files are. */
  readonly compressed: (layer: number, bytes: number) => number;
}

export class LeftoverTally {
  /** Parts are one object for each thing, so this is found fast; equal things are put together at the end. */
  readonly #byName = new Map<LeftoverName, Sum>();
  readonly #byKey = new Map<string, Sum>();

  add(name: LeftoverName, file: LeftoverFile): void {
    // A file without bytes is nothing that anyone could save.
    if (file.bytes === 0) return;
    const sum = this.#byName.get(name) ?? this.#sumOf(name);
    sum.add(file);
  }

  /** Ordered by bytes, the most first. */
  leftovers(context: LeftoverContext): readonly Leftover[] {
    const kinds = Map.groupBy(this.#byKey.values(), ({ name }) => `${name.category} ${name.ecosystem}`);
    return [...kinds.values()]
      .flatMap((sums) => {
        const ordered = sums.map((sum) => leftoverOf(sum, context)).sort(largestFirst);
        const [first, ...rest] = ordered.slice(maxToldOfKind);
        return first === undefined ? ordered : [...ordered.slice(0, maxToldOfKind), together(first, rest)];
      })
      .sort(largestFirst);
  }

  #sumOf(name: LeftoverName): Sum {
    const key = [name.category, name.ecosystem, name.name, name.version ?? ''].join('\0');
    const sum = this.#byKey.get(key) ?? new Sum(name);
    this.#byKey.set(key, sum);
    this.#byName.set(name, sum);
    return sum;
  }
}

function leftoverOf(sum: Sum, { baseLayers, compressed }: LeftoverContext): Leftover {
  const byLayer = [...sum.bytesByLayer].sort(([a], [b]) => a - b);
  return {
    ...sum.name,
    evidence: shorten(sum.name.evidence, maxEvidenceLength),
    members: 1,
    paths: sum.paths,
    files: sum.files,
    bytes: sum.bytes,
    compressedBytes: byLayer.reduce((total, [layer, bytes]) => total + compressed(layer, bytes), 0),
    layers: byLayer.map(([layer]) => layer),
    isHidden: sum.hiddenFiles === sum.files,
    inBase: byLayer.every(([layer]) => layer < baseLayers),
  };
}

/** Then by name and version, which no two share, so that the order is always the same. */
function largestFirst(a: Leftover, b: Leftover): number {
  const [one, other] = [`${a.name}\0${a.version ?? ''}`, `${b.name}\0${b.version ?? ''}`];
  return b.bytes - a.bytes || (one < other ? -1 : 1);
}

/** Many small leftovers of one kind as one; the first speaks for them. */
function together({ category, ecosystem, name, evidence, ...first }: Leftover, others: readonly Leftover[]): Leftover {
  const rest = [{ category, ecosystem, name, evidence, ...first }, ...others];
  const total = (of: (one: Leftover) => number) => rest.reduce((sum, one) => sum + of(one), 0);
  return {
    category,
    ecosystem,
    name: others.length === 0 ? name : `${name} and ${others.length} more`,
    evidence,
    members: rest.length,
    paths: rest.slice(0, maxSamples).flatMap(({ paths }) => paths.slice(0, 1)),
    files: total(({ files }) => files),
    bytes: total(({ bytes }) => bytes),
    compressedBytes: total(({ compressedBytes }) => compressedBytes),
    layers: [...new Set(rest.flatMap(({ layers }) => layers))].sort((a, b) => a - b),
    isHidden: rest.every(({ isHidden }) => isHidden),
    inBase: rest.every(({ inBase }) => inBase),
  };
}
