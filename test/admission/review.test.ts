// AdmissionReviews read from bodies: what is refused, and what is taken as it comes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseReview } from '../../src/admission/review.ts';
import { Fault } from '../../src/base/fault.ts';

const request = {
  uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
  kind: { group: '', version: 'v1', kind: 'Pod' },
  operation: 'CREATE',
  namespace: 'shop',
  object: { apiVersion: 'v1', kind: 'Pod' },
};

function review(change: object = {}, envelope: object = {}): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { ...request, ...change },
    ...envelope,
  });
}

const refused: readonly (readonly [string, string])[] = [
  ['an empty body', ''],
  ['a body that is not JSON', '{'],
  ['a body that is no object', '[]'],
  ['null', 'null'],
  ['a v1beta1 review', review({}, { apiVersion: 'admission.k8s.io/v1beta1' })],
  ['another kind', review({}, { kind: 'TokenReview' })],
  ['a review without request', review({}, { request: undefined })],
  ['a request that is a list', review({}, { request: [] })],
  ['a request without uid', review({ uid: '' })],
  ['a uid that is a number', review({ uid: 7 })],
  ['a uid of a megabyte', review({ uid: 'x'.repeat(1_000_000) })],
  ['a request without kind', review({ kind: {} })],
  ['an operation that does not exist', review({ operation: 'PATCH' })],
  ['a request without operation', review({ operation: undefined })],
];

describe('reviews', () => {
  for (const [claim, body] of refused) {
    it(`refuses ${claim}`, () => {
      assert.throws(
        () => parseReview(body),
        (thrown) => thrown instanceof Fault && thrown.code === 'document/invalid',
      );
    });
  }

  it('reads what the API server sends', () => {
    const parsed = parseReview(
      review({
        requestKind: { group: 'extensions', version: 'v1beta1', kind: 'Deployment' },
        name: 'api',
        subResource: 'ephemeralcontainers',
        userInfo: { username: 'alice', groups: ['system:authenticated', 7] },
        oldObject: null,
        dryRun: true,
        options: { kind: 'CreateOptions' },
      }),
    );
    assert.deepEqual(parsed, {
      ...request,
      requestKind: { group: 'extensions', version: 'v1beta1', kind: 'Deployment' },
      name: 'api',
      subResource: 'ephemeralcontainers',
      username: 'alice',
      groups: ['system:authenticated'],
      oldObject: null,
      dryRun: true,
    });
  });

  it('leaves absent what the API server leaves empty', () => {
    const parsed = parseReview(review({ name: '', namespace: '', subResource: '' }));
    assert.equal(Object.hasOwn(parsed, 'name'), false);
    assert.equal(Object.hasOwn(parsed, 'namespace'), false);
    assert.equal(parsed.dryRun, false);
    assert.equal(parsed.oldObject, null);
  });

  it('throws nothing but Faults, whatever JSON comes', () => {
    fc.assert(
      fc.property(fc.json(), fc.jsonValue(), (text, value) => {
        for (const body of [text, JSON.stringify({ ...JSON.parse(review()), request: value })]) {
          try {
            parseReview(body);
          } catch (thrown) {
            assert.ok(thrown instanceof Fault);
          }
        }
      }),
    );
  });
});
