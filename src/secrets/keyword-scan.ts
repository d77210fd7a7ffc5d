// Finds keywords in a buffer of bytes by the loop in assembly/keyword-scan.ts, whose memory is laid out here.
import { keywordScanModule } from './keyword-scan-module.ts';
import { tokenBytes } from './token-length.ts';

export interface ScannedKeyword {
  /** 4 to 32 ASCII characters; letters are found in either case, and punctuation that folds alike may be found too. */
  readonly text: string;
  /** Of the characters of tokens that stand in a row round the keyword, so many at least; 0 to not look. */
  readonly minRun: number;
}

/** What the module exports; assembly/keyword-scan.ts says what each does. */
interface Kernel {
  readonly configure: (...addresses: readonly number[]) => void;
  readonly scan: (at: number, from: number, known: number, to: number) => number;
  readonly resumedAt: () => number;
  readonly countLines: (to: number) => number;
}

export interface ScannedRange {
  /** Keywords that begin here or later are found; */
  readonly from: number;
  /** those that begin here or later are not. */
  readonly known: number;
  /** Bytes of the buffer that are filled; a keyword that does not end before is not found. */
  readonly to: number;
}

/** As much of the interface as is used here: the types for Node.js leave it out. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

const minKeywordBytes = 4;
/** A bit of 32 says how far a keyword's beginning lies before a place in it. */
const maxKeywordLength = 32;
/** Of the hash, as the module computes it. */
const firstTwo = 0x9e37;
const third = 0x58f1;
const dropBits = 3;
const places = 2 ** (16 - dropBits);
const entryWords = 5;
const maxHits = 8192;
const pageBytes = 64 * 1024;
/** The module keeps its own few bytes at the beginning. */
const firstAddress = 4096;

const compiled = new WebAssembly.Module(Buffer.from(keywordScanModule, 'base64'));

export class KeywordScan {
  /** What is searched: filled by the owner. */
  readonly buffer: Buffer;
  readonly #kernel: Kernel;
  readonly #hits: Uint32Array;

  /** @throws RangeError for a keyword that is too short, too long or not ASCII: that is a mistake in the list. */
  constructor(keywords: readonly ScannedKeyword[], bufferBytes: number) {
    const texts = keywords.map(({ text }) => folded(text));
    const masks = firstAddress;
    const offsets = masks + 2 * places;
    const buckets = offsets + 4 * places;
    const classes = buckets + 4 * places;
    const entries = classes + tokenBytes.length;
    // As many zeros as entries, at most, end the entries of a bucket.
    const textsAt = entries + 2 * 4 * entryWords * keywords.length;
    const hits = alignedUp(textsAt + texts.reduce((sum, { length }) => sum + length, 0));
    const buffer = hits + 8 * maxHits;
    // Many bytes are read at once, so the last ones reach a little further.
    const memory = new WebAssembly.Memory({ initial: Math.ceil((buffer + bufferBytes + 32) / pageBytes) });
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
    if (!isKernel(exports)) throw new RangeError('the module for keywords exports something else');
    this.#kernel = exports;
    this.#kernel.configure(masks, offsets, buckets, classes, buffer, hits, maxHits);
    this.#hits = new Uint32Array(memory.buffer, hits, 2 * maxHits);
    this.buffer = Buffer.from(memory.buffer, buffer, bufferBytes);
    new Uint8Array(memory.buffer).set(tokenBytes, classes);
    writeAnchors(texts, new Uint16Array(memory.buffer, masks, places), new Uint32Array(memory.buffer, offsets, places));
    writeBuckets(keywords, texts, { memory: memory.buffer, buckets, entries, texts: textsAt });
  }

