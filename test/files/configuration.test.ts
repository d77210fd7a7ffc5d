// The configuration: every setting is read, every default is the one of the code that uses it, and every mistake is told at once.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../src/base/fault.ts';
import { defaultArchiveLimits } from '../../src/files/archive-limits.ts';
import { defaultConfiguration, loadConfiguration, parseConfiguration } from '../../src/files/configuration.ts';
import { configurationPage } from '../../src/files/configuration-page.ts';
import { configurationSchema } from '../../src/files/configuration-schema.ts';
import { defaultPolicyFileLimits } from '../../src/files/find-policy-files.ts';
import { limitSettings } from '../../src/files/limit-settings.ts';
import { defaultClusterLimits } from '../../src/kubernetes/cluster-limits.ts';
import { defaultDocumentLimits } from '../../src/oci/limits.ts';
import { defaultNetworkLimits, defaultRegistrySettings } from '../../src/registry/settings.ts';
import { defaultServerLimits } from '../../src/server/server-limits.ts';
import { defaultStoreLimits } from '../../src/store/store-limits.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const source = '/etc/tidewaiter/config.yaml';
const head = 'apiVersion: tidewaiter.dev/v1alpha1\nkind: Configuration\n';
const parse = (text: string) => parseConfiguration(head + text, source);
const parseObject = (settings: object) =>
  parseConfiguration(
    JSON.stringify({ apiVersion: 'tidewaiter.dev/v1alpha1', kind: 'Configuration', ...settings }),
    source,
  );

/** The message of the Fault that a text ends in. */
function mistakesIn(text: string): string {
  try {
    parseConfiguration(text, source);
  } catch (thrown) {
    assert.ok(thrown instanceof Fault, String(thrown));
    assert.equal(thrown.code, 'document/invalid');
    return thrown.message;
  }
  assert.fail('nothing is wrong with it');
}

suite('the default configuration', () => {
  const { limits, kubernetes, lastKnown, registries } = defaultConfiguration();

  test('has the limits that the code has', () => {
    assert.deepEqual(limits.documents, defaultDocumentLimits);
    assert.deepEqual(limits.archives, defaultArchiveLimits);
    assert.deepEqual(limits.policyFiles, defaultPolicyFileLimits);
    assert.deepEqual(limits.network, defaultNetworkLimits);
    const { maxFactsBytes, maxLayerFactsBytes, maxUses, ...server } = limits.service;
    assert.deepEqual(server, defaultServerLimits);
    assert.deepEqual([maxFactsBytes, maxLayerFactsBytes, maxUses], [64 * 1024 * 1024, 32 * 1024 * 1024, 1_000]);
    assert.deepEqual(limits.factsDatabase, defaultStoreLimits);
    assert.deepEqual(kubernetes.limits, defaultClusterLimits);
  });

  test('has the registry settings that the code has', () => {
    assert.deepEqual(registries, defaultRegistrySettings.registries);
    assert.equal(lastKnown.maxAgeMs, defaultRegistrySettings.lastKnownMaxAgeMs);
  });

  test('is what an empty file says, and a file of nothing but sections', () => {
    assert.deepEqual(parse(''), defaultConfiguration());
    assert.deepEqual(
      parse('server: {}\nlimits: {}\nkubernetes: { limits: {} }\nregistries: []\n'),
      defaultConfiguration(),
    );
  });
});

