// The list of checks against what other people's scripts rely on: rule ids, and what every rule has to say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allRules, checks, findRule } from '../../src/checks/checks.ts';

const published = `
  size/compressed size/uncompressed size/layer size/layers size/wasted
  user/root user/unknown user/not-numeric user/out-of-range user/root-group
  healthcheck/missing healthcheck/disabled
  secrets/env secrets/history secrets/label secrets/command secrets/file secrets/deleted-file
  leftovers/compiler leftovers/package-manager leftovers/dev-dependencies leftovers/source leftovers/vcs leftovers/cache
  reference/invalid reference/latest reference/no-digest reference/registry
  command/shell-form command/no-init
  ports/privileged ports/ssh
  labels/missing labels/invalid
  platforms/missing
  age/too-old
  base/not-allowed base/unknown
  filesystem/setuid filesystem/world-writable
  hazard/label hazard/volume-path hazard/foreign-layer hazard/media-type
  undecided/unavailable undecided/unauthorized undecided/not-found undecided/pending undecided/unsupported undecided/limit
  undecided/not-an-image undecided/internal
  integrity/digest integrity/size integrity/diff-id integrity/ambiguous integrity/media-type integrity/schema1
`
  .trim()
  .split(/\s+/);

test('the rule ids are the published ones, none renamed, none twice', () => {
  assert.deepEqual(allRules.map(({ id }) => id).sort(), published.sort());
});

test('a rule is found by its id', () => {
  for (const rule of allRules) assert.equal(findRule(rule.id), rule);
  assert.equal(findRule('user/emperor'), undefined);
});

test('a rule belongs to the check of its first half', () => {
  for (const check of checks) for (const rule of check.rules) assert.equal(rule.id.split('/')[0], check.name);
});

const running = ['container', 'init', 'sidecar', 'ephemeral'];
const all = [...running, 'volume'];
const asked: Readonly<Record<string, readonly string[]>> = {
  size: all,
  user: running,
  healthcheck: ['container', 'sidecar'],
  secrets: all,
  leftovers: all,
  reference: all,
  labels: all,
  platforms: running,
  age: all,
  ports: running,
  command: running,
  hazard: all,
  filesystem: running,
  base: all,
};

for (const check of checks) {
  test(`${check.name} asks the uses that it is published to ask, and Jobs unless it is about health`, () => {
    assert.deepEqual([...check.uses].sort(), [...(asked[check.name] ?? [])].sort());
    assert.equal(check.asksJobs, check.name !== 'healthcheck');
  });

  test(`${check.name} judges artifacts in volumes only if it is about names or sizes`, () => {
    assert.equal(check.judgesArtifacts, check.name === 'reference' || check.name === 'size');
  });
}

for (const rule of allRules) {
  test(`${rule.id} says what is wrong, why it matters and what to change`, () => {
    assert.match(rule.title, /^[A-Z].*[^.]$/);
    assert.match(rule.why, /^[A-Z].*\.$/);
    assert.ok(rule.advice.length >= 20 && !rule.advice.endsWith('.'), rule.advice);
  });
}

for (const check of checks) {
  test(`every parameter of ${check.name} is described`, () => {
    for (const { schema } of Object.values(check.parameters)) assert.match(schema.description, /\.$/);
  });

  test(`${check.name} without parameters requires nothing, and says so`, () => {
    const problems: string[] = [];
    check.compile({}, (path, message) => problems.push(`${path.join('.')}: ${message}`));
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', /^: requires nothing: /);
  });
}
