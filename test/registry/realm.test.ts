// Token servers that a registry may name, without a credential and with one.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import type { Endpoint } from '../../src/registry/endpoints.ts';
import { checkedRealm } from '../../src/registry/realm.ts';

interface Row {
  readonly claim: string;
  readonly registry?: string;
  readonly realm: string;
  readonly tokenRealms?: readonly string[];
  readonly anonymous: boolean;
  readonly credential: boolean;
}

const rows: readonly Row[] = [
  { claim: "the registry's own host", realm: 'https://registry.example.com/token', anonymous: true, credential: true },
  {
    claim: "another port of the registry's host",
    realm: 'https://registry.example.com:8443/token',
    anonymous: true,
    credential: true,
  },
  { claim: 'a relative realm', realm: '/token', anonymous: true, credential: true },
  { claim: 'another host', realm: 'https://auth.example.com/token', anonymous: true, credential: false },
  {
    claim: 'a host that begins like it',
    realm: 'https://registry.example.com.evil/token',
    anonymous: true,
    credential: false,
  },
  { claim: 'a host below it', realm: 'https://evil.registry.example.com/token', anonymous: true, credential: false },
  {
    claim: 'a host with a login that looks like it',
    realm: 'https://registry.example.com@evil.example/token',
    anonymous: false,
    credential: false,
  },
  {
    claim: 'a named host',
    realm: 'https://auth.example.com/token',
    tokenRealms: ['auth.example.com'],
    anonymous: true,
    credential: true,
  },
  {
    claim: 'a named host and port',
    realm: 'https://auth.example.com:8443/',
    tokenRealms: ['auth.example.com:8443'],
    anonymous: true,
    credential: true,
  },
  {
    claim: 'a named host at another port',
    realm: 'https://auth.example.com/',
    tokenRealms: ['auth.example.com:8443'],
    anonymous: true,
    credential: false,
  },
  {
    claim: 'a host named with its default port',
    realm: 'https://auth.example.com/',
    tokenRealms: ['AUTH.example.com:443'],
    anonymous: true,
    credential: true,
  },
  {
    claim: 'Docker Hub and its own',
    registry: 'https://registry-1.docker.io',
    realm: 'https://auth.docker.io/token',
    anonymous: true,
    credential: true,
  },
  {
    claim: "another registry and Docker Hub's",
    realm: 'https://auth.docker.io/token',
    anonymous: true,
    credential: false,
  },
  {
    claim: 'plain HTTP for a registry with TLS',
    realm: 'http://registry.example.com/token',
    anonymous: false,
    credential: false,
  },
  {
    claim: 'plain HTTP although it is named',
    realm: 'http://auth.example.com/',
    tokenRealms: ['auth.example.com'],
    anonymous: false,
    credential: false,
  },
  {
    claim: 'plain HTTP at a registry without TLS',
    registry: 'http://registry.example.com',
    realm: 'http://registry.example.com/token',
    anonymous: true,
    credential: true,
  },
  {
    claim: 'plain HTTP beside a registry without TLS',
    registry: 'http://registry.example.com',
    realm: 'http://169.254.169.254/latest',
    anonymous: false,
    credential: false,
  },
  {
    claim: 'plain HTTP, named, for a registry without TLS',
    registry: 'http://registry.example.com',
    realm: 'http://auth.example.com/',
    tokenRealms: ['auth.example.com'],
    anonymous: true,
    credential: true,
  },
  { claim: 'another scheme', realm: 'ftp://registry.example.com/token', anonymous: false, credential: false },
  { claim: 'a file', realm: 'file:///etc/passwd', anonymous: false, credential: false },
  { claim: 'no URL', realm: 'https://[', anonymous: false, credential: false },
];

for (const [who, hasCredential] of [
  ['without a credential', false],
  ['with a credential', true],
] as const) {
  suite(who, () => {
    for (const row of rows) {
      const allowed = hasCredential ? row.credential : row.anonymous;
      test(`${row.claim} is ${allowed ? 'asked' : 'refused'}`, () => {
        const apiRoot = new URL('/v2/', row.registry ?? 'https://registry.example.com');
        const entry = { match: apiRoot.host, tokenRealms: row.tokenRealms ?? [] };
        const endpoint: Endpoint = { apiRoot, credentialHost: apiRoot.host, resolvesTags: true, entry };
        const check = () => checkedRealm(row.realm, new URL('a/manifests/1', apiRoot), endpoint, hasCredential);
        if (allowed) assert.equal(check().url.hash, '');
        else assert.throws(check, (thrown) => thrown instanceof Fault && thrown.code === 'registry/realm-refused');
      });
    }
  });
}

test("only the registry's own host and named ones share its connection settings", () => {
  const apiRoot = new URL('https://registry.example.com/v2/');
  const entry = { match: apiRoot.host, tokenRealms: ['auth.example.com'] };
  const endpoint: Endpoint = { apiRoot, credentialHost: apiRoot.host, resolvesTags: true, entry };
  const isTrusted = (realm: string): boolean => checkedRealm(realm, apiRoot, endpoint, false).isTrusted;
  assert.equal(isTrusted('/token'), true);
  assert.equal(isTrusted('https://auth.example.com/token'), true);
  assert.equal(isTrusted('https://elsewhere.example.com/token'), false);
});
