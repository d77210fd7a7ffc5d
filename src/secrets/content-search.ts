// Searches the content of one file: with all patterns, and by its format where its path says that it has one.
import { type ByteMatch, ByteSearch, binaryHeadBytes } from './byte-search.ts';
import type { CredentialFile } from './credential-files/credential-file.ts';
import { credentialFilesAt } from './credential-files.ts';
import { detectors } from './detectors.ts';
import type { WideEncoding } from './file-head.ts';
import type { FileScanLimits } from './file-scan-limits.ts';
import { KeyFileSearch } from './key-file.ts';
import { TextNarrowing } from './narrow-text.ts';
import { withoutOverlaps } from './overlaps.ts';

const titles: ReadonlyMap<string, string> = new Map(detectors.map(({ id, title }) => [id, title]));

/** Reused for file after file: `begin`, `write` as often as there is some, `end`. */
export class ContentSearch {
  readonly #limits: FileScanLimits;
  readonly #bytes: ByteSearch;
  readonly #keyFile = new KeyFileSearch();
  readonly #narrowing = new TextNarrowing();
  #isWide = false;
  #formats: readonly CredentialFile[] = [];
  /** Holds files with a format, one after the other; made for the first one. */
  #document: Buffer | undefined;
  #documentBytes = 0;
  #documentsBytes = 0;
  #documentsUnread = 0;
  #documentLeftOut = 0;

  constructor(limits: FileScanLimits) {
    this.#limits = limits;
    this.#bytes = new ByteSearch(limits.maxSecretsPerFile);
  }

  /** Files whose format is known and was not read, because of `maxDocumentBytes` or `maxDocumentsBytes`. */
  get documentsUnread(): number {
    return this.#documentsUnread;
  }

  get leftOut(): number {
    return this.#bytes.leftOut + this.#documentLeftOut;
  }

  begin({ path, size }: { readonly path: string; readonly size: number }, encoding: WideEncoding | undefined): void {
    this.#formats = credentialFilesAt(path);
    this.#bytes.begin(this.#formats.some(({ holdsLogins }) => holdsLogins) ? 'logins' : 'file');
    this.#isWide = encoding !== undefined;
    if (encoding !== undefined) this.#narrowing.begin(encoding);
    this.#documentBytes = 0;
    this.#keyFile.begin();
    if (this.#formats.length === 0) return;
    const { maxDocumentBytes, maxDocumentsBytes } = this.#limits;
    if (size <= maxDocumentBytes && this.#documentsBytes + size <= maxDocumentsBytes) {
      this.#documentsBytes += size;
    } else {
      this.#documentsUnread += 1;
      this.#formats = [];
    }
  }

  write(chunk: Uint8Array, chunkOffset: number): void {
    const { bytes, offset } = this.#isWide
      ? this.#narrowing.narrow(chunk, chunkOffset)
      : { bytes: chunk, offset: chunkOffset };
    this.#bytes.write(bytes, offset);
    this.#keyFile.write(bytes, offset);
    if (this.#formats.length > 0) this.#keep(bytes, offset);
  }

  /** What was found, in order, not overlapping; offsets are those of bytes, and in UTF-16 those of units. */
  end(): readonly ByteMatch[] {
    const matches = [...this.#bytes.end(), ...this.#keyFile.end()];
    if (this.#formats.length === 0 && matches.length === 0) return matches;
    return withoutOverlaps([...matches, ...this.#readDocument()]);
  }

  #keep(bytes: Uint8Array, offset: number): void {
    if (offset + bytes.length > this.#limits.maxDocumentBytes) return;
    this.#document ??= Buffer.allocUnsafe(this.#limits.maxDocumentBytes);
    if (offset > this.#documentBytes) this.#document.fill(0, this.#documentBytes, offset);
    this.#document.set(bytes, offset);
    this.#documentBytes = offset + bytes.length;
  }

  #readDocument(): readonly ByteMatch[] {
    if (this.#document === undefined || this.#documentBytes === 0) return [];
    const text = this.#document.toString('latin1', 0, this.#documentBytes);
    const found = this.#formats.flatMap((format) => format.find(text)).sort((a, b) => a.start - b.start);
    this.#documentLeftOut += Math.max(0, found.length - this.#limits.maxSecretsPerFile);
    const lines = new LineCounter(text);
    return found.slice(0, this.#limits.maxSecretsPerFile).map((match) => ({
      ...match,
      title: titles.get(match.detector) ?? match.detector,
      line: lines.at(match.start),
    }));
  }
}

/** Counts the lines of a text once, for places that come in order; a text with a zero byte near its beginning has none. */
class LineCounter {
  readonly #text: string;
  readonly #isText: boolean;
  #line = 1;
  #next: number;

  constructor(text: string) {
    this.#text = text;
    this.#isText = !text.slice(0, binaryHeadBytes).includes('\0');
    this.#next = text.indexOf('\n');
  }

  at(place: number): number | undefined {
    while (this.#next !== -1 && this.#next < place) {
      this.#line += 1;
      this.#next = this.#text.indexOf('\n', this.#next + 1);
    }
    return this.#isText ? this.#line : undefined;
  }
}
