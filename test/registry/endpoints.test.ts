// Which places are asked for an image, in which order, and over which scheme.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { endpointsFor } from '../../src/registry/endpoints.ts';
import { defaultRegistrySettings, type RegistryEntry, registryEntryFor } from '../../src/registry/settings.ts';

function rootsOf(image: string, registries: readonly RegistryEntry[] = [], allowLoopback = false): readonly string[] {
  const settings = { ...defaultRegistrySettings, registries, allowLoopback };
  return endpointsFor(parseReference(image), settings).map(({ apiRoot }) => apiRoot.href);
}

suite('the registry itself is', () => {
  const rows: readonly (readonly [claim: string, image: string, root: string, entries?: readonly RegistryEntry[]])[] = [
    ['registry-1.docker.io for Docker Hub', 'nginx', 'https://registry-1.docker.io/v2/'],
    ['the host as written', 'registry.example.com/a', 'https://registry.example.com/v2/'],
    ['the host with its port', 'registry.example.com:5000/a', 'https://registry.example.com:5000/v2/'],
    ['https for addresses inside', '10.0.0.5:5000/a', 'https://10.0.0.5:5000/v2/'],
    ['https for loopback where loopback is not allowed', 'localhost:5000/a', 'https://localhost:5000/v2/'],
    [
      'plain HTTP where it is set',
      'reg.example.com/a',
      'http://reg.example.com/v2/',
      [{ match: 'reg.example.com', plainHTTP: true }],
    ],
    ['IPv6 in brackets', '[2001:db8::1]:5000/a', 'https://[2001:db8::1]:5000/v2/'],
  ];
  for (const [claim, image, root, entries] of rows) {
    test(claim, () => assert.deepEqual(rootsOf(image, entries), [root]));
  }
});

suite('where loopback is allowed', () => {
  const rows: readonly (readonly [claim: string, image: string, scheme: string, entry?: RegistryEntry])[] = [
    ['localhost speaks plain HTTP', 'localhost:5000/a', 'http'],
    ['names under localhost do', 'registry.localhost:5000/a', 'http'],
    ['127.0.0.0/8 does', '127.0.0.9:5000/a', 'http'],
    ['::1 does', '[::1]:5000/a', 'http'],
    ['port 443 speaks TLS', 'localhost:443/a', 'https'],
    ['a setting says TLS', 'localhost:5000/a', 'https', { match: 'localhost:5000', plainHTTP: false }],
    ['a CA file says TLS', 'localhost:5000/a', 'https', { match: 'localhost:5000', caFile: '/ca.pem' }],
    ['nothing else speaks plain HTTP', '10.0.0.5:5000/a', 'https'],
    ['names that only look so do not', 'localhost.example.com/a', 'https'],
  ];
  for (const [claim, image, scheme, entry] of rows) {
    test(claim, () => {
      const [root = ''] = rootsOf(image, entry === undefined ? [] : [entry], true);
      assert.equal(new URL(root).protocol, `${scheme}:`);
    });
  }
});

suite('mirrors', () => {
  const entries: readonly RegistryEntry[] = [
    { match: 'docker.io', endpoints: [{ url: 'https://one.example.com' }, { url: 'https://two.example.com/hub/' }] },
  ];

  test('come before the registry, in order, with their prefix behind /v2/', () => {
    assert.deepEqual(rootsOf('nginx', entries), [
      'https://one.example.com/v2/',
      'https://two.example.com/v2/hub/',
      'https://registry-1.docker.io/v2/',
    ]);
  });

  test('are told the registry they stand for, and have credentials of their own', () => {
    const [first] = endpointsFor(parseReference('nginx'), { ...defaultRegistrySettings, registries: entries });
    assert.equal(first?.namespace, 'docker.io');
    assert.equal(first?.credentialHost, 'one.example.com');
  });

  test('do not say what a tag names unless they are trusted to', () => {
    const endpoints = [{ url: 'https://one.example.com' }, { url: 'https://two.example.com', resolveTags: true }];
    const settings = { ...defaultRegistrySettings, registries: [{ match: 'docker.io', endpoints }] };
    assert.deepEqual(
      endpointsFor(parseReference('nginx'), settings).map(({ resolvesTags }) => resolvesTags),
      [false, true, true],
    );
  });

  for (const url of [
    'one.example.com',
    'ftp://one.example.com',
    'https://user:pw@one.example.com',
    'https://one.example.com/?a=b',
  ]) {
    test(`refuse the url ${url}`, () => {
      assert.throws(
        () => rootsOf('nginx', [{ match: 'docker.io', endpoints: [{ url }] }]),
        (thrown) => thrown instanceof Fault && thrown.code === 'document/invalid',
      );
    });
  }
});

suite('the entry that applies', () => {
  const entries = [
    'registry.example.com',
    'registry.example.com/team',
    'registry.example.com:5000',
    'Other.example.com/',
    'docker.io',
  ].map((match): RegistryEntry => ({ match }));
  const rows: readonly (readonly [claim: string, host: string, repository: string, match: string | undefined])[] = [
    ['is the one of the host', 'registry.example.com', 'a', 'registry.example.com'],
    ['is the longest', 'registry.example.com', 'team/app', 'registry.example.com/team'],
    ['is compared in whole segments', 'registry.example.com', 'teams/app', 'registry.example.com'],
    ['may name the repository itself', 'registry.example.com', 'team', 'registry.example.com/team'],
    ['counts the port', 'registry.example.com:5000', 'team/app', 'registry.example.com:5000'],
    ['is for no longer host', 'registry.example.com.evil', 'a', undefined],
    ['folds the case of the host', 'OTHER.example.com', 'a', 'Other.example.com/'],
    ['is that of Docker Hub under all its names', 'registry-1.docker.io', 'library/nginx', 'docker.io'],
    ['is compared without the default port', 'registry.example.com:443', 'a', 'registry.example.com'],
    ['is absent where none matches', 'elsewhere.example.com', 'a', undefined],
  ];
  for (const [claim, host, repository, match] of rows) {
    test(claim, () => assert.equal(registryEntryFor(entries, host, repository)?.match, match));
  }
});
