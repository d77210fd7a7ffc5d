// Exceptions: what one must say, what it waives, and everything it must not.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { formatProblem } from '../../src/base/document.ts';
import type { RunnableImageFacts } from '../../src/inspection/image-facts.ts';
import { parsePolicies } from '../../src/policy/parse-policies.ts';
import type { Finding } from '../../src/policy/verdict.ts';
import {
  contentFacts,
  fileSecret,
  imageFacts,
  inspectionOf,
  layersOfSizes,
  readFacts,
  secretFact,
} from '../support/facts.ts';
import { decide, policyDocument } from './decide-text.ts';

const digest = `sha256:${'0d'.repeat(32)}`;
const now = '2026-11-23T10:00:00Z';

const filesystem = { forbid: ['setuid'] };
const setuid = { count: 2, paths: ['a', 'b'].map((name) => ({ path: `usr/bin/${name}`, layer: 1 })) };

const whole = {
  policies: ['test'],
  rules: ['user/root'],
  images: ['registry.example.com/shop/*'],
  reason: 'moves to port 8080 with the next release',
  owner: 'shop@example.com',
  expires: '2026-12-31T00:00:00Z',
};

function exception(spec: Readonly<Record<string, unknown>>, metadata: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    apiVersion: 'tidewaiter.dev/v1alpha1',
    kind: 'ImageAdmissionException',
    metadata: { name: 'exempt', ...metadata },
    spec: { ...whole, ...spec },
  });
}

suite('mistakes', () => {
  type Row = readonly [claim: string, spec: Readonly<Record<string, unknown>>, problem: RegExp];
  const rows: readonly Row[] = [
    ['no reason', { reason: undefined }, /the field reason is required/],
    ['an empty reason', { reason: '' }, /spec\.reason: must not be empty/],
    ['no owner', { owner: undefined }, /the field owner is required/],
    ['no end', { expires: undefined }, /the field expires is required/],
    ['an end that cannot be read', { expires: 'next year' }, /spec\.expires: "next year" is no instant/],
    ['an end without offset', { expires: '2026-12-31T00:00:00' }, /spec\.expires: .* is no instant/],
    ['no policies', { policies: [] }, /spec\.policies: must not be an empty list/],
    ['no rules', { rules: [] }, /spec\.rules: must not be an empty list/],
    ['no images', { images: undefined }, /the field images is required/],
    [
      'a rule that is none',
      { rules: ['user/emperor'] },
      /spec\.rules\[0\]: "user\/emperor" is no rule; there are user\/root, user\/unknown/,
    ],
    [
      'a check that is none',
      { rules: ['cats/*'] },
      /spec\.rules\[0\]: "cats\/\*" is no rule; there are size\/\*, user\/\*/,
    ],
    [
      'an expression, none of which is judged yet',
      { rules: ['expression/has-source'] },
      /"expression\/has-source" is no/,
    ],
    ['every rule', { rules: ['*'] }, /"\*" is no rule/],
    ['integrity', { rules: ['integrity/digest'] }, /spec\.rules\[0\]: integrity rules cannot be excepted/],
    ['all of integrity', { rules: ['integrity/*'] }, /integrity rules cannot be excepted/],
    ['an image glob without registry', { images: ['nginx'] }, /spec\.images\[0\]: .*write the registry first/],
    ['a digest that is none', { images: ['sha256:abc'] }, /spec\.images\[0\]: /],
    [
      'secrets everywhere',
      { rules: ['secrets/env'] },
      /spec\.rules: an exception for secrets\/\* needs findings, or only digests/,
    ],
    ['secrets beside others', { rules: ['user/root', 'secrets/*'] }, /needs findings, or only digests/],
    [
      'secrets for a digest and a glob',
      { rules: ['secrets/*'], images: [digest, 'registry.example.com/**'] },
      /needs findings/,
    ],
    ['a finding without parts', { findings: [{}] }, /spec\.findings\[0\]: must not be empty/],
    ['no findings in findings', { findings: [] }, /spec\.findings: must not be an empty list/],
    ['a layer that is none', { findings: [{ layers: ['x'] }] }, /spec\.findings\[0\]\.layers\[0\]: /],
    ['an unknown field', { until: 'x' }, /spec\.until: unknown field/],
  ];
  for (const [claim, spec, problem] of rows) {
    test(claim, () => {
      const { problems, exceptions } = parsePolicies(exception(spec), 'e.yaml');
      assert.equal(problems.length, 1, problems.map(formatProblem).join('\n'));
      assert.match(problems.map(formatProblem).join(), problem);
      assert.deepEqual(exceptions, []);
    });
  }

  test('one that lasts longer than allowed is refused, one of exactly that length is not', () => {
    const exceptionBounds = { nowMs: Date.parse(now), maxDurationMs: 90 * 86_400_000 };
    const problemsWith = (expires: string) =>
      parsePolicies(exception({ expires }), 'e.yaml', { exceptionBounds }).problems.map(({ message }) => message);
    assert.deepEqual(problemsWith('2027-02-21T10:00:00Z'), []);
    assert.deepEqual(problemsWith('2027-02-21T10:00:01Z'), [
      'is further away than the 90d that exceptions may last (exceptions.maxDuration)',
    ]);
  });

  test('digests alone, or findings, make an exception for secrets', () => {
    assert.deepEqual(parsePolicies(exception({ rules: ['secrets/*'], images: [digest] }), 'e').problems, []);
    const narrow = exception({ rules: ['secrets/*'], findings: [{ fingerprints: ['abc'] }] });
    assert.deepEqual(parsePolicies(narrow, 'e').problems, []);
  });
});

