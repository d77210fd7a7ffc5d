// Reads `Retry-After` (RFC 9110 10.2.3): seconds, or a date.

/** GMT dates of the one form that senders must use; older forms are taken as absent. */
const httpDate = /^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$/;

/** Milliseconds since the epoch, never before `nowMs`; undefined for an absent or unreadable header. */
export function parseRetryAfter(text: string | undefined, nowMs: number): number | undefined {
  const value = text?.trim() ?? '';
  if (/^[0-9]{1,15}$/.test(value)) return nowMs + Number(value) * 1000;
  if (!httpDate.test(value)) return undefined;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(atMs, nowMs);
}
