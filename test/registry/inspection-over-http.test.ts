// Whole inspections over HTTP: what they cost at the registry, and what becomes of odd images there.
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FaultCode } from '../../src/base/fault.ts';
import { createInspect } from '../../src/inspection/inspect.ts';
import type { Inspection, InspectRequest } from '../../src/inspection/inspection.ts';
import { mediaTypes } from '../../src/oci/media-type.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { HostileRegistryOptions } from '../support/hostile-registry.ts';
import { attestation, type BuiltImage, image, index } from '../support/image.ts';
import { memoryFacts } from '../support/memory-facts.ts';
import { accessWith, passwordCredential, smallImage, startRegistryAndClient } from '../support/registry-client.ts';
import { file } from '../support/tar.ts';

const arm64 = image().platform('linux/arm64').config({ User: '7' }).build();
const both = index([smallImage, arm64]);
const user = passwordCredential('deploy', ['pass', 'word'].join(''));
const bearer = { kind: 'bearer', users: { deploy: user.login.password } } as const;

async function inspecting(t: TestContext, options: HostileRegistryOptions = {}) {
  const clock = { nowMs: Date.parse('2026-11-23T10:00:00Z') };
  const { registry, client } = await startRegistryAndClient(t, { ...options, clock });
  const inspect = createInspect({
    source: client,
    store: memoryFacts(),
    now: Date.now,
  });
  const credentials = options.login === undefined ? [] : [user];
  return {
    registry,
    clock,
    inspect: (suffix: string, { access = accessWith(credentials), content }: Partial<InspectRequest> = {}) =>
      inspect({
        reference: parseReference(`${registry.host}/shop/api${suffix}`),
        platforms: 'all',
        access,
        ...(content === undefined ? {} : { content }),
      }),
  };
}

suite('an inspection costs', () => {
  test('4 requests for a single manifest, with challenge and token, and 2 for the next one', async (t) => {
    const { registry, inspect } = await inspecting(t, { login: bearer });
    assertRead(await inspect(':1'));
    assert.equal(registry.takeRequests().length, 4);
    registry.put('shop/api', '2', arm64);
    assertRead(await inspect(':2'));
    assert.equal(registry.takeRequests().length, 2);
  });

  test('1 HEAD when nothing changed, and nothing at all by digest', async (t) => {
    const { registry, inspect } = await inspecting(t, { login: bearer });
    assertRead(await inspect(':1'));
    registry.takeRequests();
    assertRead(await inspect(':1'));
    assert.deepEqual(registry.takeRequests(), ['HEAD /v2/shop/api/manifests/1']);
    assertRead(await inspect(`@${smallImage.digest}`));
    assert.deepEqual(registry.takeRequests(), []);
  });

  test('one more for an index, with its children at the same time', async (t) => {
    const { registry, inspect } = await inspecting(t);
    registry.put('shop/api', 'both', both);
    registry.behave(({ path }) => (path.includes('manifests/sha256:') ? { kind: 'silent' } : undefined));
    void inspect(':both');
    while (registry.requests.length < 3) await nextTurn();
    assert.deepEqual(registry.takeRequests().toSorted(), [
      'GET /v2/shop/api/manifests/both',
      ...[smallImage, arm64].map(({ digest }) => `GET /v2/shop/api/manifests/${digest}`).toSorted(),
    ]);
  });

  test('nothing twice, whatever the platforms share', async (t) => {
    const { registry, inspect } = await inspecting(t);
    registry.put('shop/api', 'both', both);
    assertRead(await inspect(':both'));
    const requests = registry.takeRequests();
    assert.equal(requests.length, 5);
    assert.equal(new Set(requests).size, 5);
    assertRead(await inspect(':both'));
    assert.deepEqual(registry.takeRequests(), ['HEAD /v2/shop/api/manifests/both']);
  });
});

suite('an image that is known', () => {
  const byDigest = `@${smallImage.digest}`;

  test('is told by its digest at once, in the same words', async (t) => {
    const { inspect } = await inspecting(t, { login: bearer });
    assertRead(await inspect(byDigest));
    const known = inspect(byDigest);
    assert.ok(!(known instanceof Promise));
    const lookedUp = { keyring: { lookup: async () => [user] }, signal: new AbortController().signal };
    const waited = inspect(byDigest, { access: lookedUp });
    assert.ok(waited instanceof Promise);
    assert.deepEqual(known, await waited);
  });

  const rows: readonly (readonly [claim: string, request: Partial<InspectRequest>, laterMs: number])[] = [
    ['to who may not read it', { access: accessWith() }, 0],
    ['when its authorisation is too old', {}, 5 * 60_000],
    [
      'when its layers are wanted and were not read',
      { content: { wanted: () => true, tenant: 'shop', priority: 'waiting' } },
      0,
    ],
  ];
  for (const [claim, request, laterMs] of rows) {
    test(`is not told at once ${claim}`, async (t) => {
      const { inspect, clock } = await inspecting(t, { login: bearer });
      assertRead(await inspect(byDigest));
      clock.nowMs += laterMs;
      const inspection = inspect(byDigest, request);
      assert.ok(inspection instanceof Promise);
      await inspection;
    });
  }
});

