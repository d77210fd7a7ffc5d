// The words of an answer: order, size, characters, and what is told to whom.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AdmissionResponse } from '../../src/admission/response.ts';
import type { RunnableImageFacts } from '../../src/inspection/image-facts.ts';
import type { Inspection } from '../../src/inspection/inspection.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { denyAll, doorWith, policySet } from '../support/admission-door.ts';
import { admissionReview, podOf, podWith } from '../support/admission-review.ts';
import {
  composition,
  fileSecret,
  imageFacts,
  inspectAs,
  inspectionOf,
  leftover,
  readFacts,
  secretFact,
} from '../support/facts.ts';

const image = 'registry.example.com/shop/api:1.4';
const strict = {
  action: 'deny',
  checks: {
    size: { maxCompressed: 1 },
    user: { nonRoot: true },
    healthcheck: { required: true },
    secrets: { in: ['env'] },
  },
};
const leaking = imageFacts({
  user: { kind: 'unset' },
  healthcheck: { kind: 'absent' },
  secrets: [secretFact({ place: { kind: 'env', name: 'NPM_TOKEN' } })],
});

/** What reading an image gave, with something said of the reading. */
function readAs(facts: RunnableImageFacts, changes: Partial<Extract<Inspection, { kind: 'read' }>>): Inspection {
  const inspection = inspectionOf(facts);
  assert.ok(inspection.kind === 'read');
  return { ...inspection, ...changes };
}

function lines(response: AdmissionResponse): readonly string[] {
  return response.status?.message.split('\n') ?? [];
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}

