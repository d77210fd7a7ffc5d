// What is answered when time runs out or something breaks: always an answer, never more than the policies say.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import type { Inspect, Inspection } from '../../src/inspection/inspection.ts';
import { denyAll, doorWith, noCluster, policySet } from '../support/admission-door.ts';
import { admissionReview, deploymentOf, podOf } from '../support/admission-review.ts';
import { imageFacts, inspectAs, inspectionOf } from '../support/facts.ts';

const never = new Promise<Inspection>(() => undefined);
const short = '500ms';

/** Hangs for images called `slow`, heeding nothing; others are over the budget of bytes. */
function slowFor(asked: string[]): Inspect {
  return async ({ reference }) => {
    asked.push(reference.repository);
    return reference.repository.includes('slow') ? never : inspectionOf(imageFacts());
  };
}

describe('a registry that hangs', () => {
  it('is answered before the deadline: what was read keeps its findings, the rest is undecided', async () => {
    const review = admissionReview(podOf('registry.example.com/slow:1', 'registry.example.com/fast:1'));
    const door = doorWith(policySet({ all: denyAll }), { inspect: slowFor([]) });
    const { response } = await door.ask(review, short);
    const lines = response.status?.message.split('\n') ?? [];
    assert.match(lines.join('\n'), /^spec\.containers\[0\]\.image: undecided\/unavailable: .*deadline/m);
    assert.match(lines.join('\n'), /^spec\.containers\[1\]\.image: size\/compressed: /m);
    assert.equal(response.status?.code, 403);
  });

  it('is a 503 when nothing else speaks against the workload', async () => {
    const review = admissionReview(podOf('registry.example.com/slow:1'));
    const { response } = await doorWith(policySet({ all: denyAll }), { inspect: slowFor([]) }).ask(review, short);
    assert.deepEqual([response.status?.code, response.status?.reason], [503, 'ServiceUnavailable']);
  });

  const actions: readonly (readonly [string, object, boolean])[] = [
    ['is denied by default', denyAll, false],
    ['is let through where the policy says so', { ...denyAll, undecided: { unavailable: 'warn' } }, true],
    ['is let through by a policy that only warns', { ...denyAll, action: 'warn' }, true],
    ['is let through before the policy is enforced', { ...denyAll, enforceFrom: '2027-01-01T00:00:00Z' }, true],
  ];
  for (const [claim, spec, allowed] of actions) {
    it(claim, async () => {
      const review = admissionReview(podOf('registry.example.com/slow:1'));
      const { response } = await doorWith(policySet({ spec }), { inspect: slowFor([]) }).ask(review, short);
      assert.equal(response.allowed, allowed);
      if (allowed) assert.match(response.warnings?.join() ?? '', /undecided\/unavailable/);
    });
  }

  it('500 containers with 500 images are answered with 500 findings', async () => {
    const asked: string[] = [];
    const images = Array.from({ length: 500 }, (_, index) => `registry.example.com/slow${index}:1`);
    const door = doorWith(policySet({ all: denyAll }), { inspect: slowFor(asked) });
    const { decision } = await door.ask(admissionReview(podOf(...images)), short);
    assert.equal(decision.uses.length, 500);
    assert.ok(decision.uses.every(({ findings }) => findings[0]?.rule === 'undecided/unavailable'));
  });
});

describe('one image in many places', () => {
  it('is looked up once, in 20 containers as in 500', async () => {
    for (const count of [20, 500]) {
      const inspect = inspectAs(inspectionOf(imageFacts()));
      const images = Array.from({ length: count }, () => 'registry.example.com/shop/api:1');
      const { decision } = await doorWith(policySet({ all: denyAll }), { inspect }).ask(
        admissionReview(podOf(...images)),
      );
      assert.equal(inspect.asked.length, 1);
      assert.equal(new Set(decision.uses.map(({ digest }) => digest)).size, 1);
    }
  });
});

