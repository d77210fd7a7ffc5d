// Private keys in the encodings in which they are kept.
import type { PatternDetector } from '../detector.ts';

export const keyDetectors: readonly PatternDetector[] = [
  {
    by: 'pattern',
    id: 'private-key',
    title: 'private key',
    certainty: 'certain',
    keywords: ['-----BEGIN'],
    pattern: /-----BEGIN (?:[A-Z0-9]{2,10} ){0,2}PRIVATE KEY-----(?<secret>[^-]{60,16000})-----END/dg,
    // RSA keys of 16,384 bits take 12,700 characters.
    reach: { before: 16, after: 16_384 },
    source: 'https://www.rfc-editor.org/rfc/rfc7468',
    revoke: 'by making a new key pair and taking the public key out of wherever it is trusted',
  },
];