suite('findings in files', () => {
  const policy = policyDocument('test', { action: 'deny', checks: { secrets: { in: ['file'] }, filesystem } });
  const secrets = [fileSecret(), fileSecret({ path: '/app/test/key.pem' })];
  const facts = readFacts({ secrets, filesystem: { ...contentFacts().filesystem, setuid } });
  const waived = async (finding: Readonly<Record<string, unknown>>) => {
    const rules = ['secrets/file', 'filesystem/setuid'];
    const documents = [policy, exception({ rules, findings: [finding] })];
    const { uses } = await decide(documents, inspectionOf(facts), { at: now });
    const findings = uses[0]?.findings ?? [];
    assert.equal(findings.length, 3);
    return findings.filter(({ waivedBy }) => waivedBy !== undefined).map(({ evidence }) => pathOf(evidence));
  };
  const pathOf = (evidence: Finding['evidence']) => (evidence?.kind === 'file' ? evidence.path : undefined);

  const rows: readonly (readonly [
    claim: string,
    finding: Readonly<Record<string, unknown>>,
    paths: readonly string[],
  ])[] = [
    ['by path', { paths: ['/root/.npmrc'] }, ['/root/.npmrc']],
    ['by glob, with or without the leading slash', { paths: ['app/**'] }, ['/app/test/key.pem']],
    ['by one of several paths', { paths: ['/nowhere', 'app/**'] }, ['/app/test/key.pem']],
    ['of several files, when several paths cover them', { paths: ['usr/bin/a', 'usr/bin/b'] }, ['/usr/bin/a']],
    ['by layer', { layers: [facts.layers[1]?.digest] }, ['/root/.npmrc', '/app/test/key.pem', '/usr/bin/a']],
    ['by another layer', { layers: [facts.layers[0]?.digest] }, []],
    ['by fingerprint', { fingerprints: [secrets[1]?.fingerprint] }, ['/app/test/key.pem']],
    ['where all parts fit', { paths: ['**'], fingerprints: [secrets[0]?.fingerprint] }, ['/root/.npmrc']],
    ['not where one part does not', { paths: ['app/**'], layers: [digest] }, []],
    ['of several files, when all of them are covered', { paths: ['usr/bin/*'] }, ['/usr/bin/a']],
    ['of several files, not when one of them is not', { paths: ['usr/bin/a'] }, []],
  ];
  for (const [claim, finding, paths] of rows) {
    test(`are waived ${claim}`, async () => assert.deepEqual([...(await waived(finding))].sort(), [...paths].sort()));
  }
});

