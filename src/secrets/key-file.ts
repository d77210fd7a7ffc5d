// Finds private keys in files that are binary as a whole: keystores, keys in DER, Kerberos keytabs.
import type { ByteMatch } from './byte-search.ts';
import type { Certainty } from './detector.ts';
import { detectors } from './detectors.ts';
import { isPublished } from './documented-examples.ts';

/** Keystores are small; what comes after this many bytes of one is not looked at. */
const maxKeyFileBytes = 64 * 1024;

/** Identifiers of PKCS #12 bags that hold a private key, in the open or under the store's password: 1.2.840.113549.1.12.10.1.1 and .2. */
const keyBags = [1, 2].map((kind) => Buffer.from([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, kind]));
/** PKCS #7 `data`: what the outer part of PKCS #12 always is. */
const pkcs7Data = Buffer.from([0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01]);
/** Algorithms of PKCS #8 keys: RSA, EC, Ed25519 and its like, DSA. */
const keyAlgorithms = [
  [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01],
  [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01],
  [0x06, 0x03, 0x2b, 0x65],
  [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01],
].map((bytes) => Buffer.from(bytes));

interface KeyFileForm {
  readonly detector: string;
  readonly certainty: Certainty;
  readonly fits: (bytes: Buffer) => boolean;
}

const sequence = 0x30;
const integer = 0x02;
const octets = 0x04;

const forms: readonly KeyFileForm[] = [
  { detector: 'keystore-private-key', certainty: 'likely', fits: (bytes) => isJavaKeystore(bytes) || isPkcs12(bytes) },
  { detector: 'der-private-key', certainty: 'certain', fits: (bytes) => isPkcs8(bytes) || isPkcs1(bytes) },
  { detector: 'kerberos-keytab', certainty: 'likely', fits: isKeytab },
];

const titles: ReadonlyMap<string, string> = new Map(detectors.map(({ id, title }) => [id, title]));

/** Reused for file after file. Only a file whose first byte could be that of such a form costs more than a look. */
export class KeyFileSearch {
  #kept: Buffer | undefined;
  #length = 0;
  #mayBe = false;

  begin(): void {
    this.#mayBe = false;
    this.#length = 0;
  }

  write(bytes: Uint8Array, offset: number): void {
    if (offset === 0) this.#mayBe = bytes[0] === sequence || bytes[0] === 0xfe || bytes[0] === 0xce || bytes[0] === 5;
    if (!this.#mayBe || offset !== this.#length || offset >= maxKeyFileBytes) return;
    this.#kept ??= Buffer.allocUnsafe(maxKeyFileBytes);
    const part = bytes.subarray(0, maxKeyFileBytes - offset);
    this.#kept.set(part, offset);
    this.#length = offset + part.length;
  }

  end(): readonly ByteMatch[] {
    if (!this.#mayBe || this.#kept === undefined) return [];
    const bytes = this.#kept.subarray(0, this.#length);
    const form = forms.find(({ fits }) => fits(bytes));
    if (form === undefined || isPublished(bytes)) return [];
    const { detector, certainty } = form;
    return [
      { detector, certainty, title: titles.get(detector) ?? detector, start: 0, end: this.#length, line: undefined },
    ];
  }
}

/** JKS and JCEKS: after magic, version and count comes the first entry, whose tag says whether it is a key (1) or a certificate (2). */
function isJavaKeystore(bytes: Buffer): boolean {
  if (bytes.length < 24 || ![0xfeedfeed, 0xcececece].includes(bytes.readUInt32BE(0))) return false;
  return bytes.readUInt32BE(4) <= 2 && (bytes.readUInt32BE(12) === 1 || bytes.readUInt32BE(12) === 3);
}

function isPkcs12(bytes: Buffer): boolean {
  const at = contentOf(bytes, 0, sequence)?.start;
  if (at === undefined || bytes[at] !== integer || bytes[at + 1] !== 1 || bytes[at + 2] !== 3) return false;
  return bytes.subarray(0, 64).includes(pkcs7Data) && keyBags.some((bag) => bytes.includes(bag));
}

/** `PrivateKeyInfo`: version 0 or 1, an algorithm that we know, the key as octets; nothing after it. */
function isPkcs8(bytes: Buffer): boolean {
  const outer = contentOf(bytes, 0, sequence);
  if (outer === undefined || outer.end !== bytes.length) return false;
  const version = contentOf(bytes, outer.start, integer);
  if (version === undefined || version.end - version.start !== 1 || (bytes[version.start] ?? 2) > 1) return false;
  const algorithm = contentOf(bytes, version.end, sequence);
  if (algorithm === undefined || contentOf(bytes, algorithm.end, octets) === undefined) return false;
  return keyAlgorithms.some((known) => bytes.subarray(algorithm.start, algorithm.start + known.length).equals(known));
}

/** `RSAPrivateKey`: version 0, then eight integers: modulus, exponents, primes. */
function isPkcs1(bytes: Buffer): boolean {
  const outer = contentOf(bytes, 0, sequence);
  if (outer === undefined || outer.end !== bytes.length) return false;
  let at = outer.start;
  let integers = 0;
  for (let next = contentOf(bytes, at, integer); next !== undefined; next = contentOf(bytes, at, integer)) {
    if (integers === 0 && (next.end - next.start !== 1 || bytes[next.start] !== 0)) return false;
    integers += 1;
    at = next.end;
  }
  return integers === 9 && at === outer.end;
}

/** Version 2, then an entry whose length fits and whose realm is text. */
function isKeytab(bytes: Buffer): boolean {
  if (bytes.length < 24 || bytes[0] !== 5 || bytes[1] !== 2) return false;
  const entry = bytes.readInt32BE(2);
  const realm = bytes.readUInt16BE(8);
  return (
    entry > 20 &&
    entry <= bytes.length &&
    realm > 0 &&
    realm < 256 &&
    /^[\x21-\x7e]+$/.test(bytes.toString('latin1', 10, 10 + realm))
  );
}

/** The content of the DER value of that tag at `at`, or undefined where there is none whole. */
function contentOf(
  bytes: Buffer,
  at: number,
  tag: number,
): { readonly start: number; readonly end: number } | undefined {
  const first = bytes[at + 1];
  if (bytes[at] !== tag || first === undefined) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  const start = at + 2 + lengthBytes;
  if (lengthBytes > 4 || start > bytes.length) return undefined;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
  return start + length <= bytes.length ? { start, end: start + length } : undefined;
}
