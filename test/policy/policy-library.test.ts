// The policies that are shipped: they load, their cases hold, and the facts of the cases are what this version would record.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { parsePolicies } from '../../src/policy/parse-policies.ts';
import { factsFilesOf, parseCases } from '../../src/policy/policy-case.ts';
import { createPolicySet } from '../../src/policy/policy-set.ts';
import { runCase } from '../../src/policy/run-case.ts';
import { recordOf, sampleImages } from './sample-images.ts';

const library = new URL('../../policies/', import.meta.url);

for (const name of ['baseline', 'restricted', 'multi-stage']) {
  suite(name, () => {
    const directory = new URL(`${name}/`, library);
    const source = `policies/${name}/policy.yaml`;
    const { set, problems } = createPolicySet([parsePolicies(read(new URL('policy.yaml', directory)), source)]);
    const casesDirectory = new URL('cases/', directory);
    const parsed = readdirSync(casesDirectory)
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => parseCases(read(new URL(file, casesDirectory)), `policies/${name}/cases/${file}`));

    test('loads', () => {
      assert.deepEqual(problems, []);
      assert.deepEqual(
        set.policies.map((policy) => policy.name),
        [name],
      );
    });

    test('has cases that can be read, at least twelve', () => {
      assert.deepEqual(
        parsed.flatMap((file) => file.problems),
        [],
      );
      assert.ok(parsed.flatMap((file) => file.cases).length >= 12);
    });

    for (const policyCase of parsed.flatMap((file) => file.cases)) {
      test(policyCase.name, async () => {
        const facts = new Map(factsFilesOf(policyCase).map((file) => [file, read(new URL(file, casesDirectory))]));
        const { differences } = await runCase(policyCase, { set, facts });
        assert.deepEqual(differences, []);
      });
    }
  });
}

suite('recorded facts', () => {
  for (const [name, sample] of Object.entries(sampleImages)) {
    test(`${name} is recorded as this version reads it`, () => {
      // Written again by running sample-images.ts.
      assert.equal(read(new URL(`facts/${name}.json`, library)), recordOf(name, sample));
    });
  }

  test('there are no others', () => {
    const files = readdirSync(new URL('facts/', library)).sort();
    assert.deepEqual(
      files,
      Object.keys(sampleImages)
        .map((name) => `${name}.json`)
        .sort(),
    );
  });
});

function read(url: URL): string {
  return readFileSync(url, 'utf8');
}
