// Makes one byte of each unit of a UTF-16 text, so that it can be searched like any other.
import type { WideEncoding } from './file-head.ts';

/** Stands for every character that is not ASCII: no pattern has it. */
const other = 0x80;

/** Reused for text after text; a unit may be cut in two by the end of a chunk. */
export class TextNarrowing {
  #low: 0 | 1 = 0;
  #half: number | undefined;

  begin(encoding: WideEncoding): void {
    this.#low = encoding === 'utf-16le' ? 0 : 1;
    this.#half = undefined;
  }

  /** The units that end in this chunk; `offset` is that of the chunk, and so is the one given back, in units. */
  narrow(bytes: Uint8Array, offset: number): { readonly bytes: Uint8Array; readonly offset: number } {
    const half = offset % 2 === 0 ? undefined : (this.#half ?? other);
    const lead = half === undefined ? 0 : 1;
    const units = new Uint8Array((bytes.length + lead) >> 1);
    for (let unit = 0; unit < units.length; unit++) {
      const first = 2 * unit - lead;
      const pair = [first < 0 ? (half ?? other) : (bytes[first] ?? 0), bytes[first + 1] ?? 0] as const;
      units[unit] = pair[1 - this.#low] === 0 ? pair[this.#low] : other;
    }
    this.#half = (bytes.length + lead) % 2 === 1 ? bytes[bytes.length - 1] : undefined;
    return { bytes: units, offset: (offset - lead) / 2 };
  }
}
