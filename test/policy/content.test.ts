// Checks that need the layers: when they are asked for, what their absence means, and that all else is judged as ever.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import { checks } from '../../src/checks/checks.ts';
import type { RunnableImageFacts } from '../../src/inspection/image-facts.ts';
import type { ContentRequest, Inspect, Inspection } from '../../src/inspection/inspection.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { decideSubject, type Subject } from '../../src/policy/decide.ts';
import type { SubjectVerdict } from '../../src/policy/verdict.ts';
import {
  anonymousKeyring,
  artifactFacts,
  fileSecret,
  imageFacts,
  inspectionOf,
  readFacts,
  secretFact,
  useOf,
  workloadOf,
} from '../support/facts.ts';
import { decide, policyDocument, policySetOf } from './decide-text.ts';

const wanting = { secrets: { in: ['env', 'file'] } };
const reading = policyDocument('reading', { action: 'deny', checks: wanting });
const surfaceOnly = policyDocument('surface', { action: 'deny', checks: { secrets: { in: ['env'] } } });
const named = { kind: 'name', raw: 'app', name: 'app' } as const;
const byName = policyDocument('by-name', { action: 'deny', checks: { user: { nonRoot: true } } });

function told(verdict: SubjectVerdict): readonly string[] {
  return verdict.uses.flatMap(({ findings }) => findings.map(({ rule, action }) => `${rule} ${action}`));
}

/** What was asked of the layers of each image that was read. */
async function contentAsked(
  documents: readonly string[],
  subject: Partial<Subject> = {},
  inspection: Inspection = inspectionOf(readFacts({})),
): Promise<readonly (ContentRequest | undefined)[]> {
  const asked: (ContentRequest | undefined)[] = [];
  const inspect: Inspect = async ({ content }) => {
    asked.push(content);
    return inspection;
  };
  const whole = { uses: [useOf()], keyring: anonymousKeyring, ...subject };
  await decideSubject(policySetOf(documents), whole, { atMs: 0 }, { inspect }, new AbortController().signal);
  return asked;
}

/** Whether the content of this image is wanted, where it is all that the reference names. */
function wants(content: ContentRequest | undefined, facts: RunnableImageFacts): boolean | undefined {
  const read = inspectionOf(facts);
  assert.ok(read.kind === 'read');
  return content?.wanted(facts, read);
}

function unread(facts: RunnableImageFacts, code: FaultCode = 'image/pending'): Inspection {
  const inspection = inspectionOf(facts);
  assert.ok(inspection.kind === 'read');
  const contentFault = new Fault(code, '2 of 5 layers are read');
  return {
    ...inspection,
    platforms: inspection.platforms.map((one) => ({ ...one, outcome: { kind: 'facts', facts, contentFault } })),
  };
}

suite('layers are asked for', () => {
  test('when a check of a policy that matches needs them', async () => {
    const [content] = await contentAsked([surfaceOnly, reading]);
    assert.equal(wants(content, imageFacts()), true);
    assert.equal(content?.priority, 'waiting');
  });

  test('not when none does', async () => {
    assert.deepEqual(await contentAsked([surfaceOnly]), [undefined]);
  });

  test('not by a policy that does not match', async () => {
    const elsewhere = policyDocument('elsewhere', {
      action: 'deny',
      match: { namespaces: ['other'] },
      checks: wanting,
    });
    const workload = workloadOf([useOf()]);
    assert.deepEqual(await contentAsked([surfaceOnly, elsewhere], { workload, uses: workload.uses }), [undefined]);
  });

  test('not by a check that does not ask about the use', async () => {
    const volumes = policyDocument('volumes', {
      action: 'deny',
      checks: { secrets: { in: ['file'], uses: ['volume'] } },
    });
    assert.deepEqual(await contentAsked([surfaceOnly, volumes]), [undefined]);
  });

  test('only of images in which the check has something to look for', async () => {
    const [content] = await contentAsked([byName]);
    assert.equal(wants(content, imageFacts({ user: named })), true);
    assert.equal(wants(content, imageFacts({ user: { kind: 'unset' } })), false);
    assert.equal(wants(content, imageFacts()), false);
  });

  test('only of platforms that a policy with such a check judges', async () => {
    const arm64 = imageFacts({ platform: parsePlatform('linux/arm64') });
    const windows = imageFacts({ platform: parsePlatform('windows/amd64') });
    const index = inspectionOf(imageFacts(), arm64, windows);
    assert.ok(index.kind === 'read');
    const on = (platforms: unknown, checks: object = wanting) => ({ action: 'deny', platforms, checks });
    const wantedOf = async (specs: readonly object[], subject: Partial<Subject> = {}) => {
      const documents = specs.map((spec, at) => policyDocument(`policy-${at}`, { ...spec }));
      const [content] = await contentAsked(documents, subject);
      return index.platforms.map(({ outcome }) => {
        assert.ok(outcome.kind === 'facts' && outcome.facts.kind === 'image');
        return content?.wanted(outcome.facts, index);
      });
    };
    assert.deepEqual(await wantedOf([on('all', { healthcheck: { required: true } }), on(['linux/arm64'])]), [
      false,
      true,
      false,
    ]);
    assert.deepEqual(await wantedOf([on(['linux/arm64']), on(['windows/amd64'])]), [false, true, true]);
    const workload = workloadOf([useOf()], { os: 'linux' });
    assert.deepEqual(await wantedOf([on('all')], { workload, uses: workload.uses }), [true, true, false]);
  });

  test('of one image for all its uses together', async () => {
    const uses = [useOf({ runAs: { user: 5 } }), useOf({ path: 'spec.containers[1].image' })];
    for (const order of [uses, uses.toReversed()]) {
      const [content, ...others] = await contentAsked([byName], { uses: order });
      assert.deepEqual(others, []);
      assert.equal(wants(content, imageFacts({ user: named })), true);
    }
    const [content] = await contentAsked([byName], { uses: uses.slice(0, 1) });
    assert.equal(wants(content, imageFacts({ user: named })), false);
  });

  test('for the namespace, or for the repository where there is none', async () => {
    const workload = workloadOf([useOf()], { namespace: 'shop' });
    const [inNamespace] = await contentAsked([reading], { workload, uses: workload.uses });
    const [alone] = await contentAsked([reading]);
    assert.deepEqual([inNamespace?.tenant, alone?.tenant], ['shop', 'registry.example.com/shop/api']);
  });
});

