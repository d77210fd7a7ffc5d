// Collects the extended headers of a tar archive (PAX records, GNU long names) until the header comes that they belong to.
import { Fault } from '../base/fault.ts';
import { type LayerLimits, limitReached } from './layer-limits.ts';
import { checkGlobalRecords, type PaxRecords, parsePaxRecords } from './pax-records.ts';
import type { TarHeader } from './tar-header.ts';
import { textUntilNul } from './tar-text.ts';

/** What the extended headers before a header say; an empty name says nothing. */
export interface PendingHeaders {
  readonly pax?: PaxRecords;
  readonly longName?: string;
  readonly longLink?: string;
}

export type ExtendedType = 'pax' | 'global' | 'longName' | 'longLink';

const typeByFlag: ReadonlyMap<string, ExtendedType> = new Map([
  ['x', 'pax'],
  ['g', 'global'],
  ['L', 'longName'],
  ['K', 'longLink'],
]);

/** Undefined for the header of an entry. */
export function extendedTypeOf(header: TarHeader): ExtendedType | undefined {
  return typeByFlag.get(header.typeflag);
}

/** Go keeps the last of two headers of a kind, and forgets all of them at a global one; others do not, so these are refused. */
export class ExtendedHeaders {
  readonly #limits: Pick<LayerLimits, 'maxTarHeaderBytes'>;
  #names: Omit<PendingHeaders, 'pax'> = {};
  #records: Buffer | undefined;
  #type: ExtendedType = 'pax';
  #parts: Buffer[] = [];

  constructor(limits: Pick<LayerLimits, 'maxTarHeaderBytes'>) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#records === undefined && this.#names.longName === undefined && this.#names.longLink === undefined;
  }

  /** @throws Fault `image/malformed`, `integrity/ambiguous`, `limit`. */
  begin(type: ExtendedType, size: number): void {
    if (size < 0) throw new Fault('image/malformed', 'an extended header of a tar archive has an impossible size');
    if (size > this.#limits.maxTarHeaderBytes) throw limitReached('maxTarHeaderBytes', 'an extended header');
    const pending = { pax: this.#records, global: this.isEmpty ? undefined : true, ...this.#names };
    if (pending[type] !== undefined) {
      throw new Fault('integrity/ambiguous', 'the extended headers of a tar archive replace each other');
    }
    this.#type = type;
    this.#parts = [];
  }

  /** The next bytes of the header that was begun. */
  add(bytes: Buffer): void {
    this.#parts.push(Buffer.from(bytes));
  }

  /** @throws Fault as `checkGlobalRecords`. */
  finish(): void {
    const [first] = this.#parts;
    const bytes = this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts);
    this.#parts = [];
    switch (this.#type) {
      case 'pax':
        this.#records = bytes;
        return;
      case 'global':
        checkGlobalRecords(bytes);
        return;
      case 'longName':
        this.#names = { ...this.#names, longName: textUntilNul(bytes, 0, bytes.length) };
        return;
      case 'longLink':
        this.#names = { ...this.#names, longLink: textUntilNul(bytes, 0, bytes.length) };
        return;
      default:
        this.#type satisfies never;
    }
  }

  /**
   * What was collected, which now belongs to a header. Records are read no sooner than they count, as in Go.
   * @throws Fault as `parsePaxRecords`.
   */
  take(): PendingHeaders {
    const [names, records] = [this.#names, this.#records];
    this.#names = {};
    this.#records = undefined;
    return records === undefined ? names : { ...names, pax: parsePaxRecords(records) };
  }
}
