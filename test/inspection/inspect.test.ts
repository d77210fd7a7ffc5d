// Reading a reference: what becomes of manifests, artifacts, private images and trouble; it never throws.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import { createInspect } from '../../src/inspection/inspect.ts';
import { formatPlatform } from '../../src/oci/platform.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { type BuiltImage, image, index } from '../support/image.ts';
import { createMemorySource } from '../support/memory-source.ts';
import { file } from '../support/tar.ts';
import { anonymous } from './image-source-suite.ts';
import { amd64, arm64, bench, faultOf, judged, mapStore, nowMs, on, read, windows } from './inspect-bench.ts';

suite('single manifests', () => {
  test('give facts, with the digest and the instant of reading', async () => {
    const { ask } = bench(amd64);
    const inspection = read(await ask());
    assert.equal(inspection.digest, amd64.digest);
    assert.equal(inspection.isIndex, false);
    assert.deepEqual(inspection.available.map(formatPlatform), ['linux/amd64']);
    assert.deepEqual(judged(inspection), ['linux/amd64 linux-amd64']);
    const outcome = inspection.platforms[0]?.outcome;
    assert.ok(outcome?.kind === 'facts');
    assert.equal(outcome.facts.readAt, '2026-11-23T10:00:00.000Z');
    assert.equal(outcome.facts.digest, amd64.digest);
  });

  test('of another operating system than every platform asked for are refused', async () => {
    const { ask } = bench(windows);
    assert.equal(faultOf(await ask(':1', ['linux/amd64', 'linux/arm64'])), 'image/no-platform');
    assert.equal(judged(await ask(':1', ['linux/amd64', 'windows/arm64'])).length, 1);
    assert.equal(judged(await ask()).length, 1);
    const silent = image().configDocument({ os: '' }).config({ User: '1' }).build();
    assert.deepEqual(judged(await bench(silent).ask(':1', ['linux/amd64'])), ['unknown/amd64 1']);
  });

  test('are judged whatever architecture is asked for, as runtimes run them', async () => {
    assert.deepEqual(judged(await bench(arm64).ask(':1', ['linux/amd64'])), ['linux/arm64 linux-arm64']);
  });

  test('are read in Docker form and by sha512 as well', async () => {
    const docker = image().docker().config({ User: '1' }).build();
    assert.deepEqual(judged(await bench(docker).ask()), ['linux/amd64 1']);
    const strong = image()
      .algorithm('sha512')
      .config({ User: '2' })
      .layer([file('a')])
      .build();
    assert.deepEqual(judged(await bench(strong).ask(`@${strong.digest}`)), ['linux/amd64 2']);
  });

  const faults: readonly (readonly [claim: string, built: BuiltImage, code: FaultCode])[] = [
    [
      'a config that contradicts itself',
      image()
        .configDocument({ config: { User: '1', user: '0' } })
        .build(),
      'integrity/ambiguous',
    ],
    [
      'more layers than diff ids',
      image()
        .layer([file('a')])
        .configDocument({ rootfs: { type: 'layers', diff_ids: [] } })
        .build(),
      'image/malformed',
    ],
    ['schema 1', image().manifest({ schemaVersion: 1 }).build(), 'integrity/schema1'],
    [
      'manifests and layers',
      image()
        .manifest({ manifests: [{}] })
        .build(),
      'integrity/ambiguous',
    ],
    ['a size of the config that is not its size', image().configDescriptor({ size: 1 }).build(), 'integrity/size'],
    ['embedded data that is not the config', image().configDescriptor({ data: 'AAAA' }).build(), 'integrity/size'],
    [
      'a config beyond all limits',
      image()
        .configDescriptor({ size: 2 ** 40 })
        .build(),
      'limit',
    ],
  ];
  for (const [claim, built, code] of faults) {
    test(`${claim} is a fault that names the digest: ${code}`, async () => {
      const inspection = await bench(built).ask();
      assert.equal(faultOf(inspection), code);
      assert.equal(inspection.digest, built.digest);
    });
  }

  test('any changed byte of a config is a fault', async () => {
    const config = amd64.config;
    assert.ok(config !== undefined);
    for (const at of [0, 1, config.bytes.length >> 1, config.bytes.length - 1]) {
      const bytes = Buffer.from(config.bytes);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      const { ask, store } = bench(amd64, { replaced: new Map([[config.digest, bytes]]) });
      assert.equal(faultOf(await ask()), 'integrity/digest');
      assert.equal(store.documents.size, 0);
    }
  });
});