suite('layers that were read', () => {
  test('are judged beside manifest and config', async () => {
    const env = secretFact({ place: { kind: 'env', name: 'A' } });
    const facts = readFacts({ secrets: [fileSecret()] }, { secrets: [env] });
    assert.deepEqual(told(await decide([reading], inspectionOf(facts), {})), ['secrets/env deny', 'secrets/file deny']);
  });

  test('are judged only by the policies that want them', async () => {
    const facts = readFacts({ secrets: [fileSecret()] });
    assert.deepEqual(told(await decide([surfaceOnly], inspectionOf(facts), {})), []);
  });

  test('a user by name is nobody until they are read, and then whoever they say', async () => {
    const toor = readFacts({ user: { kind: 'resolved', uid: 0, gid: 0 } }, { user: named });
    const app = readFacts({ user: { kind: 'resolved', uid: 7, gid: 7 } }, { user: named });
    assert.deepEqual(told(await decide([byName], inspectionOf(toor), {})), ['user/root deny']);
    assert.deepEqual(told(await decide([byName], inspectionOf(app), {})), []);
    assert.deepEqual(told(await decide([byName], unread(imageFacts({ user: named })), {})), [
      'undecided/pending retry',
    ]);
  });
});

suite('layers that could not be read', () => {
  const rows: readonly (readonly [code: FaultCode, finding: string])[] = [
    ['image/pending', 'undecided/pending retry'],
    ['registry/unreachable', 'undecided/unavailable deny'],
    ['registry/unauthorized', 'undecided/unauthorized deny'],
    ['image/unsupported', 'undecided/unsupported deny'],
    ['limit', 'undecided/limit deny'],
    ['integrity/diff-id', 'integrity/diff-id deny'],
    ['image/malformed', 'integrity/ambiguous deny'],
  ];
  for (const [code, finding] of rows) {
    test(`by ${code} are ${finding}, with the message of the fault`, async () => {
      const verdict = await decide([reading], unread(imageFacts(), code), {});
      assert.deepEqual(told(verdict), [finding]);
      assert.equal(verdict.uses[0]?.findings[0]?.message, '2 of 5 layers are read');
    });
  }

  test('are told once for all checks of a policy, and once for all policies', async () => {
    const both = policyDocument('both', { action: 'deny', checks: { ...wanting, leftovers: { forbid: ['vcs'] } } });
    assert.deepEqual(told(await decide([both, reading], unread(imageFacts()), {})), ['undecided/pending retry']);
  });

  test('leave what manifest and config show, and the other checks', async () => {
    const policy = policyDocument('a', { action: 'deny', checks: { ...wanting, healthcheck: { required: true } } });
    const facts = imageFacts({
      healthcheck: { kind: 'absent' },
      secrets: [secretFact({ place: { kind: 'env', name: 'A' } })],
    });
    assert.deepEqual(told(await decide([policy], unread(facts), {})), [
      'secrets/env deny',
      'healthcheck/missing deny',
      'undecided/pending retry',
    ]);
  });

  test('concern nobody who does not want them', async () => {
    assert.deepEqual(told(await decide([surfaceOnly], unread(imageFacts()), {})), []);
    assert.deepEqual(told(await decide([byName], unread(imageFacts()), {})), [], 'a numeric user');
  });

  test('are pending where nobody even tried', async () => {
    assert.deepEqual(told(await decide([reading], inspectionOf(imageFacts()), {})), ['undecided/pending retry']);
  });

  test('of an artifact are nothing that is missing', async () => {
    const sized = policyDocument('a', { action: 'deny', checks: { size: { maxUncompressed: 1 } } });
    assert.deepEqual(told(await decide([sized], inspectionOf(artifactFacts()), { use: { kind: 'volume' } })), []);
  });

  test('hold nothing up for a check that only warns', async () => {
    const soft = (spec: object) =>
      policyDocument('a', { action: 'deny', checks: { leftovers: { forbid: ['vcs'], ...spec } } });
    assert.deepEqual(told(await decide([soft({ action: 'warn' })], unread(imageFacts()), {})), [
      'undecided/pending warn',
    ]);
    const ignored = Object.fromEntries(
      ['compiler', 'package-manager', 'dev-dependencies', 'source', 'vcs', 'cache'].map((half) => [half, 'ignore']),
    );
    assert.deepEqual(told(await decide([soft({ rules: ignored })], unread(imageFacts()), {})), []);
  });

  test('hold up for the strictest of the checks', async () => {
    const policy = policyDocument('a', {
      action: 'deny',
      checks: {
        leftovers: { forbid: ['vcs'], action: 'warn' },
        size: { maxUncompressed: 1, rules: { layers: 'warn' } },
      },
    });
    assert.deepEqual(told(await decide([policy], unread(imageFacts()), {})), ['undecided/pending retry']);
  });

  test('are integrity all the same where a check only warns', async () => {
    const soft = policyDocument('a', { action: 'deny', checks: { leftovers: { forbid: ['vcs'], action: 'warn' } } });
    assert.deepEqual(told(await decide([soft], unread(imageFacts(), 'integrity/diff-id'), {})), [
      'integrity/diff-id deny',
    ]);
  });
});

