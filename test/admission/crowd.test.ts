// Workloads that name more images than are judged: the answer is about the whole, and no policy is lost on the way.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { denyAll, doorWith, policySet } from '../support/admission-door.ts';
import { admissionReview, podOf } from '../support/admission-review.ts';
import { imageFacts, inspectionOf } from '../support/facts.ts';

const images = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `registry.example.com/app${index}:1`);

/** A door that judges three images of one workload, and how often it looked at one. */
function narrowDoor(specs: Readonly<Record<string, object>>) {
  let looks = 0;
  const inspect = async () => {
    looks += 1;
    return inspectionOf(imageFacts());
  };
  return { door: doorWith(policySet(specs), { inspect, maxUses: 3 }), looks: () => looks };
}

describe('a workload with more images than are judged', () => {
  it('is undecided as a whole, without a look at any of them', async () => {
    const { door, looks } = narrowDoor({ all: denyAll });
    const { response, decision } = await door.ask(admissionReview(podOf(...images(4))));
    assert.equal(response.allowed, false);
    assert.match(
      response.status?.message ?? '',
      /^spec\.containers\[0\]\.image: undecided\/limit: the workload names 4 images, .* 3 .*\(maxUses\)/m,
    );
    assert.deepEqual([looks(), decision.uses.length], [0, 1]);
  });

  it('is judged image by image up to the limit', async () => {
    const { door, looks } = narrowDoor({ all: denyAll });
    const { decision } = await door.ask(admissionReview(podOf(...images(3))));
    assert.deepEqual([looks(), decision.uses.length], [3, 3]);
  });

  const policies: readonly (readonly [claim: string, spec: object, allowed: boolean])[] = [
    [
      'by a policy about another image: it may be among them',
      { match: { images: ['elsewhere.example.com/**'] } },
      false,
    ],
    ['by a policy that excludes these images: others may be among them', { exclude: [{ images: ['**'] }] }, false],
    ['by a policy about init containers: there are none', { match: { uses: ['init'] } }, true],
    ['by a policy that lets limits pass', { undecided: { limit: 'warn' } }, true],
    ['by a policy that only warns', { action: 'warn' }, true],
  ];
  for (const [claim, spec, allowed] of policies) {
    it(`is ${allowed ? 'let through' : 'denied'} ${claim}`, async () => {
      const { door } = narrowDoor({ one: { ...denyAll, ...spec } });
      const { response } = await door.ask(admissionReview(podOf(...images(4))));
      assert.equal(response.allowed, allowed);
    });
  }

  it('counts what an update changes, not what it leaves alone', async () => {
    const { door, looks } = narrowDoor({ all: denyAll });
    const [old, now] = [podOf(...images(5)), podOf(...images(4), 'registry.example.com/new:1')];
    await door.ask(admissionReview(now, { operation: 'UPDATE', oldObject: old }));
    assert.equal(looks(), 1);
  });
});
