// Instants as RFC 3339 writes them, read strictly: a date that is misread is a permission that never ends.
import { Fault } from '../base/fault.ts';

const grammar =
  /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Milliseconds since the epoch.
 * @throws Fault `document/invalid` for a day that does not exist, a missing offset, or any other way to write a date.
 */
export function parseInstant(written: string): number {
  const date = grammar.exec(written)?.[1];
  const instantMs = Date.parse(written);
  if (date === undefined || Number.isNaN(instantMs) || !isDay(date)) {
    throw new Fault(
      'document/invalid',
      `${JSON.stringify(written.slice(0, 40))} is no instant; write for example 2027-01-01T00:00:00Z`,
    );
  }
  return instantMs;
}

/** Date.parse takes 30 February for 2 March; the day written back tells. */
function isDay(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}
