// Gathers what is kept of a layer while its archive streams by, and passes every entry on to those who look for more.
import { crc32 } from 'node:zlib';
import { EntryListBuilder, headSumBytes, type LayerEntryList } from './entry-list.ts';
import { type DocumentReader, documentReaderFor, type LayerDocument } from './layer-documents.ts';
import type { LayerSummary } from './layer-facts.ts';
import { type LayerLimits, limitReached } from './layer-limits.ts';
import { normalisePath, splitPath } from './layer-path.ts';
import type { TarEntry, TarEntryType } from './tar-entry.ts';
import type { TarSummary, TarVisitor } from './tar-reader.ts';
import { whiteoutOf } from './whiteout.ts';

export interface ObservedEntry {
  /** Index of the entry within the layer. */
  readonly index: number;
  /** Normalised; empty for the root. */
  readonly path: string;
  readonly type: TarEntryType;
  /** Bytes of a file with its holes; 0 for all else. */
  readonly size: number;
}

/**
 * Sees every entry of a layer, one after the other: `entry`, then `content` as often as there is some, then `end`. What it gathers may be
 * believed only when reading the layer has succeeded.
 */
export interface LayerObserver {
  entry(entry: ObservedEntry): void;
  /** Bytes of a file in order, and where in it they lie; holes are left out. They are valid during the call only. */
  content(bytes: Buffer, offset: number): void;
  end(): void;
}

export interface CollectedLayer {
  readonly summary: Omit<LayerSummary, keyof TarSummary>;
  readonly entries: LayerEntryList;
  readonly documents: readonly LayerDocument[];
}

interface OpenDocument {
  readonly reader: DocumentReader;
  readonly entry: number;
  readonly bytes: Buffer;
}

const countedAs = {
  file: 'files',
  directory: 'directories',
  symlink: 'symlinks',
  hardlink: 'hardlinks',
  char: 'devices',
  block: 'devices',
  fifo: 'devices',
} as const;

export class LayerCollector implements TarVisitor {
  readonly #limits: LayerLimits;
  readonly #observers: readonly LayerObserver[];
  readonly #entries = new EntryListBuilder();
  readonly #documents: LayerDocument[] = [];
  readonly #counts = { files: 0, directories: 0, symlinks: 0, hardlinks: 0, devices: 0, whiteouts: 0, fileBytes: 0 };
  readonly #documentBytes = new Map<keyof LayerLimits, number>();
  #isFile = false;
  #sum = 0;
  #summed = 0;
  #document: OpenDocument | undefined;

  constructor(limits: LayerLimits, observers: readonly LayerObserver[]) {
    this.#limits = limits;
    this.#observers = observers;
  }

  /** @throws Fault `limit` (`maxPathDepth`, `maxLayerNamesLength`), `image/malformed` for an impossible whiteout. */
  entry(entry: TarEntry): void {
    const path = normalisePath(entry.path, this.#limits);
    const index = this.#entries.add(path, entry);
    if (this.#entries.namesLength > this.#limits.maxLayerNamesLength) {
      throw limitReached('maxLayerNamesLength', 'the names of a layer');
    }
    this.#isFile = entry.type === 'file';
    this.#sum = 0;
    this.#summed = 0;
    this.#count(path, entry);
    if (this.#isFile) this.#document = this.#openDocument(path, index, entry.size);
    const observed = { index, path, type: entry.type, size: entry.size };
    for (const observer of this.#observers) observer.entry(observed);
  }

  content(bytes: Buffer, offset: number): void {
    if (this.#summed < headSumBytes) this.#addToSum(bytes.subarray(0, headSumBytes - this.#summed));
    this.#document?.bytes.set(bytes, offset);
    for (const observer of this.#observers) observer.content(bytes, offset);
  }

  end(): void {
    if (this.#isFile) this.#entries.addSum(this.#sum);
    if (this.#document !== undefined) {
      const { reader, entry, bytes } = this.#document;
      this.#documents.push({ entry, content: reader.parse(bytes) });
      this.#document = undefined;
    }
    for (const observer of this.#observers) observer.end();
  }

  build(): CollectedLayer {
    return { summary: { ...this.#counts }, entries: this.#entries.build(), documents: this.#documents };
  }

  #addToSum(bytes: Buffer): void {
    this.#sum = crc32(bytes, this.#sum);
    this.#summed += bytes.length;
  }

  #count(path: string, { type, size }: TarEntry): void {
    if (type === 'global') return;
    this.#counts[countedAs[type]] += 1;
    this.#counts.fileBytes += size;
    if (whiteoutOf(splitPath(path).name) !== undefined) this.#counts.whiteouts += 1;
  }

  #openDocument(path: string, entry: number, size: number): OpenDocument | undefined {
    const reader = documentReaderFor(path);
    if (reader === undefined) return undefined;
    const { limit, total } = reader;
    const sum = size + (this.#documentBytes.get(total.limit) ?? 0);
    const isTooMuch = sum > this.#limits[total.limit];
    if (size > this.#limits[limit] || (isTooMuch && !total.isRequired)) {
      this.#documents.push({ entry, content: { kind: 'unknown', reason: 'too-large' } });
      return undefined;
    }
    if (isTooMuch) throw limitReached(total.limit, 'the documents of a layer');
    this.#documentBytes.set(total.limit, sum);
    return { reader, entry, bytes: Buffer.alloc(size) };
  }
}
