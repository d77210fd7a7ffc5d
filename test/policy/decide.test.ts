// Verdicts on whole subjects: what is fetched, what follows, what is merged, and what happens when facts are missing.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import { checks } from '../../src/checks/checks.ts';
import type { ContentFacts } from '../../src/inspection/content-facts.ts';
import type { ImageFacts } from '../../src/inspection/image-facts.ts';
import type { Inspect, Inspection } from '../../src/inspection/inspection.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { decideSubject, type Subject } from '../../src/policy/decide.ts';
import type { PolicySet } from '../../src/policy/policy.ts';
import type { Finding, SubjectVerdict, UseVerdict } from '../../src/policy/verdict.ts';
import { nothingSearched } from '../../src/secrets/search-coverage.ts';
import {
  anonymousKeyring,
  artifactFacts,
  composition,
  contentFacts,
  fileSecret,
  imageFacts,
  inspectAs,
  inspectionOf,
  layersOfSizes,
  leftover,
  readFacts,
  secretFact,
  useOf,
  workloadOf,
} from '../support/facts.ts';
import { decide, policyDocument, policySetOf } from './decide-text.ts';

const rootImage = imageFacts({ user: { kind: 'unset' } });
const nonRoot = { user: { nonRoot: true } };
const deny = policyDocument('a', { action: 'deny', checks: nonRoot });

function told(verdict: SubjectVerdict): readonly string[] {
  return verdict.uses.flatMap(({ findings }) => findings.map(({ rule, action }) => `${rule} ${action}`));
}

function onlyUse({ uses }: SubjectVerdict): UseVerdict {
  const [use] = uses;
  assert.ok(use !== undefined && uses.length === 1);
  return use;
}

async function run(
  set: PolicySet,
  subject: Partial<Subject>,
  inspect: Inspect,
  signal?: AbortSignal,
): Promise<SubjectVerdict> {
  const whole = { uses: [useOf()], keyring: anonymousKeyring, ...subject };
  return decideSubject(set, whole, { atMs: 0 }, { inspect }, signal ?? new AbortController().signal);
}

suite('actions', () => {
  type Row = readonly [
    claim: string,
    spec: Readonly<Record<string, unknown>>,
    verdict: string,
    findings: readonly string[],
  ];
  const rows: readonly Row[] = [
    ['deny denies', { action: 'deny', checks: nonRoot }, 'deny', ['user/root deny']],
    ['warn warns', { action: 'warn', checks: nonRoot }, 'warn', ['user/root warn']],
    ['audit only notes', { action: 'audit', checks: nonRoot }, 'allow', ['user/root audit']],
    [
      'a check can be softer than its policy',
      { action: 'deny', checks: { user: { nonRoot: true, action: 'warn' } } },
      'warn',
      ['user/root warn'],
    ],
    [
      'a check cannot be harder than its policy',
      { action: 'warn', checks: { user: { nonRoot: true, action: 'deny' } } },
      'warn',
      ['user/root warn'],
    ],
    [
      'a rule can be softer than its check',
      { action: 'deny', checks: { user: { nonRoot: true, rules: { root: 'audit' } } } },
      'allow',
      ['user/root audit'],
    ],
    [
      'a rule can be harder than its check',
      { action: 'deny', checks: { user: { nonRoot: true, action: 'audit', rules: { root: 'deny' } } } },
      'deny',
      ['user/root deny'],
    ],
    [
      'a rule cannot be harder than its policy',
      { action: 'audit', checks: { user: { nonRoot: true, rules: { root: 'deny' } } } },
      'allow',
      ['user/root audit'],
    ],
    [
      'an ignored rule is not told',
      { action: 'deny', checks: { user: { nonRoot: true, rules: { root: 'ignore' } } } },
      'allow',
      [],
    ],
    [
      'until enforceFrom deny is warn',
      { action: 'deny', enforceFrom: '2027-01-01T00:00:00Z', checks: nonRoot },
      'warn',
      ['user/root warn'],
    ],
    [
      'from enforceFrom on it denies',
      { action: 'deny', enforceFrom: '2026-11-23T10:00:00Z', checks: nonRoot },
      'deny',
      ['user/root deny'],
    ],
    [
      'until enforceFrom audit stays audit',
      { action: 'audit', enforceFrom: '2027-01-01T00:00:00Z', checks: nonRoot },
      'allow',
      ['user/root audit'],
    ],
  ];
  for (const [claim, spec, verdict, findings] of rows) {
    test(claim, async () => {
      const result = await decide([policyDocument('a', spec)], inspectionOf(rootImage), {});
      assert.equal(result.verdict, verdict);
      assert.deepEqual(told(result), findings);
    });
  }

  test('what a finding is at most gives way to what the policy says of its rule', async () => {
    const image = inspectionOf(imageFacts({ user: { kind: 'uid', raw: '5:0', uid: 5, gid: 0 } }));
    const named = policyDocument('a', {
      action: 'deny',
      checks: { user: { nonRoot: true, rules: { 'root-group': 'deny' } } },
    });
    assert.deepEqual(told(await decide([deny], image, {})), ['user/root-group warn']);
    assert.deepEqual(told(await decide([named], image, {})), ['user/root-group deny']);
  });

  test('one that warns and one that denies: denied once, and both are named', async () => {
    const warn = policyDocument('b', { action: 'warn', checks: nonRoot });
    const { findings } = onlyUse(await decide([warn, deny], inspectionOf(rootImage), {}));
    assert.deepEqual(
      findings.map(({ rule, action, policies }) => ({ rule, action, policies })),
      [
        {
          rule: 'user/root',
          action: 'deny',
          policies: [
            { name: 'a', action: 'deny' },
            { name: 'b', action: 'warn' },
          ],
        },
      ],
    );
  });
});

