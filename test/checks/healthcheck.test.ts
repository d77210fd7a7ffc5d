// Health checks: what counts as one, what a pod can put in its place, and who is asked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HealthcheckFact } from '../../src/inspection/image-facts.ts';
import type { Probes, Workload } from '../../src/workload/use.ts';
import { imageFacts, workloadOf } from '../support/facts.ts';
import { ask, failed } from './ask.ts';

const none: Probes = { liveness: false, readiness: false, startup: false };
const absent: HealthcheckFact = { kind: 'absent' };
const missing = 'healthcheck/missing';
const disabled = 'healthcheck/disabled';

type Row = readonly [
  claim: string,
  HealthcheckFact,
  Partial<Probes>,
  acceptProbes: boolean,
  expected: readonly string[],
];

const rows: readonly Row[] = [
  ['a HEALTHCHECK passes', { kind: 'present', test: ['CMD', '/check'] }, {}, true, []],
  ['none is missing', absent, {}, true, [missing]],
  ['NONE is disabled', { kind: 'disabled' }, {}, true, [disabled]],
  ['one without a command is missing', { kind: 'empty' }, {}, true, [missing]],
  ['a liveness probe satisfies it', absent, { liveness: true }, true, []],
  ['a readiness probe satisfies it', absent, { readiness: true }, true, []],
  ['a startup probe alone does not', absent, { startup: true }, true, [missing]],
  ['a liveness probe makes up for NONE', { kind: 'disabled' }, { liveness: true }, true, []],
  ['without acceptProbes only the image counts', absent, { liveness: true, readiness: true }, false, [missing]],
  ['without acceptProbes a HEALTHCHECK passes', { kind: 'present', test: ['CMD', 'x'] }, {}, false, []],
];

for (const [claim, healthcheck, probes, acceptProbes, expected] of rows) {
  test(claim, () => {
    const asked = { facts: imageFacts({ healthcheck }), use: { probes: { ...none, ...probes } } };
    assert.deepEqual(failed('healthcheck', { required: true, acceptProbes }, asked), expected);
  });
}

test('history that tells of a HEALTHCHECK the config lacks gets the advice for the OCI format', () => {
  const history = [{ index: 0, keyword: 'HEALTHCHECK', instruction: 'HEALTHCHECK CMD x', emptyLayer: true }];
  const [finding] = ask('healthcheck', { required: true }, { facts: imageFacts({ healthcheck: absent, history }) });
  assert.equal(finding?.rule, missing);
  assert.match(finding?.advice ?? '', /OCI image format dropped.*--format docker/);
  const taken = [...history, { index: 1, keyword: 'HEALTHCHECK', instruction: 'HEALTHCHECK NONE', emptyLayer: true }];
  const [other] = ask(
    'healthcheck',
    { required: true },
    { facts: imageFacts({ healthcheck: absent, history: taken }) },
  );
  assert.doesNotMatch(other?.advice ?? '', /dropped/);
});

const messages: readonly (readonly [
  claim: string,
  startup: boolean,
  workload: Workload | undefined,
  message: string,
])[] = [
  [
    'of a pod, the probes that are missing',
    false,
    workloadOf([]),
    ' and the container has no liveness or readiness probe',
  ],
  ['of a pod, that a startup probe is not enough', true, workloadOf([]), ' and the container has a startup probe only'],
  ['of a bare image, nothing about probes', false, undefined, ''],
];
for (const [claim, startup, workload, message] of messages) {
  test(`the message says ${claim}`, () => {
    const asked = { facts: imageFacts({ healthcheck: absent }), use: { probes: { ...none, startup } } };
    const [finding] = ask('healthcheck', { required: true }, workload === undefined ? asked : { ...asked, workload });
    assert.equal(finding?.message, `the image has no HEALTHCHECK${message}`);
  });
}
