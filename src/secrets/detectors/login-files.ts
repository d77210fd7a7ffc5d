// Credentials that the format of their file tells: where they stand in it says what they are, whatever they look like.
import type { FileDetector } from '../detector.ts';

const anew = 'where it is accepted, by setting a new one';

export const loginFileDetectors: readonly FileDetector[] = [
  {
    by: 'file',
    id: 'login-file-password',
    title: 'password in a login file',
    certainty: 'certain',
    source: 'https://cwe.mitre.org/data/definitions/256.html',
    revoke: anew,
  },
  {
    by: 'file',
    id: 'login-file-token',
    title: 'token in a login file',
    certainty: 'certain',
    source: 'https://cwe.mitre.org/data/definitions/522.html',
    revoke: 'at the service that the entry is for, by logging out or making a new one',
  },
  {
    by: 'file',
    id: 'login-file-key',
    title: 'secret key in a login file',
    certainty: 'certain',
    source: 'https://cwe.mitre.org/data/definitions/321.html',
    revoke: 'at the service that the entry is for, by making a new key pair and deleting the old one',
  },
  {
    by: 'file',
    id: 'keystore-private-key',
    title: 'private key in a keystore',
    certainty: 'likely',
    source: 'https://www.rfc-editor.org/rfc/rfc7292#section-4.2',
    revoke: 'by making a new key pair and taking the old public key out of wherever it is trusted',
  },
  {
    by: 'file',
    id: 'der-private-key',
    title: 'private key in DER',
    certainty: 'certain',
    source: 'https://www.rfc-editor.org/rfc/rfc5208#section-5',
    revoke: 'by making a new key pair and taking the old public key out of wherever it is trusted',
  },
  {
    by: 'file',
    id: 'kerberos-keytab',
    title: 'Kerberos keytab',
    certainty: 'likely',
    source: 'https://web.mit.edu/kerberos/krb5-devel/doc/formats/keytab_file_format.html',
    revoke: 'by changing the keys of its principals, with `kadmin -q ktadd`',
  },
];
