// Makes the certificates of a test when it runs, so that no key is ever kept in the tree.
import { isIP } from 'node:net';
import { generate } from 'selfsigned';

/** PEM, both. */
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface Authority extends KeyPair {
  /** For TLS servers at these DNS names and IP addresses. */
  issueServer(hosts: readonly [string, ...string[]], notAfterDate?: Date): Promise<KeyPair>;
  /** For clients, who are to the API server the user `commonName` in the group `organization`. */
  issueClient(subject: { readonly commonName: string; readonly organization: string }): Promise<KeyPair>;
}

const algorithm = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

export async function createAuthority(commonName: string): Promise<Authority> {
  const made = await generate([{ name: 'commonName', value: commonName }], {
    ...algorithm,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  const ca: KeyPair = { key: made.private, cert: made.cert };
  return {
    ...ca,
    async issueServer(hosts, notAfterDate) {
      const { private: key, cert } = await generate([{ name: 'commonName', value: hosts[0] }], {
        ...algorithm,
        ca,
        ...(notAfterDate === undefined ? {} : { notAfterDate }),
        extensions: [
          { name: 'extKeyUsage', serverAuth: true },
          {
            name: 'subjectAltName',
            altNames: hosts.map((host) => (isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host })),
          },
        ],
      });
      return { key, cert };
    },
    async issueClient(subject) {
      const { private: key, cert } = await generate(
        [
          { name: 'commonName', value: subject.commonName },
          { name: 'organizationName', value: subject.organization },
        ],
        { ...algorithm, ca, extensions: [{ name: 'extKeyUsage', clientAuth: true }] },
      );
      return { key, cert };
    },
  };
}
