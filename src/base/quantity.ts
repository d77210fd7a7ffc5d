// Byte quantities as people write them in policies, and back.
import { Fault } from './fault.ts';

const bytesBySuffix: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['B', 1],
  ['k', 1e3],
  ['K', 1e3],
  ['kB', 1e3],
  ['KB', 1e3],
  ['M', 1e6],
  ['MB', 1e6],
  ['G', 1e9],
  ['GB', 1e9],
  ['T', 1e12],
  ['TB', 1e12],
  ['Ki', 2 ** 10],
  ['KiB', 2 ** 10],
  ['Mi', 2 ** 20],
  ['MiB', 2 ** 20],
  ['Gi', 2 ** 30],
  ['GiB', 2 ** 30],
  ['Ti', 2 ** 40],
  ['TiB', 2 ** 40],
]);

const grammar = /^(\d{1,16}(?:\.\d{1,9})?) ?([A-Za-z]{0,3})$/;

/**
 * Bytes from `250Mi`, `1.5GB` or a plain number.
 * @throws Fault `document/invalid` for anything else, and for amounts that are not a whole, safe number of bytes.
 */
export function parseQuantity(written: string | number): number {
  const parts = grammar.exec(String(written));
  const factor = parts === null ? undefined : bytesBySuffix.get(parts[2] ?? '');
  if (parts === null || factor === undefined) {
    throw new Fault(
      'document/invalid',
      `${JSON.stringify(written)} is no size; write for example 250Mi, 250MB or a number of bytes`,
    );
  }
  const bytes = Math.round(Number(parts[1]) * factor);
  if (!Number.isSafeInteger(bytes))
    throw new Fault('document/invalid', `${JSON.stringify(written)} is larger than any size can be`);
  return bytes;
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `249.6 MiB`; exact below 1 KiB, else rounded to one decimal, without a decimal that is zero. */
export function formatBytes(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? amount : Number(amount.toFixed(1))} ${units[unit]}`;
}

/** Like formatBytes, but says exact bytes where rounding would make `size` look equal to `limit`. */
export function formatAgainst(size: number, limit: number): { readonly size: string; readonly limit: string } {
  const rounded = { size: formatBytes(size), limit: formatBytes(limit) };
  if (size === limit || rounded.size !== rounded.limit) return rounded;
  return { size: `${size} bytes`, limit: `${limit} bytes` };
}
