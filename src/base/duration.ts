// Durations in Go's syntax, with days added for people.
import { Fault } from './fault.ts';

const millisecondsByUnit: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

const grammar = /^(?:(?:\d{1,15}(?:\.\d{1,15})?)(?:ns|us|µs|μs|ms|s|m|h|d)){1,8}$/;
const part = /(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h|d)/g;

/**
 * Milliseconds from `10s`, `1m30s`, `750ms`, `90d`.
 * @throws Fault `document/invalid` for anything else; negative durations have no use here.
 */
export function parseDuration(written: string): number {
  if (written === '0') return 0;
  if (!grammar.test(written)) {
    throw new Fault(
      'document/invalid',
      `${JSON.stringify(written)} is no duration; write for example 30s, 5m, 24h or 90d`,
    );
  }
  let sum = 0;
  for (const [, amount, unit] of written.matchAll(part))
    sum += Number(amount) * (millisecondsByUnit.get(unit ?? '') ?? 0);
  return sum;
}

/** The largest unit that shows it whole: `90d`, `30s`, `1500ms`. */
export function formatDuration(milliseconds: number): string {
  for (const [unit, factor] of [...millisecondsByUnit].reverse()) {
    if (milliseconds >= factor && milliseconds % factor === 0 && factor >= 1) return `${milliseconds / factor}${unit}`;
  }
  return `${milliseconds}ms`;
}