suite('who is asked', () => {
  const health = policyDocument('a', { action: 'deny', checks: { healthcheck: { required: true } } });
  const without = inspectionOf(imageFacts({ healthcheck: { kind: 'absent' } }));
  const missing = ['healthcheck/missing deny'];
  const rows: readonly (readonly [claim: string, kind: UseVerdict['use']['kind'], expected: readonly string[]])[] = [
    ['a container', 'container', missing],
    ['a sidecar', 'sidecar', missing],
    ['an init container', 'init', []],
    ['an ephemeral container', 'ephemeral', []],
    ['a volume', 'volume', []],
  ];
  for (const [claim, kind, expected] of rows) {
    test(`${claim} is ${expected.length > 0 ? '' : 'not '}asked for a health check`, async () => {
      assert.deepEqual(told(await decide([health], without, { use: { kind } })), expected);
    });
  }

  test('the Pods of a Job are not asked for a health check, but for the rest', async () => {
    const workload = workloadOf([useOf()], { runsToCompletion: true });
    assert.deepEqual(told(await decide([health], without, { workload })), []);
    assert.deepEqual(told(await decide([deny], inspectionOf(rootImage), { workload })), ['user/root deny']);
  });

  test('uses of a check narrow whom it asks', async () => {
    const narrow = policyDocument('a', { action: 'deny', checks: { user: { nonRoot: true, uses: ['init'] } } });
    assert.deepEqual(told(await decide([narrow], inspectionOf(rootImage), {})), []);
    assert.deepEqual(told(await decide([narrow], inspectionOf(rootImage), { use: { kind: 'init' } })), [
      'user/root deny',
    ]);
  });

  test('an artifact in a volume is judged by reference and size only', async () => {
    const everything = policyDocument('a', {
      action: 'deny',
      checks: {
        size: { maxCompressed: 10 },
        reference: { requireDigest: true, rules: { 'no-digest': 'warn' } },
        secrets: { in: ['env'] },
        labels: { required: ['x'] },
        age: { max: '1d', acceptUnknown: false },
        hazard: { forbid: ['media-type'] },
      },
    });
    const artifact = inspectionOf(artifactFacts());
    assert.deepEqual(told(await decide([everything], artifact, { use: { kind: 'volume' } })), [
      'size/compressed deny',
      'reference/no-digest warn',
    ]);
  });

  test('an artifact as a container is no image', async () => {
    const result = await decide([deny], inspectionOf(artifactFacts()), {});
    assert.deepEqual(told(result), ['undecided/not-an-image deny']);
    assert.match(onlyUse(result).findings[0]?.message ?? '', /artifact of type application\/vnd\.example\.model\.v1/);
  });
});