const rootPolicy = policyDocument('test', {
  action: 'deny',
  checks: { user: { nonRoot: true }, size: { maxLayerCompressed: 1000 } },
});
const root = imageFacts({ user: { kind: 'unset' }, layers: layersOfSizes(10) });

async function findingsWith(
  exceptions: readonly string[],
  {
    facts = root,
    at = now,
    namespace,
    image,
  }: { facts?: RunnableImageFacts; at?: string; namespace?: string; image?: string } = {},
): Promise<readonly Finding[]> {
  const { uses } = await decide([rootPolicy, ...exceptions], inspectionOf(facts), {
    at,
    ...(namespace === undefined ? {} : { namespace }),
    ...(image === undefined ? {} : { image }),
  });
  return uses[0]?.findings ?? [];
}

async function waivers(...asked: Parameters<typeof findingsWith>): Promise<readonly string[]> {
  return (await findingsWith(...asked)).map(({ rule, waivedBy }) => `${rule} ${waivedBy ?? '-'}`);
}

suite('what is waived', () => {
  test('the named rule on the named image', async () => {
    assert.deepEqual(await waivers([exception({})]), ['user/root exempt']);
  });

  test('all rules of a check', async () => {
    assert.deepEqual(await waivers([exception({ rules: ['user/*'] })]), ['user/root exempt']);
  });

  test('an image by the digest it resolved to', async () => {
    assert.deepEqual(await waivers([exception({ images: [root.digest] })]), ['user/root exempt']);
    assert.deepEqual(await waivers([exception({ images: [digest] })]), ['user/root -']);
  });

  test('each of several images, and by each of several findings', async () => {
    const images = ['docker.io/**', 'registry.example.com/shop/*', digest];
    assert.deepEqual(await waivers([exception({ images })]), ['user/root exempt']);
    const [finding] = await findingsWith([]);
    const findings = [{ fingerprints: ['abc'] }, { fingerprints: ['def', finding?.fingerprint ?? ''] }];
    assert.deepEqual(await waivers([exception({ findings })]), ['user/root exempt']);
  });

  test('in its own namespace only', async () => {
    const own = exception({}, { namespace: 'shop' });
    assert.deepEqual(await waivers([own], { namespace: 'shop' }), ['user/root exempt']);
    assert.deepEqual(await waivers([own], { namespace: 'shop-2' }), ['user/root -']);
    assert.deepEqual(await waivers([own]), ['user/root -'], 'where the namespace is unknown');
  });

  test('until its end, and not at it', async () => {
    assert.deepEqual(await waivers([exception({})], { at: '2026-12-30T23:59:59Z' }), ['user/root exempt']);
    assert.deepEqual(await waivers([exception({})], { at: '2026-12-31T00:00:00Z' }), ['user/root -']);
  });

  const others: readonly (readonly [claim: string, spec: Readonly<Record<string, unknown>>])[] = [
    ['another policy', { policies: ['other'] }],
    ['another rule', { rules: ['user/unknown'] }],
    ['another image', { images: ['registry.example.com/shop-2/*'] }],
    ['another finding', { findings: [{ fingerprints: ['abc'] }] }],
    ['a finding in a file, which this is not', { findings: [{ paths: ['/etc/**'] }] }],
  ];
  for (const [claim, spec] of others) {
    test(`${claim} is not waived`, async () => assert.deepEqual(await waivers([exception(spec)]), ['user/root -']));
  }

  test('two exceptions that each fit half do not make a whole', async () => {
    const half = [
      exception({ rules: ['size/*'] }),
      exception({ images: ['registry.example.com/other/*'] }, { name: 'other-half' }),
    ];
    assert.deepEqual(await waivers(half), ['user/root -']);
  });

  test('a finding by its fingerprint, and no other', async () => {
    const facts = imageFacts({ layers: layersOfSizes(2000, 3000) });
    const open = await findingsWith([], { facts });
    assert.equal(open.length, 2);
    const fingerprint = open[0]?.fingerprint ?? '';
    const closed = await findingsWith([exception({ rules: ['size/*'], findings: [{ fingerprints: [fingerprint] }] })], {
      facts,
    });
    assert.deepEqual(
      closed.map((finding) => [finding.fingerprint === fingerprint, finding.waivedBy]),
      [
        [false, undefined],
        [true, 'exempt'],
      ],
    );
  });

  test('a finding by its layer, in every image that has that layer', async () => {
    const [layer] = layersOfSizes(2000);
    assert.ok(layer !== undefined);
    const byLayer = exception({ rules: ['size/*'], findings: [{ layers: [layer.digest] }] });
    for (const created of ['2026-01-01T00:00:00Z', '2026-02-02T00:00:00Z']) {
      assert.deepEqual(await waivers([byLayer], { facts: imageFacts({ layers: [layer], created }) }), [
        'size/layer exempt',
      ]);
    }
  });

  test('a credential in the history by the layer that its instruction made, where one is known', async () => {
    const policy = policyDocument('test', { action: 'deny', checks: { secrets: { in: ['history'] } } });
    const layers = layersOfSizes(10, 20);
    const byLayer = exception({ rules: ['secrets/*'], findings: [{ layers: [layers[1]?.digest] }] });
    for (const [layer, verdict] of [
      [1, 'allow'],
      [0, 'deny'],
      [undefined, 'deny'],
    ] as const) {
      const place = { kind: 'history', history: 0, ...(layer === undefined ? {} : { layer }) } as const;
      const history = [{ index: 0, keyword: 'RUN', instruction: 'RUN x', emptyLayer: false }];
      const facts = imageFacts({ layers, history, secrets: [secretFact({ place })] });
      assert.equal((await decide([policy, byLayer], inspectionOf(facts), { at: now })).verdict, verdict, `${layer}`);
    }
  });

  test('a credential by its fingerprint, which outputs print', async () => {
    const facts = imageFacts({
      secrets: [secretFact({ place: { kind: 'env', name: 'A' } }), secretFact({ place: { kind: 'env', name: 'B' } })],
    });
    const policy = policyDocument('test', { action: 'deny', checks: { secrets: { in: ['env'] } } });
    const [first] = (await decide([policy], inspectionOf(facts), {})).uses[0]?.findings ?? [];
    const byFingerprint = exception({ rules: ['secrets/*'], findings: [{ fingerprints: [first?.fingerprint] }] });
    const { verdict, uses } = await decide([policy, byFingerprint], inspectionOf(facts), {});
    assert.equal(verdict, 'deny');
    assert.deepEqual(
      uses[0]?.findings.map(({ evidence, waivedBy }) => [evidence?.kind === 'env' && evidence.name, waivedBy]),
      [
        ['B', undefined],
        ['A', 'exempt'],
      ],
    );
  });

  test('waiving every finding that is told does not waive those that are only counted', async () => {
    const labels = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`containerd.io/restart.${n}`, 'x']));
    const image = inspectionOf(imageFacts({ labels }));
    const policy = policyDocument('test', { action: 'deny', checks: { hazard: { forbid: ['label'] } } });
    const told = (await decide([policy], image, {})).uses[0]?.findings ?? [];
    const fingerprints = told
      .filter(({ evidence }) => evidence?.kind === 'label')
      .map(({ fingerprint }) => fingerprint);
    const waiver = exception({ rules: ['hazard/label'], findings: [{ fingerprints }] });
    const { verdict, uses } = await decide([policy, waiver], image, {});
    assert.equal(verdict, 'deny');
    assert.deepEqual(
      uses[0]?.findings.filter(({ waivedBy }) => waivedBy === undefined).map(({ message }) => message),
      ['10 more like the ones that are told'],
    );
  });

  test('a waived denial of the reference lets the image be read', async () => {
    const policy = policyDocument('test', {
      action: 'deny',
      checks: { reference: { requireDigest: true }, user: { nonRoot: true } },
    });
    const { uses } = await decide([policy, exception({ rules: ['reference/no-digest'] })], inspectionOf(root), {});
    assert.deepEqual(
      uses[0]?.findings.map(({ rule, waivedBy }) => [rule, waivedBy]),
      [
        ['user/root', undefined],
        ['reference/no-digest', 'exempt'],
      ],
    );
  });
});
