// Private keys and key files, in the encodings in which they are kept.
import { isBech32 } from '../checksum.ts';
import type { Candidate, Certainty, PatternDetector } from '../detector.ts';
import { decodeBase64 } from '../encoded.ts';
import { standalone } from '../pattern.ts';
import { drawn } from '../proof.ts';

/** RSA keys of 16,384 bits take 12,700 characters; in JSON each line end takes two. */
const longestKey = 16_000;

const revokeKey = 'by making a new key pair and taking the old public key out of wherever it is trusted';

/** What base64 of a private key's header begins with, at each of the three ways in which its bytes can fall into base64's groups. */
const encodedHeader = 'LS0tLS1CRUdJTi';

function isPrivateKey({ secret, groups }: Candidate): Certainty | undefined {
  const body = secret.replace(/\\r|\\n|\s/g, '');
  // Placeholders: `…`, `<key>`, `xxx`.
  if (!/^[A-Za-z0-9+/=:,.;-]{60,}$/.test(body.replace(/^(?:Proc-Type|DEK-Info|Comment|Version):.{0,80}?/g, '')))
    return undefined;
  if (isEncrypted(groups['label'] ?? '', secret, body)) return 'likely';
  return isAbridged(body) ? undefined : 'certain';
}

/** Documentation shows the first lines of a key: in DER, a long sequence says itself how many bytes it has. */
function isAbridged(body: string): boolean {
  const [tag, form = 0, high = 0, low = 0] = Buffer.from(body.slice(0, 8), 'base64');
  if (tag !== 0x30 || (form !== 0x81 && form !== 0x82)) return false;
  const whole = form === 0x81 ? 3 + high : 4 + 256 * high + low;
  return Buffer.byteLength(body.replace(/[^A-Za-z0-9+/]/g, ''), 'base64') < whole;
}

/** A passphrase protects the key: as good as that passphrase is. OpenSSH says so inside, by the name of the cipher. */
function isEncrypted(label: string, secret: string, body: string): boolean {
  if (label.startsWith('ENCRYPTED') || /Proc-Type: 4,ENCRYPTED/.test(secret)) return true;
  if (!label.startsWith('OPENSSH')) return false;
  const start = Buffer.from(body.slice(0, 64), 'base64').toString('latin1');
  return start.startsWith('openssh-key-v1\0') && !start.slice(15).startsWith('\0\0\0\x04none');
}

function carriesPrivateKey({ secret }: Candidate): Certainty | undefined {
  const text = decodeBase64(secret.replace(/\s/g, ''));
  const label = text === undefined ? undefined : /-----BEGIN ([A-Z0-9 ]{0,30})PRIVATE KEY/.exec(text)?.[1];
  if (text === undefined || label === undefined) return undefined;
  return isEncrypted(label, text, '') ? 'likely' : 'certain';
}