suite('what is fetched', () => {
  const pinned = policyDocument('p', { action: 'deny', checks: { reference: { requireDigest: true } } });

  test('the same image in twenty containers is read once', async () => {
    const inspect = inspectAs(inspectionOf(rootImage));
    const uses = Array.from({ length: 20 }, (_, index) => useOf({ name: `c${index}` }));
    const { uses: verdicts } = await run(policySetOf([deny]), { uses }, inspect);
    assert.equal(inspect.asked.length, 1);
    assert.ok(verdicts.every(({ verdict }) => verdict === 'deny'));
  });

  test('names of one image are one image', async () => {
    const inspect = inspectAs(inspectionOf(rootImage));
    const uses = ['nginx', 'docker.io/nginx:latest', 'index.docker.io/library/nginx'].map((image) => useOf({ image }));
    await run(policySetOf([deny]), { uses }, inspect);
    assert.deepEqual(inspect.asked, ['docker.io/library/nginx:latest']);
  });

  test('an image whose reference is denied is not read', async () => {
    const inspect = inspectAs(inspectionOf(rootImage));
    const result = await run(policySetOf([deny, pinned]), {}, inspect);
    assert.deepEqual(inspect.asked, []);
    assert.deepEqual(told(result), ['reference/no-digest deny']);
  });

  test('an image whose reference is only warned about is read', async () => {
    const inspect = inspectAs(inspectionOf(rootImage));
    const soft = policyDocument('p', { action: 'warn', checks: { reference: { requireDigest: true } } });
    assert.deepEqual(told(await run(policySetOf([deny, soft]), {}, inspect)), [
      'user/root deny',
      'reference/no-digest warn',
    ]);
    assert.equal(inspect.asked.length, 1);
  });

  test('a use that no policy matches is neither read nor judged', async () => {
    const inspect = inspectAs(inspectionOf(rootImage));
    const other = policyDocument('a', { action: 'deny', match: { images: ['docker.io'] }, checks: nonRoot });
    const use = onlyUse(await run(policySetOf([other]), {}, inspect));
    assert.deepEqual([use.unjudged, use.verdict, use.policies], [true, 'allow', []]);
    assert.deepEqual(inspect.asked, []);
  });

  test('a use whose policies ask only of its reference is not read, and is judged', async () => {
    const inspect = inspectAs(inspectionOf(rootImage));
    const image = `registry.example.com/a@sha256:${'0d'.repeat(32)}`;
    const use = onlyUse(await run(policySetOf([pinned]), { uses: [useOf({ image })] }, inspect));
    assert.deepEqual([use.unjudged, use.verdict], [false, 'allow']);
    assert.deepEqual(inspect.asked, []);
  });
});

suite('an image on disk that has no name', () => {
  const elsewhere = { images: ['docker.io/**'] };
  const subject = { uses: [useOf({ image: 'localhost/layout:1' })], isUnnamed: true };

  test('is judged by policies for images of some name, because it may get that name', async () => {
    const only = policyDocument('a', { action: 'deny', match: elsewhere, checks: nonRoot });
    assert.deepEqual(told(await run(policySetOf([only]), subject, inspectAs(inspectionOf(rootImage)))), [
      'user/root deny',
    ]);
  });

  test('is not excluded by a name', async () => {
    const all = policyDocument('a', { action: 'deny', exclude: [{ images: ['localhost/**'] }], checks: nonRoot });
    assert.deepEqual(told(await run(policySetOf([all]), subject, inspectAs(inspectionOf(rootImage)))), [
      'user/root deny',
    ]);
  });

  test('is not asked for a digest, a tag or a registry', async () => {
    const reference = { requireDigest: true, registries: ['docker.io/**'] };
    const asking = policyDocument('a', { action: 'deny', checks: { ...nonRoot, reference } });
    assert.deepEqual(told(await run(policySetOf([asking]), subject, inspectAs(inspectionOf(rootImage)))), [
      'user/root deny',
    ]);
  });
});