  /** Calls back for every occurrence in the range, perhaps twice, nearly in order of position; keywords are told by their index. */
  scan({ from, known, to }: ScannedRange, onHit: (position: number, keyword: number) => void): void {
    for (let at = from; at + minKeywordBytes - 1 <= to; at = this.#kernel.resumedAt()) {
      const count = this.#kernel.scan(at, from, known, to);
      for (let hit = 0; hit < count; hit++) onHit(this.#hits[2 * hit] ?? 0, this.#hits[2 * hit + 1] ?? 0);
    }
  }

  /** Line feeds in the first `length` bytes of the buffer. */
  countLines(length: number): number {
    return this.#kernel.countLines(length);
  }
}

/**
 * Each keyword is looked for by two neighbouring threes of its bytes, of which a look at every second place of the buffer meets one: the
 * rarest two. What hashes alike shares a mask and offsets.
 */
function writeAnchors(texts: readonly Uint8Array[], masks: Uint16Array, offsets: Uint32Array): void {
  for (const bytes of texts) {
    const rarest = rarestFour(bytes);
    for (const offset of [rarest, rarest + 1]) {
      const three = (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8) | ((bytes[offset + 2] ?? 0) << 16);
      const place = hash(three);
      masks[place] = (masks[place] ?? 0) | neighbourMask(bytes[offset - 1]) | (neighbourMask(bytes[offset + 3]) << 8);
      offsets[place] = (offsets[place] ?? 0) | (1 << offset);
    }
  }
}

interface BucketPlaces {
  readonly memory: ArrayBuffer;
  readonly buckets: number;
  readonly entries: number;
  readonly texts: number;
}

/** Keywords whose first four bytes hash alike stand in a row, ended by a zero. */
function writeBuckets(keywords: readonly ScannedKeyword[], texts: readonly Uint8Array[], at: BucketPlaces): void {
  const words = new Uint32Array(at.memory);
  const bytes = new Uint8Array(at.memory);
  const byHash = Map.groupBy(texts.keys(), (index) => hash(firstFour(texts[index])));
  let entry = at.entries;
  let text = at.texts;
  for (const [place, indexes] of byHash) {
    words[at.buckets / 4 + place] = entry;
    for (const index of indexes) {
      const own = texts[index] ?? new Uint8Array();
      bytes.set(own, text);
      words.set([firstFour(own), own.length, index, keywords[index]?.minRun ?? 0, text], entry / 4);
      text += own.length;
      entry += 4 * entryWords;
    }
    entry += 4 * entryWords;
  }
}

/** Where the four bytes of the keyword begin that may be expected least. */
function rarestFour(bytes: Uint8Array): number {
  let rarest = 0;
  for (let at = 1; at + minKeywordBytes <= bytes.length; at++) {
    if (commonness(bytes, at) < commonness(bytes, rarest)) rarest = at;
  }
  return rarest;
}

/** Folding does not change the low bits. */
function neighbourMask(byte: number | undefined): number {
  return byte === undefined ? 0xff : 1 << (byte & 7);
}

/** Letters from the most common in text and names to the rarest; digits and punctuation lie between. */
const byCommonness = 'eta oinsrlcdmpu0h1.f_-g2"yb=/w,3v4k8567:9\'xz+jq&?;$~';

/** How often the four bytes at `at` may be expected, in no unit. */
function commonness(bytes: Uint8Array, at: number): number {
  let product = 1;
  for (const byte of bytes.subarray(at, at + 4)) {
    const rank = byCommonness.indexOf(String.fromCharCode(byte));
    product *= rank === -1 ? 1 : byCommonness.length - rank;
  }
  return product;
}

function hash(three: number): number {
  return ((Math.imul(three & 0xffff, firstTwo) + Math.imul(three >>> 16, third)) & 0xffff) >>> dropBits;
}

function firstFour(bytes: Uint8Array | undefined): number {
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes ?? [];
  return first | (second << 8) | (third << 16) | (fourth << 24);
}

/** One bit folds ASCII letters; that it also folds some punctuation only costs a look by the pattern. */
function folded(text: string): Uint8Array {
  if (text.length < minKeywordBytes || text.length > maxKeywordLength || /[^\x20-\x7e]/.test(text)) {
    throw new RangeError(
      `keyword ${JSON.stringify(text)} is not ${minKeywordBytes} to ${maxKeywordLength} ASCII characters`,
    );
  }
  return Uint8Array.from(text, (character) => character.charCodeAt(0) | 0x20);
}

function alignedUp(address: number): number {
  return Math.ceil(address / 16) * 16;
}

function isKernel(exports: object): exports is Kernel {
  return ['configure', 'scan', 'resumedAt', 'countLines'].every(
    (name) => name in exports && typeof Object.entries(exports).find(([own]) => own === name)?.[1] === 'function',
  );
}
