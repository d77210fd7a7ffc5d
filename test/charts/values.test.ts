// What is written twice about the chart says the same: values, their schema, their table, the versions.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { field, fieldAt, isFieldBag, textField } from '../../src/workload/fields.ts';
import { chartDirectory } from './helm.ts';
import { chartValues, withValuesTable } from './values-table.ts';

const read = (...path: readonly string[]): string => readFileSync(join(chartDirectory, ...path), 'utf8');
const valuesText = read('values.yaml');
const schema: unknown = JSON.parse(read('values.schema.json'));
const values = chartValues(valuesText);

/** The keys of the schema down to what has no closed list of properties. */
function schemaKeys(node: unknown, prefix = ''): readonly string[] {
  const properties = field(node, 'properties');
  if (!isFieldBag(properties)) return [];
  return Object.entries(properties).flatMap(([name, child]) => {
    const key = `${prefix}${name}`;
    const leaf = values.some((value) => value.key === key) || !isFieldBag(field(child, 'properties'));
    return leaf ? [key] : schemaKeys(child, `${key}.`);
  });
}

function accepts(overrides: unknown): boolean {
  if (!isFieldBag(schema)) throw new Error('the schema is no object');
  return new Ajv({ strict: false }).validate(schema, overrides);
}

test('the table in the README lists every value with its default and what it is', () => {
  assert.equal(read('README.md'), withValuesTable(read('README.md'), values), 'make generate writes it');
});

test('the schema has a word for every value, and for no other', () => {
  assert.deepEqual(
    schemaKeys(schema).filter((key) => key !== 'global'),
    values.map(({ key }) => key),
  );
});

test('the built-in policies of the schema are those of the library', () => {
  const library = readdirSync('policies').filter((name) => existsSync(join('policies', name, 'policy.yaml')));
  const path = ['properties', 'policies', 'properties', 'builtIn', 'items', 'enum'];
  assert.deepEqual([fieldAt(schema, path)].flat().toSorted(), library.toSorted());
});

test('the defaults satisfy the schema', () => {
  assert.ok(accepts(parse(valuesText)));
});

const misspelt: readonly unknown[] = [
  { replicaCount: 3 },
  { webhook: { failurePolicy: 'fail' } },
  { webhook: { timeoutSeconds: 31 } },
  { webhook: { namespaceselector: {} } },
  { image: { digest: 'sha256:123' } },
  { tls: { mode: 'self-signed' } },
  { rbac: { pullSecrets: true } },
  { config: { kind: 'Other' } },
  { policies: { documents: { 'no-extension': '' } } },
  { policies: { builtIn: ['base-line'] } },
  { listen: { webhookPort: 443 } },
];

for (const overrides of misspelt) {
  test(`the schema refuses ${JSON.stringify(overrides)}`, () => assert.ok(!accepts(overrides)));
}

test('every group of values refuses keys that it does not know', () => {
  for (const { key } of values) {
    const group = key.split('.').slice(0, -1);
    const node = fieldAt(
      schema,
      group.flatMap((name) => ['properties', name]),
    );
    assert.equal(field(node, 'additionalProperties'), false, group.join('.'));
  }
});

test('the chart brings the program of this version', () => {
  const program: unknown = JSON.parse(readFileSync(join(chartDirectory, '../../package.json'), 'utf8'));
  assert.equal(textField(parse(read('Chart.yaml')), 'appVersion'), textField(program, 'version'));
});