suite('platforms', () => {
  const amd64 = imageFacts({ platform: parsePlatform('linux/amd64') });
  const rootArm64 = imageFacts({ platform: parsePlatform('linux/arm64'), user: { kind: 'unset' } });
  const both = inspectionOf(amd64, rootArm64);
  const on = (platforms: unknown) => policyDocument('a', { action: 'deny', platforms, checks: nonRoot });

  test('all platforms are judged where those of the nodes are not known, and the one that fails is named', async () => {
    const use = onlyUse(await decide([deny], both, {}));
    assert.deepEqual(
      use.findings.map(({ platforms }) => platforms),
      [['linux/arm64']],
    );
    assert.deepEqual(
      use.platforms.map(({ platform }) => platform),
      ['linux/amd64', 'linux/arm64'],
    );
  });

  test('only those of the nodes are judged where they are known', async () => {
    const use = onlyUse(await decide([deny], both, { clusterPlatforms: ['linux/amd64'] }));
    assert.equal(use.verdict, 'allow');
    assert.deepEqual(
      use.platforms.map(({ platform }) => platform),
      ['linux/amd64'],
    );
  });

  test('a policy for all platforms judges all, whatever the nodes', async () => {
    assert.deepEqual(told(await decide([on('all')], both, { clusterPlatforms: ['linux/amd64'] })), ['user/root deny']);
  });

  test('a policy can list its platforms', async () => {
    assert.deepEqual(told(await decide([on(['linux/amd64'])], both, {})), []);
    assert.deepEqual(told(await decide([on(['linux/arm64'])], both, {})), ['user/root deny']);
  });

  test('the caller can ask for one', async () => {
    assert.deepEqual(told(await decide([on('all')], both, { onlyPlatforms: ['linux/amd64'] })), []);
  });

  test('each policy judges its own platforms of one reading', async () => {
    const policies = [on(['linux/amd64']), policyDocument('b', { action: 'warn', platforms: 'all', checks: nonRoot })];
    const verdict = await decide(policies, both, {});
    assert.deepEqual(told(verdict), ['user/root warn']);
    assert.deepEqual(
      onlyUse(verdict).platforms.map(({ platform }) => platform),
      ['linux/amd64', 'linux/arm64'],
    );
  });

  test('one reading is asked for the platforms of all policies together', async () => {
    const asked: unknown[] = [];
    const inspect: Inspect = async ({ platforms }) => {
      asked.push(platforms);
      return both;
    };
    const named = (name: string, platforms: unknown) =>
      policyDocument(name, { action: 'deny', platforms, checks: nonRoot });
    const lists = [named('a', ['linux/amd64', 'linux/arm64']), named('b', ['linux/arm64', 'linux/s390x'])];
    await run(policySetOf(lists), {}, inspect);
    await run(policySetOf([...lists, named('c', 'all')]), {}, inspect);
    assert.deepEqual(asked, [['linux/amd64', 'linux/arm64', 'linux/s390x'].map(parsePlatform), 'all']);
  });

  test('an image for none of the platforms is not found there', async () => {
    const result = await decide([on(['linux/s390x'])], both, {});
    assert.deepEqual(told(result), ['undecided/not-found deny']);
    assert.match(onlyUse(result).findings[0]?.message ?? '', /it exists for linux\/amd64, linux\/arm64/);
  });

  test('what all platforms share is told once', async () => {
    const roots = inspectionOf(rootImage, rootArm64);
    const { findings } = onlyUse(await decide([deny], roots, {}));
    assert.equal(findings.length, 1);
    assert.equal(findings[0]?.platforms, undefined);
  });

  test('what differs in its numbers is told per platform', async () => {
    const budget = policyDocument('a', { action: 'deny', checks: { size: { maxCompressed: 1000 } } });
    const sizes = inspectionOf(
      imageFacts({ compressedSize: 2000 }),
      imageFacts({ compressedSize: 3000, platform: parsePlatform('linux/arm64') }),
    );
    const { findings } = onlyUse(await decide([budget], sizes, {}));
    assert.deepEqual(
      findings.map(({ platforms }) => platforms),
      [['linux/amd64'], ['linux/arm64']],
    );
  });

  test('a pod for Linux is judged by the Linux platforms of an image', async () => {
    const windows = imageFacts({ platform: parsePlatform('windows/amd64'), user: { kind: 'unset' } });
    const workload = workloadOf([useOf()], { os: 'linux' });
    assert.deepEqual(told(await decide([deny], inspectionOf(amd64, windows), { workload })), []);
    assert.deepEqual(told(await decide([deny], inspectionOf(amd64, windows), {})), ['user/root deny']);
  });

  test('a single manifest is judged whatever its architecture', async () => {
    assert.deepEqual(told(await decide([on(['linux/amd64'])], inspectionOf(rootArm64), {})), ['user/root deny']);
  });

  test('a single manifest of another system than the nodes cannot be judged by that system', async () => {
    const pretender = inspectionOf(imageFacts({ platform: parsePlatform('windows/amd64') }));
    for (const policy of [deny, on('all')]) {
      const result = await decide([policy], pretender, { clusterPlatforms: ['linux/amd64'] });
      assert.deepEqual(told(result), ['undecided/not-found deny']);
    }
  });
});

