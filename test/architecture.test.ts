// Holds the sources against the shape that docs/structure.md gives them.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rules, type Shape } from './architecture/rules.ts';
import { type SourceFile, sourceFile } from './architecture/source-text.ts';

const core = [
  'base',
  'oci',
  'layers',
  'secrets',
  'composition',
  'inspection',
  'workload',
  'checks',
  'policy',
  'admission',
  'reports',
] as const;

const shape: Shape = {
  mayImport: {
    base: [],
    oci: ['base'],
    layers: ['base', 'oci'],
    secrets: ['base'],
    composition: ['base', 'oci', 'layers'],
    inspection: ['base', 'oci', 'layers', 'secrets', 'composition'],
    workload: ['base', 'oci'],
    checks: ['base', 'oci', 'inspection', 'workload', 'secrets', 'composition'],
    policy: ['base', 'oci', 'inspection', 'workload', 'checks'],
    admission: ['base', 'oci', 'inspection', 'workload', 'policy'],
    reports: ['base', 'oci', 'inspection', 'checks', 'policy', 'composition'],
    registry: ['base', 'oci', 'inspection'],
    scanning: ['base', 'oci', 'layers', 'secrets', 'inspection'],
    store: ['base', 'oci', 'inspection'],
    files: ['base', 'oci', 'layers', 'inspection', 'policy', 'registry'],
    kubernetes: ['base', 'oci', 'inspection', 'workload', 'policy', 'admission', 'registry'],
    telemetry: ['base'],
    server: ['base', 'admission', 'telemetry', 'reports'],
    cli: [
      ...core.filter((folder) => folder !== 'layers' && folder !== 'secrets' && folder !== 'composition'),
      ...['registry', 'scanning', 'store', 'files', 'kubernetes', 'telemetry', 'server'],
    ],
    '.': ['cli'],
  },
  core,
  coreModules: ['node:crypto', 'node:zlib', 'node:stream'],
  packages: {
    ajv: ['core'],
    yaml: ['core'],
    'lru-cache': ['core', 'registry', 'store', 'kubernetes'],
    'node-fetch': ['registry'],
    'https-proxy-agent': ['registry'],
    '@kubernetes/client-node': ['kubernetes'],
    express: ['server'],
    pino: ['telemetry'],
    'prom-client': ['telemetry'],
    commander: ['cli'],
  },
  // Work shared between callers, an answer to the API server, and what a late inspection still has to say all have to end by themselves.
  timers: ['base/single-flight.ts', 'admission/deadline.ts', 'policy/inspect-each.ts'],
  suppressions: ['checks/check.ts: suspicious/noExplicitAny'],
};

const files = sourcesBelow('src');

for (const [claim, rule] of Object.entries(rules)) {
  test(claim, () => {
    assert.deepEqual(rule(files, shape), []);
  });
}

test('checks imports of secrets nothing but the list of detectors', () => {
  const imported = files
    .filter((file) => file.path.startsWith('checks/'))
    .flatMap((file) => file.imports.map(({ specifier }) => specifier))
    .filter((specifier) => specifier.startsWith('../secrets/'));
  assert.deepEqual(
    [...new Set(imported)].filter((s) => !/^\.\.\/secrets\/detectors?\.ts$/.test(s)),
    [],
  );
});

test('the linter and the compiler forbid any, non-null assertions and unchecked casts of null', () => {
  const linter = readFileSync('biome.json', 'utf8');
  for (const rule of ['noNonNullAssertion', 'noExplicitAny', 'noDefaultExport']) {
    assert.match(linter, new RegExp(`"${rule}": "error"`));
  }
  const compiler = readFileSync('tsconfig.json', 'utf8');
  for (const option of ['strict', 'noUncheckedIndexedAccess', 'exactOptionalPropertyTypes', 'erasableSyntaxOnly']) {
    assert.match(compiler, new RegExp(`"${option}": true`));
  }
});

function sourcesBelow(root: string): readonly SourceFile[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => sourceFile(path, readFileSync(join(root, path), 'utf8')));
}

test('docs/structure.md has the same table', () => {
  const rows = readFileSync('docs/structure.md', 'utf8').matchAll(/^\| `(\w+)` \|[^|]*\| ([^|]*) \|$/gm);
  const written = Object.fromEntries(
    [...rows].map(([, folder, list]) => [folder, list === '-' ? [] : list?.split(', ')]),
  );
  const { '.': _, ...folders } = shape.mayImport;
  assert.deepEqual(written, folders);
});
