// What must hold of verdicts whatever the policies, exceptions and images are.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import type { RunnableImageFacts } from '../../src/inspection/image-facts.ts';
import type { Inspection } from '../../src/inspection/inspection.ts';
import { userFrom } from '../../src/inspection/user.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { decideSubject } from '../../src/policy/decide.ts';
import type { PolicySet } from '../../src/policy/policy.ts';
import type { SubjectVerdict } from '../../src/policy/verdict.ts';
import { type ImageUse, useKinds } from '../../src/workload/use.ts';
import {
  anonymousKeyring,
  imageFacts,
  inspectAs,
  inspectionOf,
  layersOfSizes,
  secretFact,
  useOf,
} from '../support/facts.ts';
import { policyDocument, policySetOf } from './decide-text.ts';

const action = fc.constantFrom('deny', 'warn', 'audit');

const checks = fc
  .record(
    {
      size: fc.constantFrom({ maxCompressed: '100' }, { maxCompressed: '5Ki', action: 'warn' }, { maxLayers: 1 }),
      user: fc.constantFrom(
        { nonRoot: true },
        { nonRoot: true, rules: { unknown: 'warn', root: 'audit' } },
        { numeric: true },
      ),
      healthcheck: fc.constantFrom({ required: true }, { required: true, action: 'audit' }),
      secrets: fc.constant({ in: ['env', 'label'] }),
      reference: fc.constantFrom({ forbid: ['latest'] }, { requireDigest: true, action: 'warn' }),
    },
    { requiredKeys: [] },
  )
  .filter((some) => Object.keys(some).length > 0);

const spec = fc.record(
  {
    action,
    checks,
    match: fc.constantFrom(
      { images: ['registry.example.com'] },
      { namespaces: ['shop*'] },
      { uses: ['container', 'init'] },
    ),
    exclude: fc.constantFrom([{ uses: ['init'] }], [{ images: ['docker.io'] }]),
    enforceFrom: fc.constantFrom('2026-01-01T00:00:00Z', '2030-01-01T00:00:00Z'),
    undecided: fc.constantFrom({ unavailable: 'warn' }, { 'not-found': 'audit', unavailable: 'deny' }),
    platforms: fc.constantFrom<unknown>('all', 'cluster', ['linux/amd64']),
  },
  { requiredKeys: ['action', 'checks'] },
);

const policies = fc
  .array(spec, { minLength: 1, maxLength: 4 })
  .map((specs) => specs.map((one, index) => policyDocument(`p${index}`, one)));

const facts: fc.Arbitrary<RunnableImageFacts> = fc
  .record({
    user: fc.constantFrom('', '0', 'app', '1000', '1000:0', '4294967296').map(userFrom),
    layers: fc.array(fc.integer({ min: 0, max: 9000 }), { maxLength: 3 }).map((sizes) => layersOfSizes(...sizes)),
    healthcheck: fc.constantFrom({ kind: 'absent' } as const, { kind: 'disabled' } as const),
    secrets: fc.subarray([
      secretFact({ place: { kind: 'env', name: 'A' } }),
      secretFact({ place: { kind: 'label', key: 'b' } }),
    ]),
    platform: fc.constantFrom('linux/amd64', 'linux/arm64').map(parsePlatform),
  })
  .map(imageFacts);

const codes: readonly FaultCode[] = [
  'registry/timeout',
  'registry/not-found',
  'integrity/digest',
  'internal',
  'image/pending',
];

const inspection: fc.Arbitrary<Inspection> = fc.oneof(
  { weight: 4, arbitrary: fc.array(facts, { minLength: 1, maxLength: 2 }).map((all) => inspectionOf(...all)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...codes).map((code): Inspection => ({ kind: 'fault', fault: new Fault(code, 'no') })),
  },
);

const uses: fc.Arbitrary<readonly ImageUse[]> = fc.array(
  fc
    .record({
      kind: fc.constantFrom(...useKinds),
      image: fc.constantFrom('registry.example.com/a:1', 'nginx', 'Bad Image', ''),
      runAs: fc.constantFrom({}, { user: 0 }, { user: 5 }, { nonRoot: true }),
    })
    .map(useOf),
  { minLength: 1, maxLength: 3 },
);

const exceptions = fc
  .record({
    policies: fc.subarray(['p0', 'p1', 'p2', 'p3'], { minLength: 1 }),
    rules: fc.subarray(['user/*', 'size/compressed', 'reference/*', 'undecided/*', 'healthcheck/missing'], {
      minLength: 1,
    }),
    images: fc.constantFrom(['registry.example.com/**'], ['**'], ['docker.io']),
    expires: fc.constantFrom('2026-06-01T00:00:00Z', '2030-01-01T00:00:00Z'),
  })
  .map((one, index = 0) => ({ ...one, reason: 'x', owner: 'y', index }));

function exceptionDocument(one: Readonly<Record<string, unknown>>, index: number): string {
  const { index: _, ...written } = one;
  return JSON.stringify({
    apiVersion: 'tidewaiter.dev/v1alpha1',
    kind: 'ImageAdmissionException',
    metadata: { name: `e${index}` },
    spec: written,
  });
}

