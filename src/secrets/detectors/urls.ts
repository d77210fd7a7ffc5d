// Passwords in addresses: databases, brokers, proxies, repositories.
import type { PatternDetector } from '../detector.ts';

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';

export const urlDetectors: readonly PatternDetector[] = [
  {
    by: 'pattern',
    id: 'url-password',
    title: 'password in an address',
    certainty: 'certain',
    keywords: [...alphabet].map((last) => `${last}://`),
    pattern:
      /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:/@"'`<>]{0,100}:(?<secret>[^\s@/"'`<>]{3,200})@[A-Za-z0-9[\]._-]{1,100}/dgi,
    source: 'https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1',
    revoke: 'at the service behind the address, by setting a new password',
  },
];
