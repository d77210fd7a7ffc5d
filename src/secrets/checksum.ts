// The checksums that providers build into their tokens, so that a real one can be told from one that only looks like it.
import { crc32 } from 'node:zlib';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** CRC-32 of the text as base-62 digits, padded with zeros: what GitHub and npm put at the end of a token. */
export function crc32Base62(text: string, length: number): string {
  let digits = '';
  for (let rest = crc32(text); rest > 0; rest = Math.floor(rest / base62.length)) {
    digits = (base62[rest % base62.length] ?? '') + digits;
  }
  return digits.padStart(length, '0');
}