suite('a configuration', () => {
  test('says how registries are reached', () => {
    const { registries } = parse(`
registries:
  - match: Registry.internal:5000/team/
    endpoints: [{ url: "https://mirror.internal/prefix" }, { url: "http://10.0.0.1:5000", resolveTags: true }]
    plainHTTP: false
    caFile: ca.pem
    clientCertificateFile: /certs/client.pem
    clientKeyFile: ../client.key
    allowAddresses: [10.0.0.0/8, "::1"]
    tokenRealms: [auth.internal, "auth:8443"]
  - match: docker.io
`);
    assert.deepEqual(registries, [
      {
        match: 'registry.internal:5000/team',
        endpoints: [
          { url: 'https://mirror.internal/prefix', resolveTags: false },
          { url: 'http://10.0.0.1:5000', resolveTags: true },
        ],
        plainHTTP: false,
        caFile: '/etc/tidewaiter/ca.pem',
        clientCertificateFile: '/certs/client.pem',
        clientKeyFile: '/etc/client.key',
        allowAddresses: ['10.0.0.0/8', '::1'],
        tokenRealms: ['auth.internal', 'auth:8443'],
      },
      { match: 'docker.io', endpoints: [], allowAddresses: [], tokenRealms: [] },
    ]);
  });

  test('says where the service listens', () => {
    const { server } = parse(
      'server: { listen: "[::]:443", probeListen: localhost:0, tls: { certFile: a, keyFile: b, clientCaFile: c } }\n',
    );
    assert.deepEqual(server.listen, { host: '::', port: 443 });
    assert.deepEqual(server.probeListen, { host: 'localhost', port: 0 });
    const [certFile, keyFile, clientCaFile] = ['a', 'b', 'c'].map((name) => `/etc/tidewaiter/${name}`);
    assert.deepEqual(server.tls, { certFile, keyFile, clientCaFile });
  });

  test('takes sizes, durations and counts as people write them', () => {
    const { limits } = parse(
      'limits: { maxManifestBytes: 8Mi, maxConfigBytes: 1000, connectTimeout: 1m30s, maxRetries: 0 }\n',
    );
    assert.equal(limits.documents.maxManifestBytes, 8 * 1024 * 1024);
    assert.equal(limits.documents.maxConfigBytes, 1000);
    assert.equal(limits.network.connectTimeoutMs, 90_000);
    assert.equal(limits.network.maxRetries, 0);
  });

  test('is read from a file, whose paths are relative to it', async (t) => {
    const directory = await temporaryDirectory(t);
    await writeFile(join(directory, 'c.yaml'), `${head}policies: { paths: [policies] }\ndataDir: data\n`);
    const { policies, dataDirectory } = await loadConfiguration(join(directory, 'c.yaml'));
    assert.deepEqual([policies.paths, dataDirectory], [[join(directory, 'policies')], join(directory, 'data')]);
  });

  test('may be JSON', () => {
    assert.deepEqual(
      parseConfiguration('{"apiVersion":"tidewaiter.dev/v1alpha1","kind":"Configuration"}', source),
      defaultConfiguration(),
    );
  });

  for (const path of settingsOf(configurationSchema, []).filter(([name]) => name !== 'apiVersion' && name !== 'kind')) {
    test(`takes ${path.join('.')}, and something follows from it`, () => {
      assert.notDeepEqual(parseObject(exampleFor(path)), defaultConfiguration());
    });
  }
});