suite('facts that cannot be had', () => {
  const rows: readonly (readonly [code: FaultCode, finding: string])[] = [
    ['registry/unreachable', 'undecided/unavailable'],
    ['registry/timeout', 'undecided/unavailable'],
    ['registry/rate-limited', 'undecided/unavailable'],
    ['registry/unauthorized', 'undecided/unauthorized'],
    ['kubernetes/forbidden', 'undecided/unauthorized'],
    ['registry/not-found', 'undecided/not-found'],
    ['image/no-platform', 'undecided/not-found'],
    ['image/unsupported', 'undecided/unsupported'],
    ['image/not-an-image', 'undecided/not-an-image'],
    ['limit', 'undecided/limit'],
    ['cancelled', 'undecided/unavailable'],
    ['internal', 'undecided/internal'],
    ['image/malformed', 'integrity/ambiguous'],
    ['integrity/digest', 'integrity/digest'],
    ['integrity/schema1', 'integrity/schema1'],
  ];
  const faulty = (code: FaultCode): Inspection => ({ kind: 'fault', fault: new Fault(code, 'this is what happened') });
  for (const [code, rule] of rows) {
    test(`${code} is ${rule}, with its message and advice`, async () => {
      const { findings, verdict } = onlyUse(await decide([deny], faulty(code), {}));
      assert.equal(verdict, 'deny');
      assert.deepEqual(
        findings.map((finding) => [finding.rule, finding.action, finding.message]),
        [[rule, 'deny', 'this is what happened']],
      );
      assert.ok((findings[0]?.advice.length ?? 0) > 20);
    });
  }

  test('whoever is refused is told which pull secret was named in vain, and nobody else is', async () => {
    const keyring = { ...anonymousKeyring, gaps: () => ['the pull secret shop/gone does not exist'] };
    const message = async (code: FaultCode) =>
      onlyUse(await decide([deny], faulty(code), { keyring })).findings[0]?.message;
    assert.equal(
      await message('registry/unauthorized'),
      'this is what happened; the pull secret shop/gone does not exist',
    );
    assert.equal(await message('registry/not-found'), 'this is what happened');
  });

  test('whoever is refused one platform of an image is told so as well', async () => {
    const keyring = { ...anonymousKeyring, gaps: () => ['the pull secret shop/gone does not exist'] };
    const index = inspectionOf(imageFacts(), imageFacts({ platform: parsePlatform('linux/arm64') }));
    assert.ok(index.kind === 'read');
    const fault = new Fault('registry/unauthorized', 'this is what happened');
    const platforms = index.platforms.map((one, at) =>
      at === 0 ? one : { ...one, outcome: { kind: 'fault', fault } as const },
    );
    const { findings } = onlyUse(await decide([deny], { ...index, platforms }, { keyring }));
    assert.deepEqual(
      findings.map(({ rule, message }) => [rule, message]),
      [['undecided/unauthorized', 'this is what happened; the pull secret shop/gone does not exist']],
    );
  });

  test('what follows is said by cause', async () => {
    const soft = policyDocument('a', { action: 'deny', undecided: { unavailable: 'warn' }, checks: nonRoot });
    assert.equal((await decide([soft], faulty('registry/timeout'), {})).verdict, 'warn');
    assert.equal((await decide([soft], faulty('registry/not-found'), {})).verdict, 'deny');
  });

  test('no part of a policy softens integrity', async () => {
    const soft = policyDocument('a', {
      action: 'deny',
      undecided: Object.fromEntries(
        ['unavailable', 'unauthorized', 'not-found', 'pending', 'unsupported', 'limit', 'not-an-image'].map((cause) => [
          cause,
          'audit',
        ]),
      ),
      checks: { user: { nonRoot: true, action: 'audit' } },
    });
    assert.deepEqual(told(await decide([soft], faulty('integrity/digest'), {})), ['integrity/digest deny']);
  });

  for (const action of ['warn', 'audit']) {
    test(`with ${action} nothing denies, whatever happens`, async () => {
      const policy = policyDocument('a', {
        action,
        undecided: { unavailable: 'deny' },
        checks: { user: { nonRoot: true, action: 'deny' } },
      });
      for (const code of ['integrity/digest', 'registry/timeout', 'internal', 'image/pending'] as const) {
        assert.deepEqual(
          told(await decide([policy], faulty(code), {})).map((text) => text.split(' ')[1]),
          [action],
        );
      }
    });
  }

  test('what is still being read denies Pods and warns about what makes them', async () => {
    const of = async (kind: string) =>
      (await decide([deny], faulty('image/pending'), { workload: workloadOf([useOf()], { kind }) })).verdict;
    assert.equal(await of('Pod'), 'deny');
    assert.equal(await of('Deployment'), 'warn');
    assert.equal((await decide([deny], faulty('image/pending'), {})).verdict, 'deny', 'a bare image');
  });

  test('a limit that was reached is named, once', async () => {
    for (const message of ['the manifest is too long', 'the manifest is too long (maxManifestBytes)']) {
      const fault = new Fault('limit', message, { limit: 'maxManifestBytes' });
      const { findings } = onlyUse(await decide([deny], { kind: 'fault', fault }, {}));
      assert.deepEqual(
        findings.map((finding) => finding.message),
        ['the manifest is too long (maxManifestBytes)'],
      );
    }
  });

  test('a fault of one platform leaves the others judged', async () => {
    const read = inspectionOf(rootImage, imageFacts({ platform: parsePlatform('linux/arm64') }));
    assert.ok(read.kind === 'read');
    const platforms = read.platforms.map((platform, index) =>
      index === 1
        ? { ...platform, outcome: { kind: 'fault', fault: new Fault('limit', 'too long') } as const }
        : platform,
    );
    const { findings } = onlyUse(await decide([deny], { ...read, platforms }, {}));
    assert.deepEqual(
      findings.map(({ rule, platforms: on }) => [rule, on]),
      [
        ['undecided/limit', ['linux/arm64']],
        ['user/root', ['linux/amd64']],
      ],
    );
  });

  test('policies that ask only of the reference say nothing about it', async () => {
    const pinned = policyDocument('p', { action: 'deny', checks: { reference: { forbid: ['latest'] } } });
    const { findings } = onlyUse(await decide([deny, pinned], faulty('registry/timeout'), {}));
    assert.deepEqual(findings[0]?.policies, [{ name: 'a', action: 'deny' }]);
  });
});