describe('what breaks inside', () => {
  const broken: readonly (readonly [string, unknown])[] = [
    ['an error', new TypeError('x is not a function')],
    ['a text that is thrown', 'oops'],
    ['undefined that is thrown', undefined],
    ['an aggregate', new AggregateError([new Error('a'), new Error('b')])],
  ];
  for (const [what, thrown] of broken) {
    it(`${what} in an inspection denies, and tells nothing of the inside`, async () => {
      const inspect: Inspect = () => Promise.reject(thrown);
      const { response, decision } = await doorWith(policySet({ all: denyAll }), { inspect }).ask(
        admissionReview(podOf('registry.example.com/a:1')),
      );
      assert.equal(response.allowed, false);
      assert.match(response.status?.message ?? '', /undecided\/internal: /);
      assert.doesNotMatch(response.status?.message ?? '', /function|oops|at \S+:\d|Error/);
      assert.equal(decision.faults[0]?.cause, thrown);
    });

    it(`${what} around judging denies, and is in the log`, async () => {
      const keyringFor = () => {
        throw thrown;
      };
      const door = doorWith(policySet({ all: denyAll }), { cluster: { ...noCluster, keyringFor } });
      const { response, decision } = await door.ask(admissionReview(podOf('registry.example.com/a:1')));
      assert.match(response.status?.message ?? '', /^spec\.containers\[0\]\.image: undecided\/internal: /m);
      assert.equal(decision.faults[0]?.cause, thrown);
    });
  }

  const keyringFor = () => {
    throw new Error('broken');
  };
  const answers: readonly (readonly [string, object, 'deny' | 'warn' | 'allow'])[] = [
    ['takes the action of a policy that warns', { ...denyAll, action: 'warn' }, 'warn'],
    ['takes the action of a policy that audits', { ...denyAll, action: 'audit' }, 'allow'],
    ['only warns before the policy is enforced', { ...denyAll, enforceFrom: '2027-01-01T00:00:00Z' }, 'warn'],
    ['denies from then on', { ...denyAll, enforceFrom: '2026-01-01T00:00:00Z' }, 'deny'],
    [
      'means nothing to a policy for other images',
      { ...denyAll, match: { images: ['other.example.com/**'] } },
      'allow',
    ],
    ['means nothing to a policy for other namespaces', { ...denyAll, match: { namespaces: ['prod-*'] } }, 'allow'],
    ['means nothing to a policy that excludes it', { ...denyAll, exclude: [{ namespaces: ['shop'] }] }, 'allow'],
    [
      'means nothing to a policy for other labels',
      { ...denyAll, match: { objectSelector: { matchLabels: { a: 'b' } } } },
      'allow',
    ],
  ];
  for (const [claim, spec, verdict] of answers) {
    it(claim, async () => {
      const door = doorWith(policySet({ spec }), { cluster: { ...noCluster, keyringFor } });
      const { response, decision } = await door.ask(admissionReview(podOf('registry.example.com/a:1')));
      assert.equal(decision.verdict, verdict);
      assert.equal(response.allowed, verdict !== 'deny');
    });
  }

  it('the strongest of several policies counts', async () => {
    const specs = { a: { ...denyAll, action: 'audit' }, b: denyAll, c: { ...denyAll, action: 'warn' } };
    const door = doorWith(policySet(specs), { cluster: { ...noCluster, keyringFor } });
    const { decision } = await door.ask(admissionReview(podOf('registry.example.com/a:1')));
    assert.equal(decision.verdict, 'deny');
    assert.equal(decision.uses[0]?.findings[0]?.policies.length, 3);
  });
});

describe('layers that are still being read', () => {
  const inspect = inspectAs({ kind: 'fault', fault: new Fault('image/pending', '3 of 5 layers are read') });
  const pod = podOf('registry.example.com/a:1');
  const deployment = deploymentOf('registry.example.com/a:1');
  const rows: readonly (readonly [string, object, object, boolean])[] = [
    ['retry lets in what creates Pods, with a warning', denyAll, deployment, true],
    ['retry denies Pods', denyAll, pod, false],
    ['deny refuses what creates Pods', { ...denyAll, undecided: { pending: 'deny' } }, deployment, false],
    ['deny refuses Pods', { ...denyAll, undecided: { pending: 'deny' } }, pod, false],
    ['warn admits Pods', { ...denyAll, undecided: { pending: 'warn' } }, pod, true],
    ['audit admits Pods', { ...denyAll, undecided: { pending: 'audit' } }, pod, true],
    ['a policy that warns admits Pods', { ...denyAll, action: 'warn' }, pod, true],
  ];
  for (const [claim, spec, object, allowed] of rows) {
    it(claim, async () => {
      const isPod = object === pod;
      const { response } = await doorWith(policySet({ spec }), { inspect }).ask(
        admissionReview(isPod ? pod : deployment),
      );
      assert.equal(response.allowed, allowed);
      const told = response.status?.message ?? response.warnings?.join() ?? '';
      if (claim.startsWith('audit')) assert.equal(told, '');
      else assert.match(told, /undecided\/pending: 3 of 5 layers are read/);
      if (!allowed) assert.equal(response.status?.code, 503);
    });
  }
});

describe('layers that are still being read, of an image whose manifest and config are known', () => {
  const facts = imageFacts({ healthcheck: { kind: 'absent' } });
  const contentFault = new Fault('image/pending', 'the layers of the image are still being read: 3 of 5 layers');
  const read = inspectionOf(facts);
  assert.ok(read.kind === 'read');
  const platforms = read.platforms.map((one) => ({ ...one, outcome: { kind: 'facts', facts, contentFault } as const }));
  const inspect = inspectAs({ ...read, platforms });
  const wanting = { action: 'deny', checks: { secrets: { in: ['file'] } } };
  const alsoFailing = { action: 'deny', checks: { secrets: { in: ['file'] }, healthcheck: { required: true } } };

  it('are waited for by Pods, who are told how far the reading is and may ask again', async () => {
    const { response } = await doorWith(policySet({ wanting }), { inspect }).ask(
      admissionReview(podOf('a.example.com/b:1')),
    );
    assert.equal(response.status?.code, 503);
    assert.match(
      response.status?.message ?? '',
      /undecided\/pending: .* still being read: 3 of 5 layers; nothing to do/,
    );
  });

  it('let in what creates Pods, with a warning', async () => {
    const { response } = await doorWith(policySet({ wanting }), { inspect }).ask(
      admissionReview(deploymentOf('a.example.com/b:1')),
    );
    assert.equal(response.allowed, true);
    assert.match(response.warnings?.join() ?? '', /undecided\/pending: .* 3 of 5 layers/);
  });

  it('make no passing trouble of what is wrong for good', async () => {
    const { response } = await doorWith(policySet({ failing: alsoFailing }), { inspect }).ask(
      admissionReview(podOf('a.example.com/b:1')),
    );
    assert.equal(response.status?.code, 403);
    assert.match(response.status?.message ?? '', /healthcheck\/missing: .*/);
  });
});
