// Status codes, warnings and audit annotations of answers.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { auditAnnotations } from '../../src/admission/audit-annotations.ts';
import { reviewOf } from '../../src/admission/response.ts';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import type { Inspection } from '../../src/inspection/inspection.ts';
import { digestOf } from '../../src/oci/digest.ts';
import type { UseVerdict } from '../../src/policy/verdict.ts';
import { denyAll, doorWith, policySet } from '../support/admission-door.ts';
import { admissionReview, podOf, podWith } from '../support/admission-review.ts';
import { imageFacts, inspectAs, inspectionOf, useOf } from '../support/facts.ts';

const image = 'registry.example.com/shop/api:1';

function faultOf(code: FaultCode): Inspection {
  return { kind: 'fault', fault: new Fault(code, 'something about the image') };
}

describe('status', () => {
  const both = ['registry.example.com/a:1', 'registry.example.com/b:1'];
  const read = inspectionOf(imageFacts());
  const rows: readonly (readonly [string, readonly string[], Inspection, readonly [number, string]])[] = [
    ['a violation is 403', [image], read, [403, 'Forbidden']],
    ['a registry that is down is 503', [image], faultOf('registry/unreachable'), [503, 'ServiceUnavailable']],
    ['a rate limit is 503', [image], faultOf('registry/rate-limited'), [503, 'ServiceUnavailable']],
    ['a bug is 503', [image], faultOf('internal'), [503, 'ServiceUnavailable']],
    ['an image that does not exist is 403', [image], faultOf('registry/not-found'), [403, 'Forbidden']],
    ['missing credentials are 403', [image], faultOf('registry/unauthorized'), [403, 'Forbidden']],
    ['broken content is 403', [image], faultOf('integrity/digest'), [403, 'Forbidden']],
    ['a reference that cannot be parsed is 400', ['shop/UPPER:1'], read, [400, 'BadRequest']],
    ['such a reference beside a violation is 403', ['shop/UPPER:1', image], read, [403, 'Forbidden']],
    ['trouble with all of several images is 503', both, faultOf('registry/timeout'), [503, 'ServiceUnavailable']],
  ];
  for (const [claim, images, inspection, [code, reason]] of rows) {
    it(claim, async () => {
      const door = doorWith(policySet({ all: denyAll }), { inspect: inspectAs(inspection) });
      const { response } = await door.ask(admissionReview(podOf(...images)));
      assert.deepEqual([response.allowed, response.status?.code, response.status?.reason], [false, code, reason]);
    });
  }

  it('trouble with one image beside a violation in another is 403', async () => {
    const inspect = inspectAs((name) => (name === both[0] ? read : faultOf('registry/timeout')));
    const { response } = await doorWith(policySet({ all: denyAll }), { inspect }).ask(admissionReview(podOf(...both)));
    assert.equal(response.status?.code, 403);
  });

  it('an answer has neither status nor patch when it allows, and no field that v1 does not know', async () => {
    const allowing = { action: 'audit', checks: { size: { maxCompressed: 1 } } };
    const { response } = await doorWith(policySet({ allowing })).ask(admissionReview(podOf(image)));
    const review = reviewOf(response);
    assert.deepEqual(Object.keys(review), ['apiVersion', 'kind', 'response']);
    assert.deepEqual(Object.keys(response), ['uid', 'allowed', 'auditAnnotations']);
  });
});

describe('audit annotations', () => {
  const facts = imageFacts();

  it('carry verdict, policies, findings and the digest judged for each container', async () => {
    const volumes = [{ name: 'api', image: { reference: image } }];
    const pod = podWith({ containers: [{ name: 'api', image }], volumes });
    const audit = { action: 'audit', checks: { size: { maxCompressed: 1 } } };
    const { response } = await doorWith(policySet({ audit })).ask(admissionReview(pod));
    assert.deepEqual(response.auditAnnotations, {
      verdict: 'allow',
      policies: 'audit',
      findings: 'api size/compressed audit, volume.api size/compressed audit',
      'digest.api': facts.digest,
      'digest.volume.api': facts.digest,
    });
  });

  it('name what was waived, and by which exception', async () => {
    const exception = {
      policies: ['all'],
      rules: ['size/*'],
      images: ['registry.example.com/**'],
      reason: 'being made smaller',
      owner: 'shop',
      expires: '2027-01-01T00:00:00Z',
    };
    const door = doorWith(policySet({ all: denyAll }, [exception]));
    const { response } = await door.ask(admissionReview(podOf(image)));
    assert.equal(response.allowed, true);
    assert.equal(response.warnings, undefined);
    assert.equal(response.auditAnnotations?.['waived'], 'c0 size/compressed exception-0');
    assert.equal(response.auditAnnotations?.['findings'], undefined);
  });

  it('say since when the facts are stale', async () => {
    const read = inspectionOf(facts);
    assert.ok(read.kind === 'read');
    const inspect = inspectAs({ ...read, staleSince: '2026-11-23T09:00:00Z' });
    const { response } = await doorWith(policySet({ all: denyAll }), { inspect }).ask(admissionReview(podOf(image)));
    assert.equal(response.auditAnnotations?.['stale-since.c0'], '2026-11-23T09:00:00Z');
  });

  it('have legal keys of at most 63 characters, one for each container, whatever containers are called', () => {
    const name = fc.oneof(
      fc.string({ maxLength: 90 }),
      fc.constantFrom('a/b', 'a-b', 'x'.repeat(70), `${'x'.repeat(70)}y`, ''),
    );
    fc.assert(
      fc.property(fc.array(name, { maxLength: 20 }), (names) => {
        const uses = names.map(
          (one): UseVerdict => ({
            use: useOf({ name: one }),
            digest: digestOf('x'),
            platforms: [],
            verdict: 'allow',
            unjudged: false,
            findings: [],
            policies: [],
          }),
        );
        const keys = Object.keys(auditAnnotations('allow', uses));
        assert.equal(keys.length, 1 + names.length);
        for (const key of keys) {
          assert.ok(key.length <= 63);
          assert.match(key, /^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/);
        }
      }),
    );
  });

  it('stay short with 500 containers', async () => {
    const images = Array.from({ length: 500 }, (_, index) => `registry.example.com/shop/api-${index}:1`);
    const { response } = await doorWith(policySet({ all: denyAll })).ask(admissionReview(podOf(...images)));
    const annotations = response.auditAnnotations ?? {};
    assert.equal(annotations['digests-left-out'], '400');
    assert.ok(Object.values(annotations).every((value) => value.length <= 1024));
  });
});