suite('references that cannot be read', () => {
  const rows: readonly (readonly [image: string, findings: readonly string[]])[] = [
    ['registry.example.com/Upper', ['reference/invalid deny']],
    ['a b', ['reference/invalid deny']],
    ['x'.repeat(5000), ['reference/invalid deny']],
    [`a@blake3:${'0d'.repeat(32)}`, ['undecided/unsupported deny']],
    ['', ['reference/invalid warn']],
    [' ', ['reference/invalid warn']],
  ];
  for (const [image, findings] of rows) {
    test(`${JSON.stringify(image.slice(0, 40))}: ${findings.join()}`, async () => {
      const result = await decide([deny], inspectionOf(rootImage), { image });
      assert.deepEqual(told(result), findings);
      assert.equal(onlyUse(result).image, undefined);
    });
  }

  test('a check that only warns of tags does not let it pass; only its own rule softens that', async () => {
    const of = (reference: Readonly<Record<string, unknown>>) =>
      policyDocument('a', {
        action: 'deny',
        checks: { ...nonRoot, reference: { forbid: ['latest'], action: 'warn', ...reference } },
      });
    const image = 'Shop/API:1';
    assert.deepEqual(told(await decide([of({})], inspectionOf(rootImage), { image })), ['reference/invalid deny']);
    const softened = of({ rules: { invalid: 'warn' } });
    assert.deepEqual(told(await decide([softened], inspectionOf(rootImage), { image })), ['reference/invalid warn']);
  });

  test('a policy about some images says it too, because it may be one of them', async () => {
    const some = policyDocument('a', { action: 'deny', match: { images: ['docker.io'] }, checks: nonRoot });
    assert.deepEqual(told(await decide([some], inspectionOf(rootImage), { image: 'A b' })), ['reference/invalid deny']);
  });
});

suite('time', () => {
  const never: Inspect = () => new Promise(() => {});

  test('when the signal aborts, waiting uses are undecided at once, and finished ones keep their verdict', async () => {
    const abort = new AbortController();
    const inspect: Inspect = (request) =>
      request.reference.repository === 'shop/slow' ? never(request) : Promise.resolve(inspectionOf(rootImage));
    const uses = [useOf(), useOf({ image: 'registry.example.com/shop/slow:1' })];
    const deciding = run(policySetOf([deny]), { uses }, inspect, abort.signal);
    setImmediate(() => abort.abort());
    assert.deepEqual(told(await deciding), ['user/root deny', 'undecided/unavailable deny']);
  });

  test('a signal that is already aborted reads nothing', async () => {
    const inspect = inspectAs(inspectionOf(rootImage));
    const result = await run(policySetOf([deny]), {}, inspect, AbortSignal.abort());
    assert.deepEqual(told(result), ['undecided/unavailable deny']);
    assert.deepEqual(inspect.asked, []);
  });

  test('an inspect that throws, against its promise, is internal', async () => {
    for (const inspect of [
      () => Promise.reject(new Error('boom')),
      () => {
        throw 'text';
      },
    ] as readonly Inspect[]) {
      assert.deepEqual(told(await run(policySetOf([deny]), {}, inspect)), ['undecided/internal deny']);
    }
  });
});