suite('mistakes in a configuration', () => {
  test('are told all at once, with line, column and field', () => {
    const told = mistakesIn(`apiVersion: tidewaiter.dev/v1
kind: Configuration
limit: {}
registries:
  - endpoints: []
  - match: https://registry.example.com
    allowAddresses: [10.0.0.0/33]
lastKnown: { maxAge: soon }
limits: { maxManifestBytes: 4MiBs, maxRedirects: -1 }
disclosure: all
`);
    for (const said of [
      /config\.yaml:1:1: apiVersion: must be "tidewaiter\.dev\/v1alpha1"/,
      /config\.yaml:3:1: limit: unknown field; allowed are .*limits/,
      /config\.yaml:5:5: registries\[0\]: the field match is required/,
      /config\.yaml:6:5: registries\[1\]\.match: .*matches no image/,
      /config\.yaml:7:\d+: registries\[1\]\.allowAddresses\[0\]: .*CIDR/,
      /config\.yaml:8:\d+: lastKnown\.maxAge: /,
      /config\.yaml:9:\d+: limits\.maxManifestBytes: /,
      /config\.yaml:9:\d+: limits\.maxRedirects: must not be negative/,
      /config\.yaml:10:1: disclosure: .*own-credentials, full/,
    ]) {
      assert.match(told, said);
    }
    assert.equal(told.split('\n').length, 9, told);
    const lines = told.split('\n').map((line) => Number(/yaml:(\d+)/.exec(line)?.[1]));
    assert.deepEqual(
      lines,
      lines.toSorted((a, b) => a - b),
    );
  });

  for (const [claim, text, says] of [
    ['an empty file', '', /holds no configuration/],
    ['two documents', `${head}---\n${head}`, /one document/],
    ['no YAML', 'a: [', /yaml:1:/],
    ['a list', '[]', /must be an object/],
    ['another kind', head.replace('Configuration', 'Policy'), /kind: must be "Configuration"/],
    ['a match with a tag', `${head}registries: [{ match: "registry.example.com/app:1" }]`, /matches no image/],
    ['a match without a host', `${head}registries: [{ match: team/app }]`, /matches no image/],
    ['Docker Hub under another name', `${head}registries: [{ match: index.docker.io }]`, /Docker Hub is docker\.io/],
    [
      'two entries for one match',
      `${head}registries: [{ match: a.example }, { match: A.example/ }]`,
      /already an entry/,
    ],
    [
      'a mirror without a scheme',
      `${head}registries: [{ match: a.example, endpoints: [{ url: mirror }] }]`,
      /https:\/\//,
    ],
    [
      'a mirror with credentials',
      `${head}registries: [{ match: a.example, endpoints: [{ url: "https://:p@m" }] }]`,
      /credentialFiles/,
    ],
    [
      'a certificate without its key',
      `${head}registries: [{ match: a.example, clientCertificateFile: c }]`,
      /clientKeyFile/,
    ],
    [
      'a token realm with a scheme',
      `${head}registries: [{ match: a.example, tokenRealms: ["https://a"] }]`,
      /not host\[:port\]/,
    ],
    ['a TLS certificate without its key', `${head}server: { tls: { certFile: c } }`, /keyFile is required/],
    [
      'plain HTTP with a certificate',
      `${head}server: { insecureHTTP: true, tls: { certFile: c, keyFile: k } }`,
      /cannot be true/,
    ],
    ['a port without a host', `${head}server: { listen: ":8443" }`, /no place to listen/],
    ['a port that cannot be', `${head}server: { probeListen: "localhost:65536" }`, /no place to listen/],
    ['a limit of nothing', `${head}limits: { maxLayers: 0 }`, /must be more than nothing/],
    ['a limit that is no whole number', `${head}limits: { maxLayers: 1.5 }`, /an integer/],
    ['a duration without a unit', `${head}limits: { connectTimeout: 5 }`, /a string/],
    ['looking at files all the time', `${head}policies: { checkEvery: 1ms }`, /at least 100ms/],
  ] as const) {
    test(`include ${claim}`, () => {
      assert.match(mistakesIn(text), says);
    });
  }

  test('a mistake with credentials in it does not repeat them', () => {
    const password = ['hunter', '2'].join('');
    const told = mistakesIn(
      `${head}registries: [{ match: a.example, endpoints: [{ url: "https://user:${password}@mirror" }] }]`,
    );
    assert.equal(told.includes(password), false, told);
  });

  test('whatever stands in the file, the answer is a configuration or a Fault', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom(...settingsOf(configurationSchema, [])), (json, path) => {
        const value = path.reduceRight<unknown>(
          (inner, step) => (step === '[]' ? [inner] : { [step]: inner }),
          JSON.parse(json),
        );
        try {
          parseObject(typeof value === 'object' && value !== null ? value : {});
        } catch (thrown) {
          assert.ok(thrown instanceof Fault, String(thrown));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a file that is not there is named', async () => {
    await assert.rejects(loadConfiguration('/nowhere/config.yaml'), /\/nowhere\/config\.yaml: there is no such file/);
  });
});

suite('the page of settings', () => {
  const page = configurationPage();

  test('has every setting with its default', () => {
    for (const path of settingsOf(configurationSchema, [])) {
      const name = path.join('.').replaceAll('.[]', '[]');
      if (!['apiVersion', 'kind'].includes(name)) assert.ok(page.includes(`| \`${name}\``), name);
    }
    for (const [name, { kind }] of limitSettings) {
      assert.match(page, new RegExp(`\`limits\\.${name}\` +\\| \`${kind === 'count' ? '\\d+' : '\\d+[a-zA-Z]+'}\``));
    }
  });

  test('says something of every setting', () => {
    for (const line of page.split('\n')) if (line.startsWith('| `')) assert.match(line, /\| [^|]{10,} \|$/);
  });

  test('its example is a configuration', () => {
    const example = /```yaml\n([^`]*)```/.exec(page)?.[1] ?? '';
    assert.equal(parseConfiguration(example, source).registries.length, 1);
  });
});

/** Paths of all settings that hold no others; `[]` are the entries of a list of objects. */
function settingsOf(schema: object, path: readonly string[]): readonly (readonly string[])[] {
  const properties = fieldOf(schema, 'properties');
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([name, child]) => settingsOf(child, [...path, name]));
  }
  const items = fieldOf(schema, 'items');
  const inner = items === undefined ? [] : settingsOf(items, [...path, '[]']);
  return inner.some((one) => one.length > path.length + 1) ? inner : [path];
}

function fieldOf(value: object, name: string): object | undefined {
  const found: unknown = Reflect.get(value, name);
  return typeof found === 'object' && found !== null ? found : undefined;
}

/** A configuration in which one setting has another value than its default. */
function exampleFor(path: readonly string[]): object {
  const required: Readonly<Record<string, object>> = {
    'registries.[].clientCertificateFile': { match: 'a.example', clientCertificateFile: 'c', clientKeyFile: 'k' },
    'registries.[].clientKeyFile': { match: 'a.example', clientCertificateFile: 'c', clientKeyFile: 'k' },
  };
  const name = path.join('.');
  if (required[name] !== undefined) return { registries: [required[name]] };
  if (name.startsWith('server.tls.')) return { server: { tls: { certFile: 'c', keyFile: 'k', clientCaFile: 'a' } } };
  const build = (steps: readonly string[], schema: object): unknown => {
    const [step, ...rest] = steps;
    if (step === undefined) return anotherValue(path.at(-1) ?? '', schema);
    if (step === '[]') return [build(rest, fieldOf(schema, 'items') ?? {})];
    const needed = fieldOf(schema, 'required') !== undefined && step !== 'match' && step !== 'url' ? extra(schema) : {};
    return { ...needed, [step]: build(rest, fieldOf(fieldOf(schema, 'properties') ?? {}, step) ?? {}) };
  };
  const built = build(path, { ...configurationSchema, required: undefined });
  return typeof built === 'object' && built !== null ? built : {};
}

/** What else an object of a list needs. */
function extra(schema: object): object {
  const required: unknown = Reflect.get(schema, 'required');
  if (!Array.isArray(required)) return {};
  return required.includes('match') ? { match: 'a.example' } : { url: 'https://mirror.example' };
}

function anotherValue(name: string, schema: object): unknown {
  const [type, standard, choices] = ['type', 'default', 'enum'].map((key): unknown => Reflect.get(schema, key));
  if (Array.isArray(choices)) return choices.find((choice) => choice !== standard);
  if (type === 'boolean') return standard !== true;
  if (type === 'integer') return Number(standard ?? 1) + 1;
  if (type === 'array') return name === 'allowAddresses' ? ['10.0.0.0/8'] : name === 'endpoints' ? [] : ['a.example'];
  if (Array.isArray(type)) return 12345;
  if (name === 'listen' || name === 'probeListen') return 'localhost:1';
  if (name === 'url') return 'https://mirror.example';
  if (typeof standard === 'string' && /^\d/.test(standard)) return '17m';
  return 'a.example';
}
