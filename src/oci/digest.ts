// Content digests: parsed once, compared as text, computed with the algorithm they name.
import { createHash } from 'node:crypto';
import { Fault } from '../base/fault.ts';

declare const digestBrand: unique symbol;

/** `algorithm:hex` in canonical form, with an algorithm that this program can compute. Made by parseDigest and digestOf. */
export type Digest = string & { readonly [digestBrand]: true };

/** Hex length by algorithm (OCI image-spec descriptor.md, "Registered Algorithms"). blake3 is registered and not computable here. */
const hexLengthByAlgorithm: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
]);

const digestGrammar = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/**
 * Checks a digest as distribution/reference does.
 * @throws Fault `digest/unsupported` for a well-formed digest of another algorithm, `reference/invalid` for anything else.
 */
export function parseDigest(text: string): Digest {
  if (text.length > 256 || !digestGrammar.test(text))
    throw new Fault('reference/invalid', 'a digest is written algorithm:hex');
  const colon = text.indexOf(':');
  const algorithm = text.slice(0, colon);
  const hexLength = hexLengthByAlgorithm.get(algorithm);
  if (hexLength === undefined) {
    throw new Fault(
      'digest/unsupported',
      `the digest algorithm ${algorithm} is not supported; sha256, sha384 and sha512 are`,
    );
  }
  const hex = text.slice(colon + 1);
  if (hex.length !== hexLength || hex !== hex.toLowerCase()) {
    throw new Fault('reference/invalid', `a ${algorithm} digest has ${hexLength} lower-case hexadecimal digits`);
  }
  return text as Digest;
}

export function algorithmOf(digest: Digest): string {
  return digest.slice(0, digest.indexOf(':'));
}

/** The digest of these bytes; sha256 unless told otherwise. */
export function digestOf(bytes: Uint8Array | string, algorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest;
}