suite('a check that fails in itself', () => {
  test('is undecided for that check alone, and its cause reaches the log', async () => {
    const set = policySetOf([
      policyDocument('a', { action: 'deny', checks: { user: { nonRoot: true }, size: { maxCompressed: 1 } } }),
    ]);
    const [policy] = set.policies;
    assert.ok(policy !== undefined);
    const cause = new TypeError('bug');
    const broken = policy.checks.map((check) =>
      check.check.name === 'user'
        ? {
            ...check,
            compiled: {
              needs: 'surface',
              evaluate: () => {
                throw cause;
              },
            } as const,
          }
        : check,
    );
    const faults: Fault[] = [];
    const result = await decideSubject(
      { policies: [{ ...policy, checks: broken }], exceptions: [] },
      { uses: [useOf()], keyring: anonymousKeyring },
      { atMs: 0 },
      { inspect: inspectAs(inspectionOf(rootImage)), onInternalFault: (fault) => faults.push(fault) },
      new AbortController().signal,
    );
    assert.deepEqual(told(result), ['undecided/internal deny', 'size/compressed deny']);
    assert.equal(faults.length, 1);
    assert.equal(faults[0]?.cause, cause);
    assert.match(onlyUse(result).findings[0]?.message ?? '', /the check user failed in itself/);
  });
});

suite('order and shape of findings', () => {
  test('by action, severity, rule; waived ones are elsewhere', async () => {
    const facts = imageFacts({
      user: { kind: 'unset' },
      healthcheck: { kind: 'absent' },
      secrets: [secretFact({ place: { kind: 'env', name: 'A' } })],
      layers: layersOfSizes(100, 200),
    });
    const policy = policyDocument('a', {
      action: 'deny',
      checks: {
        size: { maxCompressed: 10, action: 'warn' },
        healthcheck: { required: true },
        user: { nonRoot: true },
        secrets: { in: ['env'] },
      },
    });
    assert.deepEqual(told(await decide([policy], inspectionOf(facts), {})), [
      'secrets/env deny',
      'user/root deny',
      'healthcheck/missing deny',
      'size/compressed warn',
    ]);
  });

  test('every finding has what outputs need, and no two of an image share a fingerprint', async () => {
    const facts = readFacts(eventful, {
      user: { kind: 'unset' },
      healthcheck: { kind: 'absent' },
      labels: { 'containerd.io/restart.status': 'x' },
      entrypoint: ['/bin/sh', '-c', 'serve'],
      exposedPorts: [{ raw: '22/tcp', from: 22, to: 22, protocol: 'tcp' }],
      layers: layersOfSizes(...Array.from({ length: 9 }, (_, i) => 2000 + i)),
    });
    const every = policyDocument('a', { action: 'deny', checks: everyCheck() });
    const { findings } = onlyUse(await decide([every], inspectionOf(facts), {}));
    assert.deepEqual(new Set(findings.map(({ rule }) => rule.split('/')[0])), new Set(checks.map(({ name }) => name)));
    assert.equal(new Set(findings.map(({ fingerprint }) => fingerprint)).size, findings.length);
    for (const { message, advice, fingerprint, policies } of findings) {
      assert.ok(message.length > 5 && !message.endsWith('.') && advice.length > 20);
      assert.match(fingerprint, /^[0-9a-f]{32}$/);
      assert.deepEqual(
        policies.map(({ name }) => name),
        ['a'],
      );
    }
  });

  test('the same defect of the same image has the same fingerprint, whoever asks', async () => {
    const fingerprintsUnder = async (name: string): Promise<readonly Finding['fingerprint'][]> => {
      const policy = policyDocument(name, { action: 'warn', checks: nonRoot });
      return onlyUse(await decide([policy], inspectionOf(rootImage), {})).findings.map(
        ({ fingerprint }) => fingerprint,
      );
    };
    assert.deepEqual(await fingerprintsUnder('a'), await fingerprintsUnder('b'));
  });

  test('a fingerprint is over the layer where a finding has one, else over the config, and over the manifest of an artifact', async () => {
    const [one, two] = [digestOf('one'), digestOf('two')];
    const checks = { ...nonRoot, size: { maxLayerCompressed: 1, maxCompressed: 1 } };
    const policy = policyDocument('a', { action: 'deny', checks });
    const fingerprintsOf = async (facts: ImageFacts) => {
      const use = { kind: facts.kind === 'artifact' ? 'volume' : 'container' } as const;
      const { findings } = onlyUse(await decide([policy], inspectionOf(facts), { use }));
      return new Map(findings.map(({ rule, fingerprint }) => [rule, fingerprint]));
    };
    const built = (changes: Partial<typeof rootImage>) =>
      fingerprintsOf({ ...rootImage, layers: layersOfSizes(10), ...changes });
    const [first, pushedAgain, configured, layered] = await Promise.all([
      built({ digest: one }),
      built({ digest: two }),
      built({ configDigest: one }),
      built({ layers: layersOfSizes(11) }),
    ]);
    assert.equal(first.size, 3);
    assert.deepEqual(pushedAgain, first);
    assert.notEqual(configured.get('user/root'), first.get('user/root'));
    assert.equal(configured.get('size/layer'), first.get('size/layer'));
    assert.notEqual(layered.get('size/layer'), first.get('size/layer'));
    assert.equal(layered.get('user/root'), first.get('user/root'));
    const artifacts = await Promise.all([one, two].map((digest) => fingerprintsOf(artifactFacts({ digest }))));
    assert.equal(new Set(artifacts.map((found) => found.get('size/compressed'))).size, 2);
  });
});

