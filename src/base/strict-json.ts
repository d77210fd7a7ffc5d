// JSON read so that no two parsers can see two different documents in it.
import { Fault } from './fault.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [key: string]: JsonValue };

export interface StrictJsonOptions {
  /**
   * Tells whether the object at this path is a free-form map (labels, annotations), in which keys that differ only in case are
   * different keys. Everywhere else such keys are refused: Go's decoder takes them for one field.
   */
  readonly freeForm?: (path: readonly string[]) => boolean;
  /** Objects and arrays inside one another; deeper documents are refused. */
  readonly maxDepth?: number;
  /** Values of all kinds in the whole document; a document with more is past a limit. */
  readonly maxValues?: number;
}

const defaultMaxDepth = 64;

/**
 * Reading costs about a microsecond a value, however little each says, and nothing else is done meanwhile. The most that an image config
 * may have, ten thousand rows of history, is fifty thousand.
 */
const defaultMaxValues = 65_536;

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Folds a key as Go's encoding/json does when it looks for a field: simple case folding, with the Kelvin sign and the long s. */
export function foldKey(key: string): string {
  return key.replaceAll('\u212a', 'k').replaceAll('\u017f', 's').toLowerCase();
}

/**
 * Parses I-JSON (RFC 7493): UTF-8 without byte order mark, no duplicate keys, bounded depth; objects have no prototype.
 * @throws Fault `integrity/ambiguous` for everything that is not, and for keys that a case-folding decoder would confuse; `limit`.
 */
export function parseStrictJson(source: Uint8Array | string, options: StrictJsonOptions = {}): JsonValue {
  const text = typeof source === 'string' ? source : decodeUtf8(source);
  return new Reader(text, options).document();
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Fault('integrity/ambiguous', 'the document is not valid UTF-8', { cause });
  }
}

const numberGrammar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const plainString = /"[^"\\\u0000-\u001f]*"/y;
const anyString = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #maxValues: number;
  readonly #freeForm: (path: readonly string[]) => boolean;
  readonly #path: string[] = [];
  #at = 0;
  #depth = 0;
  #values = 0;

  constructor(text: string, options: StrictJsonOptions) {
    this.#text = text;
    this.#maxDepth = options.maxDepth ?? defaultMaxDepth;
    this.#maxValues = options.maxValues ?? defaultMaxValues;
    this.#freeForm = options.freeForm ?? (() => false);
  }

  document(): JsonValue {
    const value = this.#value();
    this.#space();
    if (this.#at !== this.#text.length) throw this.#fault('there is text after the document');
    return value;
  }

  #value(): JsonValue {
    this.#values += 1;
    if (this.#values > this.#maxValues) throw this.#tooMany();
    this.#space();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#nested(() => this.#object());
      case '[':
        return this.#nested(() => this.#array());
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > this.#maxDepth) throw this.#fault(`it is nested deeper than ${this.#maxDepth} levels`);
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #object(): JsonObject {
    const result: Record<string, JsonValue> = Object.create(null);
    const folded = this.#freeForm(this.#path) ? undefined : new Set<string>();
    this.#at += 1;
    this.#space();
    if (this.#take('}')) return result;
    do {
      this.#space();
      const key = this.#string();
      if (key in result) throw this.#fault(`the key ${JSON.stringify(key.slice(0, 64))} stands twice in one object`);
      if (folded !== undefined) {
        const fold = foldKey(key);
        if (folded.has(fold))
          throw this.#fault(`the key ${JSON.stringify(key.slice(0, 64))} stands twice in one object, in another case`);
        folded.add(fold);
      }
      this.#space();
      this.#expect(':');
      this.#path.push(key);
      result[key] = this.#value();
      this.#path.pop();
      this.#space();
    } while (this.#take(','));
    this.#expect('}');
    return result;
  }

  #array(): readonly JsonValue[] {
    const result: JsonValue[] = [];
    this.#at += 1;
    this.#space();
    if (this.#take(']')) return result;
    do {
      result.push(this.#value());
      this.#space();
    } while (this.#take(','));
    this.#expect(']');
    return result;
  }

  #string(): string {
    const plain = this.#match(plainString);
    if (plain !== undefined) return this.#wellFormed(plain.slice(1, -1));
    const escaped = this.#match(anyString);
    if (escaped === undefined) throw this.#fault('a string is not closed or holds a control character');
    const value: unknown = JSON.parse(escaped);
    return this.#wellFormed(String(value));
  }

  #wellFormed(value: string): string {
    if (loneSurrogate.test(value)) throw this.#fault('a string holds half of a surrogate pair');
    return value;
  }

  #number(): number {
    const written = this.#match(numberGrammar);
    if (written === undefined) throw this.#fault('it is no JSON');
    const value = Number(written);
    if (!Number.isFinite(value)) throw this.#fault('a number is out of range');
    return value;
  }

  #word<T extends null | boolean>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#fault('it is no JSON');
    this.#at += word.length;
    return value;
  }

  #match(grammar: RegExp): string | undefined {
    grammar.lastIndex = this.#at;
    const found = grammar.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #space(): void {
    for (; this.#at < this.#text.length; this.#at += 1) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) throw this.#fault(`a ${character} is missing`);
  }

  #tooMany(): Fault {
    return new Fault('limit', `the JSON document holds more than ${this.#maxValues} values`, {
      limit: 'maxJsonValues',
    });
  }

  #fault(problem: string): Fault {
    return new Fault(
      'integrity/ambiguous',
      `the JSON document cannot be read safely: ${problem} (at character ${this.#at})`,
    );
  }
}
