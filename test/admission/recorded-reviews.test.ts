// Plays what a real API server sent against a policy that denies every image it is asked about.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { denyAll, doorWith, policySet } from '../support/admission-door.ts';
import { imageFacts, inspectAs, inspectionOf } from '../support/facts.ts';
import { placesJudged, readRecordedReview, recordedNames, recordedReviews } from './recorded-reviews.ts';

describe('recorded reviews', () => {
  for (const [claim, name, judged] of recordedReviews) {
    it(claim, async () => {
      const inspect = inspectAs(inspectionOf(imageFacts()));
      const review = readRecordedReview(name);
      const { response } = await doorWith(policySet({ all: denyAll }), { inspect }).ask(review);
      assert.deepEqual(placesJudged(response.status?.message ?? ''), judged);
      assert.equal(response.allowed, judged.length === 0);
      assert.equal(response.uid, review.request.uid);
      assert.equal(inspect.asked.length, judged.length);
    });
  }

  it('are all played', () => {
    assert.deepEqual(recordedNames().toSorted(), recordedReviews.map(([, name]) => name).toSorted());
  });
});