suite('an image of whose layers one cannot be read', () => {
  /** What satisfies each of these checks; the layers of an image are what else it wants. */
  const satisfied: Readonly<Record<string, object>> = {
    size: { maxUncompressed: '1Ti', maxWastedPercent: 100 },
    user: { nonRoot: true },
    secrets: { in: ['file', 'deleted-file'] },
    leftovers: { forbid: ['compiler'] },
    filesystem: { forbid: ['setuid'] },
  };

  test('is looked at by these checks', () => {
    const names = checks.filter(({ needs }) => needs === 'content').map(({ name }) => name);
    assert.deepEqual(Object.keys(satisfied).toSorted(), names.toSorted());
  });

  const faults: readonly (readonly [code: FaultCode, finding: string])[] = [
    ['image/unsupported', 'undecided/unsupported deny'],
    ['limit', 'undecided/limit deny'],
    ['internal', 'undecided/internal deny'],
  ];
  for (const [name, parameters] of Object.entries(satisfied)) {
    for (const [code, finding] of faults) {
      test(`by ${code} is no clean one for ${name}`, async () => {
        const policy = policyDocument('a', { action: 'deny', checks: { [name]: parameters } });
        const facts = imageFacts({ user: named });
        assert.deepEqual(told(await decide([policy], inspectionOf(readFacts({}, { user: named })), {})), []);
        const verdict = await decide([policy], unread(facts, code), {});
        assert.deepEqual([told(verdict), verdict.verdict], [[finding], 'deny']);
      });
    }
  }
});

suite('credentials that do not open the layers', () => {
  test('are told with what was named to pull with and is of no use', async () => {
    const keyring = { ...anonymousKeyring, gaps: () => ['the pull secret shop/gone does not exist'] };
    const messageBy = async (code: FaultCode) =>
      (await decide([reading], unread(imageFacts(), code), { keyring })).uses[0]?.findings[0]?.message;
    assert.equal(
      await messageBy('registry/unauthorized'),
      '2 of 5 layers are read; the pull secret shop/gone does not exist',
    );
    assert.equal(await messageBy('image/pending'), '2 of 5 layers are read');
  });
});

suite('the deadline', () => {
  const late =
    (settle: (signal: AbortSignal) => Promise<void>): Inspect =>
    async ({ access: { signal } }) => {
      await settle(signal);
      return unread(imageFacts());
    };
  const aborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => setTimeout(resolve, 1), { once: true }));

  async function decideLate(document: string, inspect: Inspect): Promise<readonly string[]> {
    const controller = new AbortController();
    const subject = { uses: [useOf()], keyring: anonymousKeyring };
    const verdict = decideSubject(policySetOf([document]), subject, { atMs: 0 }, { inspect }, controller.signal);
    controller.abort();
    return told(await verdict);
  }

  test('leaves an inspection that reads layers time to say how far it came', async () => {
    assert.deepEqual(await decideLate(reading, late(aborted)), ['undecided/pending retry']);
  });

  test('ends one that says nothing', async () => {
    const never = late(() => new Promise(() => {}));
    assert.deepEqual(await decideLate(reading, never), ['undecided/unavailable deny']);
  });

  test('gives one that reads no layers none', async () => {
    assert.deepEqual(await decideLate(surfaceOnly, late(aborted)), ['undecided/unavailable deny']);
  });
});