interface Asked {
  readonly uses: readonly ImageUse[];
  readonly inspection: Inspection;
}

const asked: fc.Arbitrary<Asked> = fc.record({ uses, inspection });

function decideBy(set: PolicySet, { uses: judged, inspection: answer }: Asked): Promise<SubjectVerdict> {
  return decideSubject(
    set,
    { uses: judged, keyring: anonymousKeyring },
    { atMs: Date.parse('2026-11-23T10:00:00Z'), namespace: 'shop' },
    { inspect: inspectAs(answer) },
    new AbortController().signal,
  );
}

const strength = { allow: 0, warn: 1, deny: 2 } as const;

suite('properties of verdicts', () => {
  test('the order of policies does not matter', async () => {
    const shuffled = policies.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, asked, async ([all, other], question) => {
        assert.deepEqual(await decideBy(policySetOf(all), question), await decideBy(policySetOf(other), question));
      }),
    );
  });

  test('the order of exceptions does not matter', async () => {
    await fc.assert(
      fc.asyncProperty(policies, fc.array(exceptions, { maxLength: 3 }), asked, async (all, waivers, question) => {
        const set = policySetOf([...all, ...waivers.map(exceptionDocument)]);
        const reversed = { ...set, exceptions: set.exceptions.toReversed() };
        assert.deepEqual(await decideBy(set, question), await decideBy(reversed, question));
      }),
    );
  });

  test('adding a policy never makes a verdict weaker', async () => {
    await fc.assert(
      fc.asyncProperty(policies, asked, async (all, question) => {
        const set = policySetOf(all);
        const fewer = { ...set, policies: set.policies.slice(1) };
        const before = await decideBy(fewer, question);
        const after = await decideBy(set, question);
        for (const [index, use] of before.uses.entries()) {
          const now = after.uses[index]?.verdict ?? 'allow';
          assert.ok(strength[now] >= strength[use.verdict], `${use.verdict} became ${now}`);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('an exception only waives what it names: everything else is found as before', async () => {
    await fc.assert(
      fc.asyncProperty(policies, exceptions, asked, async (all, waiver, question) => {
        const without = await decideBy(policySetOf(all), question);
        const withWaiver = await decideBy(policySetOf([...all, exceptionDocument(waiver, 0)]), question);
        const names = (verdict: SubjectVerdict) =>
          verdict.uses.map(({ findings }) => {
            const pairs = findings
              .filter(({ waivedBy }) => waivedBy === undefined)
              .flatMap(({ rule, policies: by }) => by.map(({ name }) => `${rule} ${name}`));
            return new Set(pairs);
          });
        const remaining = names(withWaiver);
        for (const [index, before] of names(without).entries()) {
          for (const pair of before) {
            const [rule = '', policy = ''] = pair.split(' ');
            const named =
              waiver.policies.includes(policy) &&
              waiver.rules.some((one) => one === rule || (one.endsWith('*') && rule.startsWith(one.slice(0, -1))));
            if (!named) assert.ok(remaining[index]?.has(pair), `${pair} is gone`);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('policies that warn or audit never deny', async () => {
    await fc.assert(
      fc.asyncProperty(policies, asked, async (all, question) => {
        const soft = all.map((text) => text.replace('"action":"deny","checks"', '"action":"warn","checks"'));
        const set = policySetOf(soft);
        fc.pre(set.policies.every((policy) => policy.action !== 'deny'));
        assert.notEqual((await decideBy(set, question)).verdict, 'deny');
      }),
    );
  });

  test('integrity takes the action of a policy that reads the image, and no exception reaches it', async () => {
    const broken: Inspection = { kind: 'fault', fault: new Fault('integrity/digest', 'no') };
    await fc.assert(
      fc.asyncProperty(policies, exceptions, async (all, waiver) => {
        const set = policySetOf([...all, exceptionDocument(waiver, 0)]);
        const question = {
          uses: [useOf({ image: 'registry.example.com/a@sha256:'.concat('0d'.repeat(32)) })],
          inspection: broken,
        };
        const { uses: verdicts } = await decideBy(set, question);
        const findings = verdicts.flatMap((use) => use.findings).filter(({ rule }) => rule === 'integrity/digest');
        for (const { action: follows, policies: by, waivedBy } of findings) {
          assert.equal(waivedBy, undefined);
          const names = new Set(by.map(({ name }) => name));
          const now = Date.parse('2026-11-23T10:00:00Z');
          const denies = set.policies.some(
            (policy) => names.has(policy.name) && policy.action === 'deny' && (policy.enforceFromMs ?? 0) <= now,
          );
          assert.equal(follows === 'deny', denies);
        }
      }),
    );
  });

  test('one defect under many policies is one finding', async () => {
    await fc.assert(
      fc.asyncProperty(policies, asked, async (all, question) => {
        const { uses: verdicts } = await decideBy(policySetOf(all), question);
        for (const { findings } of verdicts) {
          const keys = findings.map(({ rule, fingerprint, platforms, message }) =>
            JSON.stringify([rule, fingerprint, platforms, message]),
          );
          assert.equal(new Set(keys).size, keys.length);
        }
      }),
    );
  });
});
