// Names in tar archives: bytes of any encoding as text that keeps every difference.

/** By which a byte that is not UTF-8 becomes a lone low surrogate, as Python's surrogateescape does. */
const escapeBase = 0xdc00;
const slash = 0x2f;

/**
 * The bytes from `start` to `end` as UTF-8. A part between slashes that is not valid UTF-8 has each byte from 0x80 on as U+DC80 to
 * U+DCFF instead, so that different bytes are always different text; such text survives JSON, and `printable` escapes it.
 */
export function textBetween(bytes: Buffer, start: number, end: number): string {
  let seen = 0;
  for (let at = start; at < end; at += 1) seen |= bytes[at] ?? 0;
  if (seen < 0x80) return bytes.toString('latin1', start, end);
  const text = bytes.toString('utf8', start, end);
  if (!text.includes('\ufffd')) return text;
  return escapedParts(bytes.subarray(start, end)).join('/');
}

/** The bytes from `start` to the first NUL, at most `length` of them, as `textBetween` has them. */
export function textUntilNul(bytes: Buffer, start: number, length: number): string {
  let end = start;
  while (end < start + length && bytes[end] !== 0) end += 1;
  return end === start ? '' : textBetween(bytes, start, end);
}

function escapedParts(bytes: Buffer): string[] {
  const parts: string[] = [];
  for (let from = 0; from <= bytes.length; ) {
    const at = bytes.indexOf(slash, from);
    const to = at === -1 ? bytes.length : at;
    parts.push(escapedPart(bytes.subarray(from, to)));
    from = to + 1;
  }
  return parts;
}

function escapedPart(part: Buffer): string {
  const text = part.toString('utf8');
  if (Buffer.from(text).equals(part)) return text;
  return Array.from(part, (byte) => String.fromCharCode(byte < 0x80 ? byte : escapeBase + byte)).join('');
}
