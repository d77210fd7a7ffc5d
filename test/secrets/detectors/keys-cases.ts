// What the detectors of keys find and leave alone.
import { generateKeyPairSync } from 'node:crypto';
import type { DetectorCases } from '../detector-cases.ts';
import { alnum, base64, encoded, pem, url } from '../token-parts.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const real = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const jwk = privateKey.export({ format: 'jwk' });

/** The body of a block between guillemets: the frame is not secret. */
const marked = (block: string) => block.replace(/(-----BEGIN [A-Z ]+-----)([^-]+)(-----END)/, '$1«$2»$3');

/** BIP 173's checksum, written from the specification for this test. */
function bech32(label: string, data: string): string {
  const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
  const step = (sum: number, value: number) => {
    const top = sum >> 25;
    const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
    return generators.reduce(
      (all, generator, bit) => ((top >> bit) & 1 ? all ^ generator : all),
      ((sum & 0x1ffffff) << 5) ^ value,
    );
  };
  const codes = [...label].map((character) => character.charCodeAt(0));
  const values = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
  const all = [...values, ...[...data].map((character) => alphabet.indexOf(character)), 0, 0, 0, 0, 0, 0];
  const sum = all.reduce(step, 1) ^ 1;
  const checksum = [25, 20, 15, 10, 5, 0].map((shift) => alphabet[(sum >> shift) & 31]).join('');
  return `${label}1${data}${checksum}`.toUpperCase();
}

const ageKey = bech32(['age-secret', '-key-'].join(''), 'qpzry9x8gf2tvdw0s3jn54khce6mua7lgf2tvdw0s3jn54khce6m');

/** For each detector of keys. */
export const keyCases: DetectorCases = {
  'private-key': {
    finds: [
      marked(real),
      marked(pem('RSA PRIVATE KEY')),
      marked(pem('EC PRIVATE KEY', base64(160))),
      marked(pem('OPENSSH PRIVATE KEY')),
      marked(pem('RSA PRIVATE KEY', base64(12_700))),
      marked(pem('PRIVATE KEY').replaceAll('\n', '\r\n')),
      `{"private_key":"${marked(pem('PRIVATE KEY')).replaceAll('\n', '\\n')}"}`,
      `-----BEGIN RSA PRIVATE KEY-----«\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,${'0A'.repeat(16)}\n\n${base64(1_600)}\n»-----END RSA PRIVATE KEY-----`,
    ],
    ignores: {
      'a public key': publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      'a certificate': pem('CERTIFICATE'),
      'a blank':
        '-----BEGIN PRIVATE KEY-----\n<the key goes here, between these two lines, without the angle brackets>\n-----END PRIVATE KEY-----',
      'the frame alone': '-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----',
      'the first line of one': `-----BEGIN RSA PRIVATE KEY----- MIIEpQIBAAKCAQEA${base64(48)}. -----END RSA PRIVATE KEY-----`,
      'no end': `-----BEGIN PRIVATE KEY-----\n${base64(400)}`,
    },
  },
  'pgp-private-key': {
    finds: [marked(pem('PGP PRIVATE KEY BLOCK'))],
    ignores: { 'a public key': pem('PGP PUBLIC KEY BLOCK'), 'a signature': pem('PGP SIGNATURE') },
  },
  'encoded-private-key': {
    finds: [encoded(real), `client-key-data: «${encoded(pem('RSA PRIVATE KEY'))}»`],
    ignores: { 'a certificate': encoded(pem('CERTIFICATE')), 'a public key': encoded(pem('PUBLIC KEY')) },
  },
  'putty-private-key': {
    finds: [
      `PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: a\nPublic-Lines: 2\n${base64(64)}\nPrivate-Lines: 1\n«${base64(60)}»`,
    ],
    ignores: {
      'the public part': `PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPublic-Lines: 2\n${base64(64)}`,
      'the mark alone': 'PuTTY-User-Key-File-3: ssh-rsa',
    },
  },
  'jwk-private-key': {
    finds: [`{"kty":"EC","crv":"P-256","x":"${jwk.x}","y":"${jwk.y}","d":"«${jwk.d}»"}`],
    ignores: {
      'a public key': JSON.stringify(publicKey.export({ format: 'jwk' })),
      'other JSON': `{"kty":"x"},{"d":"${url(60)}"}`,
    },
  },
  'age-secret-key': {
    finds: [ageKey],
    ignores: {
      'the recipient': `age1${'qpzry9x8gf2tvdw0s3jn54khce6mua7l'.repeat(2).slice(0, 58)}`,
      'too short': ageKey.slice(0, -4),
    },
  },
  'wireguard-private-key': {
    finds: [`[Interface]\nPrivateKey = «${base64(42)}A=»\n`, `WG_PRIVATE_KEY=«${base64(42)}E=»`],
    ignores: { 'the public key': `PublicKey = ${base64(42)}A=`, 'too short': `PrivateKey = ${base64(20)}=` },
  },
  'minisign-secret-key': {
    finds: [`untrusted comment: minisign encrypted secret key\n«RW${base64(200)}»`],
    ignores: {
      'the public key': `untrusted comment: minisign public key\nRW${base64(54)}`,
      prose: `minisign encrypted secret key, ${alnum(20)}`,
    },
  },
};
