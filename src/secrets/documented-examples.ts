// Values that providers print in their own documentation and sources: known to everyone, and no one's.
import { createHash } from 'node:crypto';
import { publishedKeys } from './published-keys.ts';

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
  'https://httpd.apache.org/docs/current/programs/htpasswd.html': [example('Pwd4', 'Steve')],
  'https://www.freedesktop.org/software/systemd/man/latest/systemd.netdev.html': [
    example('EEGlnEPYJV//kbvvIqxKkQwOiS', '+UENyPncC4bF46ong='),
  ],
  'https://kubernetes.io/docs/concepts/configuration/secret/': [
    example('1f2d1e', '2e67df'),
    example('S!B', '*d$zDsb='),
  ],
  'https://distribution.github.io/distribution/spec/auth/jwt/': [
    example('R7OnbfMaD5J2jl7GeE8ESo7CnHSBm', '_1N2k9IXYFrKJA'),
  ],
  'https://www.dotenv.org/docs/security/dotenv-key': [example('key_', '1234'), example('key_', '7890')],
  'https://www.npmjs.com/package/restify': [example('YWRtaW46', 'am95cGFzczEyMw==')],
  // Of services for what is public, in packages that nearly every image of Node.js has.
  'https://www.npmjs.com/package/debug/v/2.6.9': [example('SIAeZjKYlHK74rbcFv', 'NHMUzjRiMpflxve')],
  'https://www.npmjs.com/package/cliui/v/3.2.0': [example('NiRhyj91Z2vtgob6Xd', 'EAqs83rzNnbMZUu')],
  'https://docs.ruby-lang.org/en/master/URI/Generic.html': [example('S3nsit', '1ve'), example('V3ry_', 'S3nsit1ve')],
  'https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1': [example('czZCaGRSa3F0', 'MzpnWDFmQmF0M2JW')],
};

const values: ReadonlySet<string> = new Set(Object.values(documented).flat());

const publishedDigests: ReadonlySet<string> = new Set(
  Object.values(publishedKeys)
    .flat()
    .flatMap((row) => row.split(' ')),
);

/** Shorter values are listed as they are. */
const minDigestedLength = 20;

export function isDocumentedExample(secret: string): boolean {
  return values.has(secret) || (secret.length >= minDigestedLength && isPublished(normalisedKey(secret)));
}

/** Whether a key, in text without its white space or as the bytes of its file, is one that packages ship for everyone to have. */
export function isPublished(key: string | Uint8Array): boolean {
  return publishedDigests.has(createHash('sha256').update(key).digest('hex'));
}

/** Without white space, and without line ends written as escapes, so that a key is the same in a file, in JSON and in source code. */
export function normalisedKey(secret: string): string {
  return secret.replace(/\\[rn]|\s/g, '');
}