describe('the message of a denial', () => {
  it('says how much was found where kubectl ends its own words, then has a line a finding, then the digest that was judged', async () => {
    const inspect = inspectAs(inspectionOf(leaking));
    const { response } = await doorWith(policySet({ strict }), { inspect }).ask(admissionReview(podOf(image)));
    const all = lines(response);
    assert.equal(all[0], '4 findings on 1 image:');
    for (const line of all.slice(1, -1)) assert.match(line, /^spec\.containers\[0\]\.image: \w+\/[\w-]+: [^;]+; .+$/);
    assert.equal(all.at(-1), `judged ${image}@${leaking.digest}`);
  });

  it('names the platforms that are meant, where not all are', async () => {
    const spec = { action: 'deny', checks: { user: { nonRoot: true } } };
    const [amd64, arm64] = ['linux/amd64', 'linux/arm64'].map(parsePlatform);
    assert.ok(amd64 !== undefined && arm64 !== undefined);
    const messageOf = async (...all: readonly RunnableImageFacts[]): Promise<string> => {
      const inspect = inspectAs(inspectionOf(...all));
      const { response } = await doorWith(policySet({ spec }), { inspect }).ask(admissionReview(podOf(image)));
      return response.status?.message ?? '';
    };
    const root = imageFacts({ platform: arm64, user: { kind: 'unset' } });
    assert.match(await messageOf(imageFacts({ platform: amd64 }), root), /user\/root: [^;]+ \(linux\/arm64\); /);
    assert.doesNotMatch(await messageOf(root), /\(linux|\(\)/);
  });

  it('tells the same advice once', async () => {
    const inspect = inspectAs(inspectionOf(leaking));
    const { response } = await doorWith(policySet({ all: denyAll }), { inspect }).ask(
      admissionReview(podOf(image, image, image)),
    );
    const [first = '', ...others] = lines(response).filter((line) => line.startsWith('spec.'));
    assert.match(first, /; .+/);
    assert.equal(others.length, 2);
    for (const line of others) assert.match(line, /size\/compressed: .+; fix as above$/);
  });

  it('tells the most severe first, then by rule, then by path in the order of numbers', async () => {
    const inspect = inspectAs(inspectionOf(leaking));
    const images = Array.from({ length: 12 }, () => image);
    const { decision } = await doorWith(policySet({ strict }), { inspect }).ask(admissionReview(podOf(...images)));
    const { response } = await doorWith(policySet({ strict }), { inspect }).ask(admissionReview(podOf(image)));
    const order = decision.uses[0]?.findings.map(({ rule }) => rule) ?? [];
    assert.equal(order[0], 'secrets/env');
    assert.deepEqual(
      lines(response).flatMap((line) => /image: (\S+):/.exec(line)?.[1] ?? []),
      order,
    );
    const two = await doorWith(policySet({ all: denyAll }), { inspect }).ask(admissionReview(podOf(...images)));
    const paths = lines(two.response).flatMap((line) => /^(\S+): size/.exec(line)?.[1] ?? []);
    assert.deepEqual(
      paths,
      paths.map((_, index) => `spec.containers[${index}].image`),
    );
    assert.ok(paths.length > 5);
  });

  it('with 100 violations is at most 2 KiB, worst first, and ends with how many more and the command', async () => {
    const inspect = inspectAs(inspectionOf(leaking));
    const images = Array.from({ length: 25 }, () => image);
    const { response } = await doorWith(policySet({ strict }), { inspect }).ask(admissionReview(podOf(...images)));
    const all = lines(response);
    assert.ok(bytes(response.status?.message ?? '') <= 2048);
    assert.equal(all[0], '100 findings on 25 images:');
    assert.match(all[1] ?? '', /: secrets\/env: /);
    const told = all.filter((line) => line.startsWith('spec.')).length;
    assert.equal(all.at(-1), `and ${100 - told} more; \`tidewaiter check --namespace shop ${image}\` shows them all`);
  });

  it('never exceeds 2 KiB and never breaks a line, whatever images are called', async () => {
    const name = fc.stringMatching(/^[a-z0-9]{1,60}(\/[a-z0-9._-]{1,60}){0,3}(:[A-Za-z0-9_.-]{1,120})?$/);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(name, fc.string({ unit: 'binary', maxLength: 300 })), { minLength: 1, maxLength: 30 }),
        async (images) => {
          const { response } = await doorWith(policySet({ all: denyAll })).ask(admissionReview(podOf(...images)));
          const message = response.status?.message ?? '';
          assert.ok(bytes(message) <= 2048, `${bytes(message)} bytes`);
          assert.doesNotMatch(message, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
          for (const line of message.split('\n'))
            assert.match(line, /^(\d+ findings? on |spec\.|judged |and \d+ more|`tidewaiter|$)/);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('that only fits with its lines cut says which command shows them in full', async () => {
    const secrets = ['npm-token', 'gitlab-token', 'github-token'].map((detector) =>
      secretFact({ detector, place: { kind: 'env', name: `${detector}-${'x'.repeat(40)}` } }),
    );
    const inspect = inspectAs(inspectionOf({ ...leaking, secrets }));
    const { response } = await doorWith(policySet({ strict }), { inspect }).ask(admissionReview(podOf(image)));
    const all = lines(response);
    assert.equal(all.filter((line) => line.startsWith('spec.')).length, 6);
    assert.equal(all.at(-1), `\`tidewaiter check --namespace shop ${image}\` shows them in full`);
  });

  it('counts credentials that are alike, so that one beside them is told', async () => {
    const keys = Array.from({ length: 15 }, (_, index) => fileSecret({ path: `/root/go/pkg/mod/tls/${index}.pem` }));
    const facts = readFacts({ secrets: [...keys, fileSecret({ path: '/srv/app/.env' })] });
    const spec = { action: 'deny', checks: { secrets: { in: ['file'] } } };
    const door = (grant: 'requester' | 'service') =>
      doorWith(policySet({ spec }), { inspect: inspectAs(readAs(facts, { grant })) });
    const { response } = await door('requester').ask(admissionReview(podOf(image)));
    const all = lines(response);
    assert.equal(all[0], '16 findings on 1 image:');
    assert.equal(all[4], 'spec.containers[0].image: secrets/file: 12 more like it under /root/go, from layer 2');
    assert.match(all[5] ?? '', /lies in \/srv\/app\/\.env/);
    assert.doesNotMatch(all.join(), /and \d+ more;/);
    const withheld = (await door('service').ask(admissionReview(podOf(image)))).response;
    assert.match(lines(withheld)[4] ?? '', /secrets\/file: 13 more like it$/);
    assert.doesNotMatch(lines(withheld).join(), /root|srv/);
  });

  it('counts those of them that find no room', async () => {
    const secrets = ['a', 'b', 'c', 'd', 'e'].flatMap((folder) =>
      Array.from({ length: 4 + folder.length }, (_, index) => fileSecret({ path: `/srv/${folder}/${index}.pem` })),
    );
    const spec = { action: 'deny', checks: { secrets: { in: ['file'] } } };
    const door = doorWith(policySet({ spec }), { inspect: inspectAs(inspectionOf(readFacts({ secrets }))) });
    const all = lines((await door.ask(admissionReview(podOf(image)))).response);
    const found = Number(/^\d+/.exec(all[0] ?? '')?.[0]);
    const told = all.filter((line) => line.startsWith('spec.'));
    const counted = told.reduce((sum, line) => sum + Number(/(\d+) more like it under/.exec(line)?.[1] ?? 1), 0);
    assert.match(all.at(-1) ?? '', new RegExp(`^and ${found - counted} more; `));
  });

  it('of many images gives the command for the manifest instead', async () => {
    const images = Array.from({ length: 60 }, (_, index) => `registry.example.com/shop/api-${index}:1`);
    const { response } = await doorWith(policySet({ all: denyAll })).ask(admissionReview(podOf(...images)));
    assert.match(
      lines(response).at(-1) ?? '',
      /^and \d+ more; `tidewaiter check --namespace shop \.\/manifest\.yaml` shows them all$/,
    );
  });

  it('puts nothing into the command that a shell would run', async () => {
    const namespace = 'x;reboot';
    const images = Array.from({ length: 40 }, () => image);
    const review = admissionReview(podOf(...images), { namespace });
    const { response } = await doorWith(policySet({ all: denyAll })).ask(review);
    assert.doesNotMatch(lines(response).at(-1) ?? '', /reboot/);
  });

  it('does not repeat the digest that the author wrote', async () => {
    const pinned = `registry.example.com/shop/api@${digestOf('x')}`;
    const { response } = await doorWith(policySet({ all: denyAll })).ask(admissionReview(podOf(pinned)));
    assert.doesNotMatch(lines(response).join('\n'), /^judged /m);
  });

  it('says since when the facts are stale', async () => {
    const inspect = inspectAs(readAs(leaking, { staleSince: '2026-11-23T09:00:00Z' }));
    const { response } = await doorWith(policySet({ strict }), { inspect }).ask(admissionReview(podOf(image)));
    assert.match(lines(response).at(-1) ?? '', /stale since 2026-11-23T09:00:00Z/);
  });
});

describe('warnings', () => {
  const warning = { ...strict, action: 'warn' };

  it('are at most 256 characters each and 4096 together, and say how many were left out', async () => {
    const inspect = inspectAs(inspectionOf(leaking));
    const images = Array.from({ length: 25 }, (_, index) => `registry.example.com/shop/api-${index}:1`);
    const { response } = await doorWith(policySet({ warning }), { inspect }).ask(admissionReview(podOf(...images)));
    const warnings = response.warnings ?? [];
    assert.ok(warnings.every((text) => text.length <= 256));
    assert.ok(warnings.join('').length <= 4096);
    assert.match(
      warnings.at(-1) ?? '',
      new RegExp(`^and ${100 - (warnings.length - 1)} more warnings; .*tidewaiter check`),
    );
    assert.match(warnings[0] ?? '', /secrets\/env/);
  });

  it('have no control characters and are told once', async () => {
    const { response } = await doorWith(policySet({ warning })).ask(
      admissionReview(podOf('a\nb\u202e c', 'a\nb\u202e c')),
    );
    const warnings = response.warnings ?? [];
    assert.equal(warnings.length, 2);
    assert.equal(new Set(warnings).size, 2);
    for (const text of warnings) assert.doesNotMatch(text, /[\u0000-\u001f\u202e]/);
  });

  it('do not come of findings that are only audited', async () => {
    const audit = { ...strict, action: 'audit' };
    const inspect = inspectAs(inspectionOf(leaking));
    const { response } = await doorWith(policySet({ audit }), { inspect }).ask(admissionReview(podOf(image)));
    assert.equal(response.warnings, undefined);
    assert.equal(response.allowed, true);
  });
});

describe('what is told to whom', () => {
  const granted = (grant: 'anonymous' | 'requester' | 'service'): Inspection => readAs(leaking, { grant });
  const ask = async (inspection: Inspection, disclosure: 'own-credentials' | 'full' = 'own-credentials') => {
    const door = doorWith(policySet({ strict }), { inspect: inspectAs(inspection), disclosure });
    return (await door.ask(admissionReview(podOf(image)))).response.status?.message ?? '';
  };

  it('details where anyone, or the requester, may read the image', async () => {
    assert.match(await ask(granted('anonymous')), /NPM_TOKEN/);
    assert.match(await ask(granted('requester')), /NPM_TOKEN/);
  });

  it('rule and general advice where only the service may, with where to find the rest', async () => {
    const message = await ask(granted('service'));
    assert.doesNotMatch(message, /NPM_TOKEN|MiB/);
    assert.match(message, /secrets\/env: a credential stands in the environment of the image; .+/i);
    assert.match(message, /details are in Tidewaiter's log under request 705ab4f5/);
  });

  it('everything where the configuration says so', async () => {
    assert.match(await ask(granted('service'), 'full'), /NPM_TOKEN/);
  });

  it('what stands in the requester’s own manifest in any case', async () => {
    const spec = { action: 'deny', checks: { user: { nonRoot: true } } };
    const containers = [{ name: 'api', image, securityContext: { runAsUser: 0 } }];
    const door = doorWith(policySet({ spec }), {
      inspect: inspectAs(readAs(imageFacts(), { grant: 'service' })),
    });
    const { response } = await door.ask(admissionReview(podWith({ containers })));
    assert.match(response.status?.message ?? '', /runAsUser/);
  });

  const deleted = fileSecret({ path: '/root/sauce.npmrc', hidden: { by: 0, how: 'deleted' } });
  const inFiles = {
    action: 'deny',
    checks: { secrets: { in: ['file', 'deleted-file'] }, leftovers: { forbid: ['vcs'] } },
  };
  const left = leftover({ category: 'vcs', name: 'sauce', paths: ['sauce/.git/HEAD'], evidence: 'sauce' });

  it('of a file the layer, but neither its path nor what hid it', async () => {
    const history = [{ index: 0, keyword: 'RUN', instruction: 'RUN make-secret-sauce', emptyLayer: false, layer: 1 }];
    const facts = readFacts({ secrets: [deleted], composition: composition({ leftovers: [left] }) }, { history });
    const door = doorWith(policySet({ files: inFiles }), { inspect: inspectAs(readAs(facts, { grant: 'service' })) });
    const { response, decision } = await door.ask(admissionReview(podOf(image)));
    const message = response.status?.message ?? '';
    assert.match(message, /secrets\/deleted-file: [^;]+ \(layer 2\); /);
    assert.match(message, /leftovers\/vcs: [^;]+ \(layer 2\); /);
    assert.doesNotMatch(message + JSON.stringify(response), /sauce/);
    assert.match(JSON.stringify(decision.uses), /sauce\.npmrc/, 'the log has it');
  });

  it('of a deleted file all that matters within one line', async () => {
    const facts = readFacts({ secrets: [fileSecret({ hidden: { by: 0, how: 'deleted' } })] });
    const door = doorWith(policySet({ files: inFiles }), { inspect: inspectAs(readAs(facts, { grant: 'requester' })) });
    const { response } = await door.ask(admissionReview(podOf(image)));
    assert.match(
      response.status?.message ?? '',
      /secrets\/deleted-file: an npm access token \(npm_…\) lies in \/root\/\.npmrc, deleted by .* still downloadable from layer 2; use `RUN --mount=type=secret.*`.*; revoke it with `npm token revoke`.* every copy of the image has it$/m,
    );
  });

  it('the layer, but not the instruction that made it', async () => {
    const history = [{ index: 0, keyword: 'RUN', instruction: 'RUN make-secret-sauce', emptyLayer: false, layer: 1 }];
    const secrets = [secretFact({ place: { kind: 'history', history: 0, layer: 1 } })];
    const spec = { action: 'deny', checks: { secrets: { in: ['history'] } } };
    const facts = imageFacts({ history, secrets });
    const door = doorWith(policySet({ spec }), { inspect: inspectAs(readAs(facts, { grant: 'service' })) });
    const { response } = await door.ask(admissionReview(podOf(image)));
    assert.match(response.status?.message ?? '', /secrets\/history: .*\(layer 2\)/);
    assert.doesNotMatch(response.status?.message ?? '', /sauce/);
  });
});