export const keyDetectors: readonly PatternDetector[] = [
  {
    by: 'pattern',
    id: 'encoded-private-key',
    title: 'private key in base64',
    certainty: 'certain',
    keywords: [encodedHeader],
    pattern: standalone(`${encodedHeader}[A-Za-z0-9+/]{80,${longestKey}}={0,2}`),
    reach: { before: 8, after: longestKey + 60 },
    proof: carriesPrivateKey,
    source: 'https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/',
    revoke: revokeKey,
  },
  {
    by: 'pattern',
    id: 'private-key',
    title: 'private key',
    certainty: 'certain',
    keywords: ['PRIVATE KEY-----'],
    pattern: new RegExp(
      `-----BEGIN (?<label>(?:[A-Z0-9]{2,10} ){0,2})PRIVATE KEY-----(?<secret>(?:[^-]|-(?!----)){60,${longestKey}})-----END`,
      'dg',
    ),
    reach: { before: 40, after: longestKey + 60 },
    proof: isPrivateKey,
    source: 'https://www.rfc-editor.org/rfc/rfc7468',
    revoke: revokeKey,
  },
  {
    by: 'pattern',
    id: 'pgp-private-key',
    title: 'PGP private key',
    certainty: 'certain',
    keywords: ['PGP PRIVATE KEY BLOCK-----'],
    pattern: new RegExp(
      `-----BEGIN PGP PRIVATE KEY BLOCK-----(?<secret>(?:[^-]|-(?!----)){100,${longestKey}})-----END`,
      'dg',
    ),
    reach: { before: 40, after: longestKey + 60 },
    // Between the two lines in a program that writes keys stands the program.
    proof: ({ secret }) => (/[A-Za-z0-9+/]{50}/.test(secret) ? 'certain' : undefined),
    source: 'https://www.rfc-editor.org/rfc/rfc9580',
    revoke: 'by publishing a revocation certificate for the key',
  },
  {
    by: 'pattern',
    id: 'putty-private-key',
    title: 'PuTTY private key',
    certainty: 'certain',
    keywords: ['PuTTY-User-Key-File-'],
    pattern:
      /PuTTY-User-Key-File-\d: [\x20-\x7e]{3,40}\r?\nEncryption: (?<cipher>[\x20-\x7e]{3,20})\r?\n[^\0]{0,8000}?Private-Lines: \d{1,3}\r?\n(?<secret>[A-Za-z0-9+/]{40,64}={0,2}(?:\r?\n[A-Za-z0-9+/=]{64}){0,120}(?:\r?\n[A-Za-z0-9+/]{1,63}={0,2}(?=\r?\n))?)/dg,
    reach: { before: 0, after: 16_384 },
    proof: ({ groups }) => (groups['cipher'] === 'none' ? 'certain' : 'likely'),
    source: 'https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html',
    revoke: revokeKey,
  },
  {
    by: 'pattern',
    id: 'jwk-private-key',
    title: 'private key as JSON Web Key',
    certainty: 'certain',
    keywords: ['"kty"'],
    pattern:
      /"kty\\?"(?:[^{}"]|"(?!kty|d\\?"\s{0,4}:)){0,1000}"d\\?"\s{0,4}:\s{0,4}\\?"(?<secret>[A-Za-z0-9_-]{40,2000})\\?"/dg,
    reach: { before: 0, after: 4200 },
    source: 'https://www.rfc-editor.org/rfc/rfc7518#section-6',
    revoke: revokeKey,
  },
  {
    by: 'pattern',
    id: 'age-secret-key',
    title: 'age secret key',
    certainty: 'certain',
    keywords: ['AGE-SECRET-KEY-1', 'AGE-SECRET-KEY-PQ-1'],
    pattern: standalone('(?<prefix>AGE-SECRET-KEY-(?:PQ-)?1)[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}'),
    proof: ({ secret }) => (isBech32(secret) ? 'certain' : 'likely'),
    source: 'https://age-encryption.org/v1',
    revoke: 'by encrypting everything anew to another recipient',
  },
  {
    by: 'pattern',
    id: 'wireguard-private-key',
    title: 'WireGuard private key',
    certainty: 'certain',
    keywords: ['PrivateKey', 'PresharedKey', 'wireguard', 'wg_private'],
    pattern:
      /(?:(?:PrivateKey|PresharedKey)\s{0,3}=\s{0,3}|(?:WIREGUARD|WG)_(?:PRIVATE|PRESHARED)_KEY["']?\s{0,2}[:=]\s{0,2}["']?)(?<secret>[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)/dg,
    proof: drawn(4),
    source: 'https://www.wireguard.com/quickstart/',
    revoke: 'by making a new key pair and taking the old public key out of every peer',
  },
  {
    by: 'pattern',
    id: 'minisign-secret-key',
    title: 'minisign secret key',
    certainty: 'likely',
    keywords: ['minisign encrypted secret key', 'rsign encrypted secret key', 'signify secret key'],
    pattern: /(?:(?:mini|r)sign encrypted|signify) secret key\r?\n(?<secret>RW[A-Za-z0-9+/]{100,250}={0,2})/dg,
    source: 'https://jedisct1.github.io/minisign/',
    revoke: 'by making a new key pair and publishing its public key',
  },
];
