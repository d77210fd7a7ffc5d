// Searches one stream of bytes with all patterns, in constant memory: a credential is found however the stream was cut into chunks.
import { defaultReach } from './candidate-windows.ts';
import type { PatternDetector, SecretMatch, TextKind } from './detector.ts';
import { detectors } from './detectors.ts';
import { KeywordScan, type ScannedKeyword } from './keyword-scan.ts';
import { lookbehindMargin, matchesInWindow } from './pattern-matches.ts';
import { minTokenLength } from './token-length.ts';

/** Offsets are those of the stream; the line counts from 1, in a text only. */
export interface ByteMatch extends SecretMatch {
  readonly line: number | undefined;
}

/** Room for the longest window three times over, and small enough for the processor's cache. */
const bufferBytes = 256 * 1024;
/** Windows of one detector that touch become one up to this length, so that each place is looked at once and still fits the buffer. */
const maxJoinedBytes = 64 * 1024;
/** As git decides: a zero byte this near to the beginning makes a file binary. */
export const binaryHeadBytes = 8000;

interface OpenWindow {
  readonly detector: PatternDetector;
  start: number;
  end: number;
}

const patternDetectors = detectors.filter((detector) => detector.by === 'pattern');
const owners = new Map<string, PatternDetector[]>();
for (const detector of patternDetectors) {
  for (const keyword of new Set(detector.keywords.map((word) => word.toLowerCase()))) {
    owners.set(keyword, [...(owners.get(keyword) ?? []), detector]);
  }
}
const ownersOf = [...owners.values()];
const maxKeywordBytes = Math.max(...[...owners.keys()].map(({ length }) => length));
/** Each keyword of a pattern once, folded. */
export const searchedKeywords: readonly ScannedKeyword[] = [...owners].map(([text, own]) => ({
  text,
  minRun: Math.min(...own.map(({ pattern }) => minTokenLength(pattern) ?? 0)),
}));
const maxBefore = Math.max(...patternDetectors.map(({ reach }) => (reach ?? defaultReach).before));

/** Reused for stream after stream: `begin`, `write` as often as there is something, then `end`. */
export class ByteSearch {
  readonly #keywords = new KeywordScan(searchedKeywords, bufferBytes);
  readonly #buffer = this.#keywords.buffer;
  /** Offset of the buffer in the stream. */
  #base = 0;
  #filled = 0;
  /** Keywords that begin before this place in the buffer are known. */
  #scanned = 0;
  #linesBefore = 0;
  #isText: boolean | undefined;
  #kind: TextKind = 'file';
  /** With offsets of the stream; the last one of each detector may still grow. */
  #windows: OpenWindow[] = [];
  readonly #last = new Map<PatternDetector, OpenWindow>();
  #matches: ByteMatch[] = [];
  #leftOut = 0;
  readonly #onHit = (position: number, keyword: number): void =>
    this.#open(this.#base + position, ownersOf[keyword] ?? []);
  readonly #maxMatches: number;

  /** Of one stream, `maxMatches` are kept and the others counted. */
  constructor(maxMatches: number) {
    this.#maxMatches = maxMatches;
  }

  /** Matches of all streams that were not kept. */
  get leftOut(): number {
    return this.#leftOut;
  }

  begin(kind: TextKind): void {
    this.#kind = kind;
  }

  /** Chunks come in order; `offset` may jump over a hole, which separates what stands on its two sides. */
  write(bytes: Uint8Array, offset: number): void {
    if (offset !== this.#base + this.#filled) this.#jump(offset);
    for (let from = 0; from < bytes.length; ) {
      if (this.#filled === bufferBytes) this.#search(false);
      const part = bytes.subarray(from, from + bufferBytes - this.#filled);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
    }
  }

  /** What was found, in no certain order, perhaps overlapping; the next stream may begin. */
  end(): readonly ByteMatch[] {
    this.#search(true);
    const found = this.#matches;
    this.#matches = [];
    this.#base = 0;
    this.#filled = 0;
    this.#scanned = 0;
    this.#linesBefore = 0;
    this.#isText = undefined;
    return found;
  }

  #jump(offset: number): void {
    this.#search(true);
    this.#base = offset;
    this.#filled = 0;
    this.#scanned = 0;
  }

  /** Goes through what is new; unless it is the last of the stream, leaves in the buffer what later bytes may complete. */
  #search(isLast: boolean): void {
    this.#isText ??= !this.#buffer.subarray(0, Math.min(this.#filled, binaryHeadBytes)).includes(0);
    const known = isLast ? this.#filled : Math.max(this.#scanned, this.#filled - maxKeywordBytes + 1);
    this.#keywords.scan({ from: this.#scanned, known, to: this.#filled }, this.#onHit);
    this.#scanned = known;
    const end = this.#base + this.#filled;
    const complete = this.#windows.filter((window) => isLast || window.end <= end);
    for (const window of complete) this.#look(window);
    this.#windows = this.#windows.filter((window) => !isLast && window.end > end);
    this.#drop(isLast ? this.#filled : this.#neededFrom());
  }

  #open(position: number, owners: readonly PatternDetector[]): void {
    for (const detector of owners) {
      const reach = detector.reach ?? defaultReach;
      const start = Math.max(0, position - reach.before);
      const end = position + reach.after;
      const last = this.#last.get(detector);
      if (last !== undefined && start <= last.end && end - last.start <= maxJoinedBytes) {
        // Keywords come only nearly in order.
        last.start = Math.min(last.start, start);
        last.end = Math.max(last.end, end);
        continue;
      }
      const window = { detector, start, end };
      this.#windows.push(window);
      this.#last.set(detector, window);
    }
  }

  #look(window: OpenWindow): void {
    const { detector, start, end } = window;
    if (this.#last.get(detector) === window) this.#last.delete(detector);
    const first = Math.max(0, start - this.#base);
    const from = Math.max(0, first - lookbehindMargin);
    const text = this.#buffer.toString('latin1', from, Math.min(this.#filled, end - this.#base));
    for (const match of matchesInWindow(detector, text, { start: first - from, end: text.length }, this.#kind)) {
      if (this.#matches.length >= this.#maxMatches) {
        this.#leftOut += 1;
        continue;
      }
      const at = from + match.start;
      const line = this.#isText === true ? 1 + this.#linesBefore + this.#keywords.countLines(at) : undefined;
      this.#matches.push({ ...match, start: this.#base + at, end: this.#base + from + match.end, line });
    }
  }

  #neededFrom(): number {
    const windows = this.#windows.map(({ start }) => start - this.#base);
    return Math.max(0, Math.min(this.#scanned - maxBefore, ...windows) - lookbehindMargin);
  }

  #drop(count: number): void {
    if (this.#isText === true) this.#linesBefore += this.#keywords.countLines(count);
    this.#buffer.copyWithin(0, count, this.#filled);
    this.#base += count;
    this.#filled -= count;
    this.#scanned -= count;
  }
}
