// What remains of a decision in the log and in the numbers.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer } from '../../src/admission/admission.ts';
import { recordDecision } from '../../src/server/decision-record.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { denyAll, doorWith, noCluster, policySet } from '../support/admission-door.ts';
import { admissionReview, deploymentOf, podOf, podWith } from '../support/admission-review.ts';
import { imageFacts, inspectAs, inspectionOf } from '../support/facts.ts';

const image = 'registry.example.com/shop/api:1';

type Line = Readonly<Record<string, unknown>>;

async function recorded(
  answer: Promise<Answer>,
): Promise<{ readonly lines: readonly Line[]; readonly numbers: string }> {
  const written: string[] = [];
  const log = createLog({ level: 'info', writer: { write: (line) => void written.push(line) } });
  const metrics = createMetrics({ process: false });
  recordDecision({ log, metrics }, (await answer).decision, 12.3456);
  return { lines: written.map((line) => JSON.parse(line)), numbers: await metrics.render() };
}

describe('the log', () => {
  it('has a line for each review, with everything needed to find out what happened', async () => {
    const set = policySet({ all: denyAll });
    const { lines } = await recorded(doorWith(set).ask(admissionReview(podOf(image, image), { uid: 'u-1' })));
    assert.equal(lines.length, 1);
    const { time, uses, ...line } = lines[0] ?? {};
    assert.ok(time !== undefined);
    assert.deepEqual(line, {
      level: 'info',
      uid: 'u-1',
      operation: 'CREATE',
      kind: 'Pod',
      namespace: 'shop',
      name: 'api',
      user: 'alice',
      durationMs: 12.346,
      verdict: 'deny',
      policies: [`all@${set.policies[0]?.revision}`],
      msg: 'decision',
    });
    assert.ok(Array.isArray(uses));
    assert.equal(uses.length, 2);
    const { findings, ...use } = uses[1];
    assert.deepEqual(use, {
      path: 'spec.containers[1].image',
      container: 'c1',
      image,
      digest: imageFacts().digest,
      verdict: 'deny',
      rules: ['size/compressed'],
      policies: ['all'],
      cache: 'miss',
      grant: 'anonymous',
      credential: 'anonymous',
    });
    assert.match(
      JSON.stringify(findings),
      /"rule":"size\/compressed","action":"deny","message":"the image is .*"evidence":/,
    );
  });

  it('tells of every use of a review of many, a few in each line', async () => {
    const images = Array.from({ length: 40 }, () => image);
    const { lines } = await recorded(doorWith(policySet({ all: denyAll })).ask(admissionReview(podOf(...images))));
    const told = lines.map(({ uses }) => (Array.isArray(uses) ? uses : []));
    assert.deepEqual(
      told.map(({ length }) => length),
      [16, 16, 8],
    );
    const paths = new Set(told.flat().map(({ path }) => path));
    assert.equal(paths.size, images.length);
  });

  it('has what the answer withholds', async () => {
    const read = inspectionOf(imageFacts());
    assert.ok(read.kind === 'read');
    const inspect = inspectAs({ ...read, grant: 'service', credential: 'configuration' });
    const asked = doorWith(policySet({ all: denyAll }), { inspect }).ask(admissionReview(podOf(image)));
    assert.doesNotMatch((await asked).response.status?.message ?? '', /MiB/);
    assert.match(JSON.stringify((await recorded(asked)).lines), /MiB compressed/);
  });

  it('names an object that has no name yet by its generateName', async () => {
    const pod = podWith({ containers: [{ name: 'api', image }] }, { name: undefined, generateName: 'api-' });
    const { lines } = await recorded(doorWith(policySet({ all: denyAll })).ask(admissionReview(pod)));
    assert.deepEqual([lines[0]?.['name'], lines[0]?.['generateName']], [undefined, 'api-']);
  });

  it('shows what was sent where the API server converted it', async () => {
    const requestKind = { group: 'extensions', version: 'v1beta1', kind: 'Deployment' };
    const review = admissionReview(deploymentOf(image), { requestKind });
    const { lines } = await recorded(doorWith(policySet({ all: denyAll })).ask(review));
    assert.equal(lines[0]?.['requestKind'], 'extensions/v1beta1 Deployment');
  });

  it('tells why nothing was judged, but is silent about what can name no image', async () => {
    const pod = podOf(image);
    const door = doorWith(policySet({ all: denyAll }));
    const unchanged = await recorded(door.ask(admissionReview(pod, { operation: 'UPDATE', oldObject: pod })));
    assert.deepEqual([unchanged.lines[0]?.['verdict'], unchanged.lines[0]?.['skipped']], ['allow', 'unchanged']);
    for (const options of [{ operation: 'DELETE' }, { operation: 'UPDATE', subResource: 'status' }] as const) {
      assert.deepEqual((await recorded(door.ask(admissionReview(pod, options)))).lines, []);
    }
  });

  it('has the cause of trouble that the answer does not tell', async () => {
    const keyringFor = () => {
      throw new Error('the inside story');
    };
    const door = doorWith(policySet({ all: denyAll }), { cluster: { ...noCluster, keyringFor } });
    const { lines } = await recorded(door.ask(admissionReview(podOf(image))));
    assert.equal(lines[0]?.['level'], 'error');
    assert.match(JSON.stringify(lines[0]), /the inside story/);
  });

  it('holds nothing at full length that strangers write', async () => {
    const long = 'x'.repeat(100_000);
    const review = admissionReview(podOf(long), { namespace: long, username: `${long}\u202e` });
    const { lines } = await recorded(doorWith(policySet({ all: denyAll })).ask(review));
    assert.ok(JSON.stringify(lines).length < 3000);
  });
});

describe('the numbers', () => {
  it('count requests and findings', async () => {
    const { numbers } = await recorded(doorWith(policySet({ all: denyAll })).ask(admissionReview(podOf(image, image))));
    assert.match(numbers, /^tidewaiter_admission_requests_total\{operation="CREATE",kind="Pod",verdict="deny"\} 1$/m);
    assert.match(numbers, /^tidewaiter_findings_total\{rule="size\/compressed",action="deny"\} 2$/m);
    assert.match(numbers, /^tidewaiter_admission_duration_seconds_count 1$/m);
  });

  it('a dry run is counted as a request, and its findings are not', async () => {
    const review = admissionReview(podOf(image), { dryRun: true });
    const { numbers, lines } = await recorded(doorWith(policySet({ all: denyAll })).ask(review));
    assert.match(numbers, /^tidewaiter_admission_requests_total\{.*\} 1$/m);
    assert.doesNotMatch(numbers, /^tidewaiter_findings_total\{/m);
    assert.equal(lines[0]?.['dryRun'], true);
  });

  it('name no kind that users make up', async () => {
    const own = { apiVersion: 'example.com/v1', kind: 'MyThing', metadata: {} };
    const { numbers } = await recorded(doorWith(policySet({ all: denyAll })).ask(admissionReview(own)));
    assert.match(
      numbers,
      /^tidewaiter_admission_requests_total\{operation="CREATE",kind="other",verdict="allow"\} 1$/m,
    );
  });
});