suite('artifacts', () => {
  const chart = image()
    .layer([file('Chart.yaml')])
    .configDescriptor({ mediaType: 'application/vnd.cncf.helm.config.v1+json' })
    .build();
  const model = image()
    .layer([file('weights')])
    .buildArtifact('application/vnd.example.model');
  const cache = image().configDescriptor({ mediaType: 'application/vnd.buildkit.cacheconfig.v0' }).build();

  for (const [name, built, artifactType] of [
    ['a chart', chart, 'application/vnd.cncf.helm.config.v1+json'],
    ['a model', model, 'application/vnd.example.model'],
    ['a build cache', cache, 'application/vnd.buildkit.cacheconfig.v0'],
  ] as const) {
    test(`${name} is an artifact, and its config is not asked for`, async () => {
      const { ask, source } = bench(built);
      const inspection = read(await ask());
      assert.deepEqual(inspection.available, []);
      const outcome = inspection.platforms[0]?.outcome;
      assert.ok(outcome?.kind === 'facts' && outcome.facts.kind === 'artifact');
      assert.equal(outcome.facts.artifactType, artifactType);
      assert.deepEqual(source.requests, ['GET 1']);
    });
  }

  test('an index of nothing but artifacts gives them', async () => {
    const built = index([{ image: model, platform: null, extra: { artifactType: 'application/vnd.example.model' } }]);
    assert.deepEqual(judged(await bench(built).ask()), ['none artifact']);
  });

  test('artifacts beside an image are left out', async () => {
    assert.deepEqual(judged(await bench(index([amd64, { image: model, platform: null }])).ask()), [
      'linux/amd64 linux-amd64',
    ]);
  });

  test('an old build cache, an index of layers, is no image and says of what type it is', async () => {
    const built = index([], {
      fields: { manifests: [{ ...cache.descriptor, mediaType: 'application/vnd.buildkit.cacheconfig.v0' }] },
    });
    const inspection = await bench(built).ask();
    assert.equal(faultOf(inspection), 'image/not-an-image');
    assert.ok(inspection.kind === 'fault' && inspection.fault.message.includes('cacheconfig'));
  });
});

suite('who may see what', () => {
  const secretImage = on('linux/amd64', 'private').build();

  test('facts of one repository answer for no other that merely names the digest', async () => {
    const served = createMemorySource({ tags: new Map([['1', index([secretImage])]]) });
    const store = mapStore();
    const source = {
      ...served,
      readManifest: (...[repository, target, access]: Parameters<typeof served.readManifest>) =>
        repository.repository === 'mine'
          ? served.readManifest(repository, target, access)
          : Promise.reject(new Fault('registry/not-found', 'no')),
    };
    const inspect = createInspect({ source, store, now: () => nowMs });
    const ask = (name: string) =>
      inspect({ reference: parseReference(`registry.example.com/${name}:1`), platforms: 'all', access: anonymous() });
    assert.deepEqual(judged(await ask('mine')), ['linux/amd64 private']);
    assert.deepEqual(judged(await ask('theirs')), ['linux/amd64 registry/not-found']);
  });

  test('a stored digest is not known to a repository that has not delivered it', async () => {
    const { source, store, ask } = bench(amd64);
    await ask();
    const asked: boolean[] = [];
    const inspect = createInspect({
      source: {
        ...source,
        resolve: async (reference, access, isKnown) => {
          asked.push(await isKnown(amd64.digest));
          return source.resolve(reference, access, isKnown);
        },
      },
      store,
      now: () => nowMs,
    });
    for (const name of ['a', 'b', 'a']) {
      await inspect({
        reference: parseReference(`registry.example.com/${name}:1`),
        platforms: 'all',
        access: anonymous(),
      });
    }
    assert.deepEqual(asked, [false, false, true]);
  });

  test('nothing is answered when resolving is refused, whatever is stored', async () => {
    let refused = false;
    const { ask } = bench(amd64, {
      before: async () => {
        if (refused) throw new Fault('registry/unauthorized', 'no');
      },
    });
    await ask();
    refused = true;
    assert.equal(faultOf(await ask()), 'registry/unauthorized');
  });

  test('the answer says whose permission it was, and since when it is stale', async () => {
    const staleSince = '2026-11-23T09:00:00Z';
    const inspection = read(await bench(amd64, { grant: 'service', staleSince }).ask());
    assert.equal(inspection.grant, 'service');
    assert.equal(inspection.credential, 'test service');
    assert.equal(inspection.staleSince, staleSince);
  });
});

suite('trouble', () => {
  test('a tag that is not there is a fault', async () => {
    assert.equal(faultOf(await bench(amd64).ask(':2')), 'registry/not-found');
  });

  test('one child that cannot be had leaves the others', async () => {
    const { ask } = bench(index([amd64, arm64]), {
      before: async (request) => {
        if (request === `GET ${amd64.digest}`) throw new Fault('registry/timeout', 'slow');
      },
    });
    assert.deepEqual(judged(await ask()), ['linux/amd64 registry/timeout', 'linux/arm64 linux-arm64']);
  });

  test('a failure is not remembered', async () => {
    let fails = true;
    const { ask } = bench(amd64, {
      before: async (request) => {
        if (fails && request.startsWith('GET blob')) throw new Fault('registry/unreachable', 'down');
      },
    });
    assert.equal(faultOf(await ask()), 'registry/unreachable');
    fails = false;
    assert.deepEqual(judged(await ask()), ['linux/amd64 linux-amd64']);
  });

  test('a bug in a source is an internal fault, not an exception', async () => {
    const broken = { resolve: () => Promise.reject('text') };
    const source = { ...createMemorySource({ tags: new Map() }), ...broken };
    const inspect = createInspect({ source, store: mapStore(), now: () => nowMs });
    assert.equal(
      faultOf(await inspect({ reference: parseReference('a'), platforms: 'all', access: anonymous() })),
      'internal',
    );
  });

  test('a caller who leaves is told so, and the others get their answer', async () => {
    const leaving = new AbortController();
    const { ask } = bench(amd64, {
      before: async (request) => {
        if (!request.startsWith('GET blob')) return;
        leaving.abort();
        await new Promise((resolve) => setImmediate(resolve));
      },
    });
    const [left, stayed] = await Promise.all([ask(':1', 'all', anonymous(leaving.signal)), ask()]);
    assert.equal(faultOf(left), 'cancelled');
    assert.deepEqual(judged(stayed), ['linux/amd64 linux-amd64']);
  });
});
