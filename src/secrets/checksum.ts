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

/** CRC-32 of the text as base-36 digits, padded with zeros: what GitLab puts at the end of a routable token. */
export function crc32Base36(text: string, length: number): string {
  return crc32(text).toString(36).padStart(length, '0');
}

/** CRC-32 of the text as eight hexadecimal digits, least significant byte first: what Grafana puts at the end of a token. */
export function crc32HexReversed(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(crc32(text));
  return bytes.toString('hex');
}

const bech32Alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const bech32Generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** Whether a Bech32 text (BIP 173, one case throughout) has the checksum of its letters: what age keys end in. */
export function isBech32(text: string): boolean {
  const folded = text.toLowerCase();
  const separator = folded.lastIndexOf('1');
  const label = [...folded.slice(0, separator)].map((character) => character.charCodeAt(0));
  const data = [...folded.slice(separator + 1)].map((character) => bech32Alphabet.indexOf(character));
  if (separator < 1 || data.length < 6 || data.includes(-1)) return false;
  const values = [...label.map((code) => code >> 5), 0, ...label.map((code) => code & 31), ...data];
  return bech32Remainder(values) === 1;
}

function bech32Remainder(values: readonly number[]): number {
  let remainder = 1;
  for (const value of values) {
    const top = remainder >>> 25;
    remainder = ((remainder & 0x1ffffff) << 5) ^ value;
    for (const [bit, generator] of bech32Generator.entries()) {
      if (((top >>> bit) & 1) === 1) remainder ^= generator;
    }
  }
  return remainder;
}
