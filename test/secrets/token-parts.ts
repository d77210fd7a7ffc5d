// Parts from which tests put fake credentials together at run time: none stands in the sources, and each run makes the same ones.
import { crc32 } from 'node:zlib';

const digitSet = '0123456789';
const lowerSet = 'abcdefghijklmnopqrstuvwxyz';
const upperSet = lowerSet.toUpperCase();

let state = 20_261_123;

/** Mulberry32: small, and well enough mixed that bodies look drawn. */
function next(): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

export function draw(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[Math.floor(next() * alphabet.length)]).join('');
}

export const digits = (length: number): string => draw(digitSet, length);
export const letters = (length: number): string => draw(lowerSet + upperSet, length);
export const lower = (length: number): string => draw(lowerSet + digitSet, length);
export const upper = (length: number): string => draw(upperSet + digitSet, length);
export const alnum = (length: number): string => draw(lowerSet + upperSet + digitSet, length);
export const hex = (length: number): string => draw('0123456789abcdef', length);
/** Base64 without padding. */
export const base64 = (length: number): string => draw(`${lowerSet}${upperSet}${digitSet}+/`, length);
/** The alphabet of base64url; letters and digits at both ends, so that it stands on its own. */
export const url = (length: number): string =>
  `${alnum(1)}${draw(`${lowerSet}${upperSet}${digitSet}_-`, length - 2)}${alnum(1)}`;
export const uuid = (): string => [hex(8), hex(4), hex(4), hex(4), hex(12)].join('-');

export const json = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
export const encoded = (text: string): string => Buffer.from(text).toString('base64');

/** A reference to a variable, as shells and templates write it. */
export const braced = (name: string): string => `$\{${name}}`;

/** Thirty characters and their checksum, as GitHub and npm make them. The checksum is computed here in another way than in the sources. */
export function withChecksum62(body = alnum(30)): string {
  const alphabet = digitSet + upperSet + lowerSet;
  const places = [5, 4, 3, 2, 1, 0].map((power) => Math.floor(crc32(body) / 62 ** power) % 62);
  return body + places.map((place) => alphabet[place]).join('');
}

/** A PEM block of `length` base64 characters, in lines of 64. */
export function pem(label: string, body = base64(1_600)): string {
  const lines = body.match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n');
}
