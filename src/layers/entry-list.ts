// The entries of a layer in few bytes: plain JSON by columns, in the order of the archive.
import type { TarEntry, TarEntryType } from './tar-entry.ts';

/**
 * CRC-32 of the first `headSumBytes` that the archive has of a file. Files of equal content have equal sums; files of equal size and sum are
 * likely the same. The sum of all bytes would cost a sixth of what decompression does.
 */
export const headSumBytes = 16 * 1024;

/** One entry, its path normalised. What is the same for many entries is one object. */
export interface LayerEntry {
  /** Counted from 0 in the order of the archive; names the entry within its layer. */
  readonly index: number;
  readonly type: TarEntryType;
  /** Normalised; empty for the root. Whiteouts are entries like any other. */
  readonly path: string;
  /** Of a hard or symbolic link, as written; empty for all else. */
  readonly target: string;
  /** Bytes of a file with its holes; 0 for all else. */
  readonly size: number;
  /** Sum of a file's head (`headSumBytes`), 0 for all else. */
  readonly headSum: number;
  readonly attributes: EntryAttributes;
}

export interface EntryAttributes {
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whether the file carries capabilities (`security.capability`). */
  readonly capability: boolean;
}

export function isSameAttributes(one: EntryAttributes, other: EntryAttributes): boolean {
  const { mode, uid, gid, capability } = one;
  return mode === other.mode && uid === other.uid && gid === other.gid && capability === other.capability;
}

/** Columns have one item for each entry, unless they say otherwise. */
export interface LayerEntryList {
  /** One letter each; `typeLetters` says which. */
  readonly types: string;
  /** How many UTF-16 units a path shares with the one before it. */
  readonly shared: readonly number[];
  /** The rest of each path, each followed by a NUL, which no path has: one text takes far less memory than many. */
  readonly rest: string;
  /** For each link. */
  readonly targets: readonly string[];
  /** For each file. */
  readonly sizes: readonly number[];
  /** For each file. */
  readonly sums: readonly number[];
  /** Index into `attributeSets`. */
  readonly attributes: readonly number[];
  readonly attributeSets: readonly EntryAttributes[];
}

const typeLetters = {
  file: 'f',
  hardlink: 'h',
  symlink: 'l',
  char: 'c',
  block: 'b',
  directory: 'd',
  fifo: 'p',
  global: 'g',
} as const satisfies Record<TarEntryType, string>;

const typeByLetter: ReadonlyMap<string, TarEntryType> = new Map([
  ['f', 'file'],
  ['h', 'hardlink'],
  ['l', 'symlink'],
  ['c', 'char'],
  ['b', 'block'],
  ['d', 'directory'],
  ['p', 'fifo'],
  ['g', 'global'],
]);

const partsAtOnce = 4096;

/** Gathers entries as they come; a file's sum is given when its content has passed. */
export class EntryListBuilder {
  #types = '';
  readonly #shared: number[] = [];
  #rest = '';
  #restParts: string[] = [];
  #namesLength = 0;
  readonly #targets: string[] = [];
  readonly #sizes: number[] = [];
  readonly #sums: number[] = [];
  readonly #attributes: number[] = [];
  readonly #attributeSets: EntryAttributes[] = [];
  readonly #setByKey = new Map<string, number>();
  #lastPath = '';

  /** UTF-16 units of all that is kept of paths and targets. */
  get namesLength(): number {
    return this.#namesLength;
  }

  /** Says the index of the entry. */
  add(path: string, entry: TarEntry): number {
    this.#types += typeLetters[entry.type];
    const shared = sharedLength(this.#lastPath, path);
    this.#lastPath = path;
    this.#shared.push(shared);
    this.#addRest(path.slice(shared));
    if (entry.type === 'hardlink' || entry.type === 'symlink') {
      this.#targets.push(entry.target);
      this.#namesLength += entry.target.length;
    }
    if (entry.type === 'file') this.#sizes.push(entry.size);
    return this.#attributes.push(this.#attributeSet(entry)) - 1;
  }

  /** The sum of the file that was added last. */
  addSum(headSum: number): void {
    this.#sums.push(headSum);
  }

  build(): LayerEntryList {
    this.#joinRest();
    return {
      types: this.#types,
      shared: this.#shared,
      rest: this.#rest,
      targets: this.#targets,
      sizes: this.#sizes,
      sums: this.#sums,
      attributes: this.#attributes,
      attributeSets: this.#attributeSets,
    };
  }

  #addRest(rest: string): void {
    this.#restParts.push(rest);
    this.#namesLength += rest.length;
    if (this.#restParts.length === partsAtOnce) this.#joinRest();
  }

  #joinRest(): void {
    this.#rest += this.#restParts.map((part) => `${part}\0`).join('');
    this.#restParts = [];
  }

  #attributeSet({ mode, uid, gid, xattrs }: TarEntry): number {
    const capability = xattrs.includes('security.capability');
    const key = `${mode} ${uid} ${gid} ${capability}`;
    const known = this.#setByKey.get(key);
    if (known !== undefined) return known;
    const index = this.#attributeSets.push({ mode, uid, gid, capability }) - 1;
    this.#setByKey.set(key, index);
    return index;
  }
}

function sharedLength(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let length = 0;
  while (length < most && one.charCodeAt(length) === other.charCodeAt(length)) length += 1;
  return length;
}

const noAttributes: EntryAttributes = { mode: 0, uid: 0, gid: 0, capability: false };

/** The entries one by one, in order. */
export function* entriesOf(list: LayerEntryList): Generator<LayerEntry> {
  let path = '';
  let restAt = 0;
  let links = 0;
  let files = 0;
  for (let index = 0; index < list.types.length; index += 1) {
    const type = typeByLetter.get(list.types.charAt(index)) ?? 'file';
    const restEnd = list.rest.indexOf('\0', restAt);
    path = path.slice(0, list.shared[index]) + list.rest.slice(restAt, restEnd);
    restAt = restEnd + 1;
    const isLink = type === 'hardlink' || type === 'symlink';
    const isFile = type === 'file';
    yield {
      index,
      type,
      path,
      target: isLink ? (list.targets[links] ?? '') : '',
      size: isFile ? (list.sizes[files] ?? 0) : 0,
      headSum: isFile ? (list.sums[files] ?? 0) : 0,
      attributes: list.attributeSets[list.attributes[index] ?? -1] ?? noAttributes,
    };
    if (isLink) links += 1;
    if (isFile) files += 1;
  }
}