suite('an image is refused', () => {
  const schema1 = { schemaVersion: 1, fsLayers: [], history: [], signatures: [] };
  const text = Buffer.from(smallImage.bytes).toString();
  const rows: readonly (readonly [claim: string, body: string, contentType: string, code: FaultCode])[] = [
    ['in schema 1', JSON.stringify(schema1), mediaTypes.dockerManifest, 'integrity/schema1'],
    ['whose header and body name different types', text, mediaTypes.ociIndex, 'integrity/media-type'],
    [
      'with both manifests and layers',
      text.replace(/}$/, ',"manifests":[{}]}'),
      mediaTypes.ociManifest,
      'integrity/ambiguous',
    ],
    ['with layers twice', text.replace(/}$/, ',"layers":[]}'), mediaTypes.ociManifest, 'integrity/ambiguous'],
    ['with layers in two cases', text.replace(/}$/, ',"Layers":[]}'), mediaTypes.ociManifest, 'integrity/ambiguous'],
    ['that is no JSON', 'hello', mediaTypes.ociManifest, 'integrity/ambiguous'],
    ['that is empty', '', mediaTypes.ociManifest, 'integrity/ambiguous'],
  ];
  for (const [claim, body, contentType, code] of rows) {
    test(claim, async (t) => {
      const { registry, inspect } = await inspecting(t);
      registry.behave(() => ({ kind: 'answer', status: 200, headers: { 'Content-Type': contentType }, body }));
      assert.equal(faultCode(await inspect(':1')), code);
    });
  }

  test('whose config has a key in two cases', async (t) => {
    const { registry, inspect } = await inspecting(t);
    registry.put('shop/api', 'odd', image().config({ User: '1000', user: '0' }).build());
    assert.equal(faultCode(await inspect(':odd')), 'integrity/ambiguous');
  });

  test('that is nothing but attestations', async (t) => {
    const { registry, inspect } = await inspecting(t);
    registry.put('shop/api', 'odd', index([attestation(smallImage)]));
    assert.match(faultCode(await inspect(':odd')) ?? '', /^image\//);
  });

  test('whose config is not what the manifest says', async (t) => {
    const { registry, inspect } = await inspecting(t);
    const digest = smallImage.config?.digest;
    assert.ok(digest);
    registry.replace(digest, Buffer.from('{}'));
    assert.equal(faultCode(await inspect(':1')), 'integrity/size');
  });
});

suite('an image is read', () => {
  const helm = 'application/vnd.cncf.helm.config.v1+json';
  const rows: readonly (readonly [claim: string, built: BuiltImage])[] = [
    ['through an index in an index', index([{ image: index([smallImage]), platform: null }])],
    ['beside attestations and unknown entries', index([smallImage, attestation(smallImage), unknownEntry()])],
    [
      'that is an artifact',
      image()
        .layer([file('a', 'b')])
        .buildArtifact('application/vnd.example'),
    ],
    ['that is a Helm chart', image().configDescriptor({ mediaType: helm }).build()],
    ['that is addressed by sha512', image().algorithm('sha512').config({ User: '7' }).build()],
    ['of the Docker form', image().docker().config({ User: '7' }).build()],
  ];
  for (const [claim, built] of rows) {
    test(claim, async (t) => {
      const { registry, inspect } = await inspecting(t);
      registry.put('shop/api', 'odd', built);
      const inspection = await inspect(':odd');
      assertRead(inspection);
      assert.equal(inspection.kind === 'read' && inspection.digest, built.digest);
    });
  }

  test('by the type in its body where the header says nothing of use', async (t) => {
    const { registry, inspect } = await inspecting(t);
    const headers = { 'Content-Type': 'application/json; charset=utf-8' };
    registry.behaveOnce(/manifests/, { kind: 'answer', headers });
    assertRead(await inspect(':1'));
  });

  test('with its config inside the manifest, without asking for it', async (t) => {
    const { registry, inspect } = await inspecting(t);
    const plain = image().config({ User: '7' });
    const data = Buffer.from(plain.build().config?.bytes ?? []).toString('base64');
    registry.put('shop/api', 'inline', plain.configDescriptor({ data }).build());
    assertRead(await inspect(':inline'));
    assert.deepEqual(registry.takeRequests(), ['GET /v2/shop/api/manifests/inline']);
    registry.put('shop/api', 'wrong', plain.configDescriptor({ data: Buffer.from('{}').toString('base64') }).build());
    assert.match(faultCode(await inspect(':wrong')) ?? '', /^integrity\//);
  });
});

function unknownEntry(): Parameters<typeof index>[0][number] {
  const built = image().buildArtifact('application/vnd.example.unknown');
  return { image: built, platform: null, extra: { mediaType: 'application/vnd.example.unknown.v1+json' } };
}

function assertRead(inspection: Inspection): void {
  assert.equal(faultCode(inspection), undefined);
}

/** Of the reference, or of the first platform that has one. */
function faultCode(inspection: Inspection): FaultCode | undefined {
  if (inspection.kind === 'fault') return inspection.fault.code;
  for (const { outcome } of inspection.platforms) if (outcome.kind === 'fault') return outcome.fault.code;
  return undefined;
}
