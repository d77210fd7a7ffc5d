// Labels of namespaces: when they are looked up, and what follows when they are not known.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { denyAll, doorWith, noCluster, policySet } from '../support/admission-door.ts';
import { admissionReview, podOf } from '../support/admission-review.ts';

const image = 'registry.example.com/shop/api:1';

describe('labels of the namespace', () => {
  const production = { matchLabels: { tier: 'production' } };
  const selecting = { ...denyAll, match: { namespaceSelector: production } };
  const excluding = { ...denyAll, exclude: [{ namespaceSelector: production }] };
  const known = (labels: Record<string, string>) => ({ ...noCluster, namespaceLabels: async () => labels });
  const failing = { ...noCluster, namespaceLabels: () => Promise.reject(new Error('the API server is away')) };
  const hanging = { ...noCluster, namespaceLabels: () => new Promise<undefined>(() => undefined) };
  const rows: readonly (readonly [string, object, typeof noCluster, boolean])[] = [
    ['a selector matches by them', selecting, known({ tier: 'production' }), false],
    ['a selector that does not fit leaves the image alone', selecting, known({}), true],
    ['an exclusion exempts by them', excluding, known({ tier: 'production' }), true],
    ['unknown, a selector holds', selecting, noCluster, false],
    ['a failing look-up exempts nothing', excluding, failing, false],
    ['a failing look-up takes no policy away', selecting, failing, false],
    ['a look-up that hangs exempts nothing', excluding, hanging, false],
  ];
  for (const [claim, spec, cluster, allowed] of rows) {
    it(claim, async () => {
      const answer = await doorWith(policySet({ spec }), { cluster }).ask(admissionReview(podOf(image)), '100ms');
      assert.equal(answer.response.allowed, allowed);
      assert.equal(answer.decision.faults.length > 0, cluster === failing || cluster === hanging);
    });
  }

  it('that do not come leave time to judge', async () => {
    const review = admissionReview(podOf(image));
    const { decision } = await doorWith(policySet({ selecting }), { cluster: hanging }).ask(review, '1s');
    assert.deepEqual(
      decision.uses[0]?.findings.map(({ rule }) => rule),
      ['size/compressed'],
    );
  });

  it('are not looked up when no policy asks for them', async () => {
    const cluster = { ...noCluster, namespaceLabels: () => assert.fail('labels were looked up') };
    const answer = await doorWith(policySet({ all: denyAll }), { cluster }).ask(admissionReview(podOf(image)));
    assert.deepEqual(answer.decision.faults, []);
  });
});