const granted = { count: 1, paths: [{ path: 'usr/bin/x', layer: 1 }] };

/** Layers in which everything is wrong that can be, most of it several times. */
const eventful: Partial<ContentFacts> = {
  tree: {
    ...contentFacts().tree,
    wastedBytes: 9_000_000,
    hidden: [{ layer: 1, by: 2, how: 'deleted', files: 1, bytes: 9_000_000, compressedBytes: 1 }],
  },
  secrets: [
    fileSecret(),
    fileSecret({ layer: 2 }),
    fileSecret({ position: { kind: 'line', line: 2 }, hidden: { by: 3, how: 'overwritten' } }),
    fileSecret({ within: ['a'] }),
    ...Array.from({ length: 30 }, (_, index) =>
      fileSecret({ path: `/keys/${index}`, hidden: { by: 3, how: 'deleted' } }),
    ),
  ],
  searched: { ...nothingSearched, secretsLeftOut: 3 },
  composition: composition({
    leftovers: [
      leftover({ category: 'compiler', name: 'gcc' }),
      leftover({ category: 'compiler', name: 'gcc', layers: [2] }),
      leftover({ category: 'compiler', name: 'gcc', isHidden: true }),
      leftover({ category: 'compiler', name: 'gcc', ecosystem: 'c' }),
      leftover({ category: 'vcs', name: '.git' }),
    ],
  }),
  filesystem: {
    setuid: granted,
    setgid: granted,
    capabilities: granted,
    worldWritableFiles: granted,
    worldWritableDirectories: granted,
  },
};

/** Every check of the list, asking for much. */
function everyCheck(): Readonly<Record<string, unknown>> {
  const asked = {
    size: { maxCompressed: 10, maxLayerCompressed: 1000, maxLayers: 1, maxUncompressed: 1, maxWastedPercent: 1 },
    user: { nonRoot: true, numeric: true },
    healthcheck: { required: true },
    secrets: { in: ['env', 'history', 'label', 'command', 'file', 'deleted-file'] },
    leftovers: { forbid: ['compiler', 'package-manager', 'dev-dependencies', 'source', 'vcs', 'cache'] },
    reference: { forbid: ['latest'], requireDigest: true, registries: ['other.example.com'], action: 'warn' },
    labels: { required: ['a', 'b'] },
    platforms: { required: ['linux/s390x', 'linux/arm64'] },
    age: { max: '1d' },
    ports: { forbid: ['privileged', 'ssh'] },
    command: { forbid: ['shell-form', 'no-init'] },
    hazard: { forbid: ['label', 'volume-path', 'foreign-layer', 'media-type'] },
    filesystem: { forbid: ['setuid', 'world-writable'] },
    base: { allowed: ['registry.example.com/base/*'] },
  };
  assert.deepEqual(
    Object.keys(asked),
    checks.map(({ name }) => name),
  );
  return asked;
}
