// Reading a reference: which platforms are judged, how many requests it costs, who may share what, and that it never throws.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import type { FactsStore, StoredDocument } from '../../src/inspection/facts-store.ts';
import { createInspect } from '../../src/inspection/inspect.ts';
import type { Inspection, PlatformSelection } from '../../src/inspection/inspection.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { formatPlatform, parsePlatform } from '../../src/oci/platform.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { attestation, type BuiltImage, image, index } from '../support/image.ts';
import { createMemorySource, type MemorySourceOptions } from '../support/memory-source.ts';
import { file } from '../support/tar.ts';
import { anonymous } from './image-source-suite.ts';

const nowMs = Date.parse('2026-11-23T10:00:00Z');

function mapStore(): FactsStore & { readonly documents: Map<Digest, StoredDocument> } {
  const documents = new Map<Digest, StoredDocument>();
  return {
    documents,
    get: async (digest) => documents.get(digest),
    put: async (digest, document) => {
      documents.set(digest, document);
    },
  };
}

function bench(
  built: BuiltImage | ReadonlyMap<string, BuiltImage>,
  options: MemorySourceOptions & { readonly replaced?: ReadonlyMap<Digest, Uint8Array> } = {},
) {
  const tags = 'digest' in built ? new Map([['1', built]]) : built;
  const source = createMemorySource({ tags, ...(options.replaced ? { replaced: options.replaced } : {}) }, options);
  const store = mapStore();
  const inspect = createInspect({ source, store, now: () => nowMs });
  const ask = (text = ':1', platforms: PlatformSelection | readonly string[] = 'all', access = anonymous()) =>
    inspect({
      reference: parseReference(
        text.startsWith(':') || text.startsWith('@') ? `registry.example.com/app${text}` : text,
      ),
      platforms:
        platforms === 'all' ? 'all' : platforms.map((one) => (typeof one === 'string' ? parsePlatform(one) : one)),
      access,
    });
  return { source, store, ask };
}

type Read = Inspection & { readonly kind: 'read' };

function read(inspection: Inspection): Read {
  assert.ok(
    inspection.kind === 'read',
    inspection.kind === 'fault' ? `${inspection.fault.code}: ${inspection.fault.message}` : '',
  );
  return inspection;
}

/** What was judged: platform, and the user of the image or the code of the fault. */
function judged(inspection: Inspection): readonly string[] {
  return read(inspection).platforms.map(({ platform, outcome }) => {
    const place = platform === undefined ? 'none' : formatPlatform(platform);
    if (outcome.kind === 'fault') return `${place} ${outcome.fault.code}`;
    return outcome.facts.kind === 'artifact'
      ? `${place} artifact`
      : `${place} ${'raw' in outcome.facts.user ? outcome.facts.user.raw : ''}`;
  });
}

function faultOf(inspection: Inspection): FaultCode {
  assert.ok(inspection.kind === 'fault');
  return inspection.fault.code;
}

const on = (platform: string, user = platform.replaceAll('/', '-')) =>
  image().platform(platform).config({ User: user });
const amd64 = on('linux/amd64')
  .layer([file('a')])
  .build();
const arm64 = on('linux/arm64').build();
const armv7 = on('linux/arm/v7').build();
const windows = on('windows(10.0.20348.1)/amd64').build();

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

  test('are judged whatever platform is asked for, as runtimes run them', async () => {
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

suite('platforms of an index', () => {
  const every = index([amd64, arm64, armv7, windows]);
  const unplaced = (built: BuiltImage) => ({ image: built, platform: null });

  const rows: readonly (readonly [
    claim: string,
    built: BuiltImage,
    platforms: 'all' | readonly string[],
    judged: readonly string[],
  ])[] = [
    [
      'all are judged',
      every,
      'all',
      [
        'linux/amd64 linux-amd64',
        'linux/arm64 linux-arm64',
        'linux/arm/v7 linux-arm-v7',
        'windows(10.0.20348.1)/amd64 windows(10.0.20348.1)-amd64',
      ],
    ],
    ['only those asked for are judged', every, ['linux/arm64'], ['linux/arm64 linux-arm64']],
    [
      'several are judged in the order of the index',
      every,
      ['linux/arm64', 'linux/amd64'],
      ['linux/amd64 linux-amd64', 'linux/arm64 linux-arm64'],
    ],
    ['one of several asked for is enough', index([arm64]), ['linux/amd64', 'linux/arm64'], ['linux/arm64 linux-arm64']],
    ['a node takes what comes nearest', index([armv7]), ['linux/arm64'], ['linux/arm/v7 linux-arm-v7']],
    [
      'both of two for one platform are judged',
      index([on('linux/amd64', 'one').build(), on('linux/amd64', 'two').build()]),
      ['linux/amd64'],
      ['linux/amd64 one', 'linux/amd64 two'],
    ],
    ['the same entry twice is judged once', index([amd64, amd64]), 'all', ['linux/amd64 linux-amd64']],
    [
      'attestations are not images',
      index([amd64, attestation(amd64), attestation(amd64, 'artifact')]),
      'all',
      ['linux/amd64 linux-amd64'],
    ],
    [
      'an image behind the mark of an attestation is judged, because runtimes run it',
      index([{ image: amd64, extra: { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } } }]),
      'all',
      ['linux/amd64 linux-amd64'],
    ],
    [
      'an image behind an artifact type is judged',
      index([{ image: amd64, extra: { artifactType: 'application/x' } }]),
      'all',
      ['linux/amd64 linux-amd64'],
    ],
    [
      'an image behind the mark of an attestation and no platform is judged',
      index([{ image: amd64, platform: null, extra: { annotations: { 'vnd.docker.reference.type': 'x' } } }]),
      'all',
      ['linux/amd64 linux-amd64'],
    ],
    [
      'unknown media types are skipped',
      index([amd64, { image: arm64, extra: { mediaType: 'application/vnd.example' } }]),
      'all',
      ['linux/amd64 linux-amd64'],
    ],
    [
      'entries without platform are placed by their configs',
      index([unplaced(amd64), unplaced(arm64)]),
      ['linux/arm64'],
      ['linux/arm64 linux-arm64'],
    ],
    [
      'an entry that names its platform goes before one that does not',
      index([unplaced(on('linux/amd64', 'config').build()), amd64]),
      ['linux/amd64'],
      ['linux/amd64 linux-amd64'],
    ],
    [
      'an entry that does not is taken where none that does fits',
      index([unplaced(amd64), arm64]),
      ['linux/amd64'],
      ['linux/amd64 linux-amd64'],
    ],
    [
      'an entry whose config says nothing is no image',
      index([amd64, unplaced(image().configDocument({ os: '', architecture: '' }).build())]),
      'all',
      ['linux/amd64 linux-amd64'],
    ],
    [
      'an index in an index is opened',
      index([index([amd64]), arm64]),
      'all',
      ['linux/arm64 linux-arm64', 'linux/amd64 linux-amd64'],
    ],
    ['three levels are opened', index([index([index([amd64])])]), 'all', ['linux/amd64 linux-amd64']],
    [
      'the platform of the entry counts, not the architecture in the config',
      index([{ image: on('linux/amd64', 'x').build(), platform: 'linux/arm64' }]),
      'all',
      ['linux/arm64 x'],
    ],
    [
      'another operating system in the config is a contradiction',
      index([{ image: on('windows/amd64').build(), platform: 'linux/amd64' }, arm64]),
      'all',
      ['linux/amd64 integrity/ambiguous', 'linux/arm64 linux-arm64'],
    ],
    [
      'an image that is broken on one platform is judged on the others',
      index([image().configDocument({ Config: {} }).build(), arm64]),
      'all',
      ['linux/amd64 integrity/ambiguous', 'linux/arm64 linux-arm64'],
    ],
    [
      'what is broken and cannot be placed is part of every answer',
      index([unplaced(image().configDocument({ Config: {} }).build()), arm64]),
      ['linux/arm64'],
      ['linux/arm64 linux-arm64', 'none integrity/ambiguous'],
    ],
    [
      'an entry that lies about its kind is a fault of its own',
      index([{ image: index([arm64]), platform: 'linux/arm64', extra: { mediaType: amd64.mediaType } }, amd64]),
      'all',
      ['linux/arm64 integrity/media-type', 'linux/amd64 linux-amd64'],
    ],
    [
      'an entry of another size than announced is a fault of its own',
      index([{ image: arm64, extra: { size: 7 } }, amd64]),
      'all',
      ['linux/arm64 integrity/size', 'linux/amd64 linux-amd64'],
    ],
  ];
  for (const [claim, built, platforms, wanted] of rows) {
    test(claim, async () => {
      assert.deepEqual(judged(await bench(built).ask(':1', platforms)), wanted);
    });
  }

  const faults: readonly (readonly [
    claim: string,
    built: BuiltImage,
    platforms: 'all' | readonly string[],
    code: FaultCode,
  ])[] = [
    ['an empty index', index([]), 'all', 'image/no-platform'],
    ['an index of attestations alone', index([attestation(amd64)]), 'all', 'image/no-platform'],
    ['an index without the platform asked for', every, ['linux/s390x'], 'image/no-platform'],
    ['an index four levels deep', index([index([index([index([amd64])])])]), 'all', 'limit'],
    [
      'more entries than the limit over two levels',
      index([index(new Array(100).fill(amd64)), index(new Array(100).fill(arm64))]),
      'all',
      'limit',
    ],
    [
      'an index in an index that is a manifest',
      index([{ image: amd64, platform: null, extra: { mediaType: index([]).mediaType } }]),
      'all',
      'integrity/media-type',
    ],
  ];
  for (const [claim, built, platforms, code] of faults) {
    test(`${claim} is a fault: ${code}`, async () => {
      assert.equal(faultOf(await bench(built).ask(':1', platforms)), code);
    });
  }

  test('all runnable platforms are named, also those not asked for', async () => {
    const { available } = read(await bench(index([amd64, arm64, attestation(amd64)])).ask(':1', ['linux/arm64']));
    assert.deepEqual(available.map(formatPlatform), ['linux/amd64', 'linux/arm64']);
  });

  test('an index that is named three times is read once', async () => {
    const inner = index([amd64]);
    const outer = index([inner, inner, inner]);
    const { ask, source } = bench(outer);
    assert.deepEqual(judged(await ask()), ['linux/amd64 linux-amd64']);
    assert.equal(source.requests.filter((request) => request === `GET ${inner.digest}`).length, 1);
  });
});

suite('requests', () => {
  const blob = (built: BuiltImage) => `GET blob ${built.config?.digest}`;

  test('a manifest never seen costs the manifest and its config', async () => {
    const { ask, source } = bench(amd64);
    assert.equal(read(await ask()).cache, 'miss');
    assert.deepEqual(source.requests, ['GET 1', blob(amd64)]);
  });

  test('a config that is embedded costs nothing', async () => {
    const config = amd64.config?.bytes ?? Buffer.alloc(0);
    const built = on('linux/amd64')
      .layer([file('a')])
      .configDescriptor({ data: Buffer.from(config).toString('base64') })
      .build();
    const { ask, source } = bench(built);
    assert.deepEqual(judged(await ask()), ['linux/amd64 linux-amd64']);
    assert.deepEqual(source.requests, ['GET 1']);
  });

  test('an index adds its children, all at once', async () => {
    let running = 0;
    let most = 0;
    const { ask, source } = bench(index([amd64, arm64, armv7]), {
      before: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      },
    });
    await ask();
    assert.equal(source.requests.length, 1 + 3 + 3);
    assert.equal(most, 3);
  });

  test('children that are not asked for cost nothing', async () => {
    const { ask, source } = bench(index([amd64, arm64]));
    await ask(':1', ['linux/arm64']);
    assert.deepEqual(source.requests, ['GET 1', `GET ${arm64.digest}`, blob(arm64)]);
  });

  test('a known tag costs one HEAD, a known digest nothing', async () => {
    for (const built of [amd64, index([amd64, arm64])]) {
      const { ask, source } = bench(built);
      await ask();
      const before = source.requests.length;
      assert.equal(read(await ask()).cache, 'revalidated');
      assert.deepEqual(source.requests.slice(before), ['HEAD 1']);
      assert.equal(read(await ask(`@${built.digest}`)).cache, 'hit');
      assert.equal(source.requests.length, before + 1);
    }
  });

  test('a tag that moved to an image with a known child costs no more than what is new', async () => {
    const { ask, source } = bench(index([amd64, arm64]));
    await ask();
    source.retag('1', index([arm64, armv7]));
    const before = source.requests.length;
    await ask();
    assert.deepEqual(source.requests.slice(before), ['GET 1', `GET ${armv7.digest}`, blob(armv7)]);
  });

  test('fifty callers at once read each document once', async () => {
    const { ask, source } = bench(index([amd64, arm64]));
    await Promise.all(Array.from({ length: 50 }, () => ask()));
    for (const request of new Set(source.requests)) {
      const times = source.requests.filter((one) => one === request).length;
      assert.equal(times, request === 'GET 1' ? 50 : 1, request);
    }
  });

  test('facts of another schema are read again', async () => {
    const { ask, source, store } = bench(amd64);
    await ask();
    const known = store.documents.get(amd64.digest);
    assert.ok(known?.kind === 'facts');
    const older = JSON.parse(JSON.stringify(known));
    older.facts.schema = 0;
    store.documents.set(amd64.digest, older);
    await ask();
    assert.deepEqual(source.requests.slice(2), ['GET 1', blob(amd64)]);
  });

  test('what is stored is plain JSON', async () => {
    const { ask, store } = bench(
      index([{ image: amd64, extra: { data: Buffer.from(amd64.bytes).toString('base64') } }]),
    );
    await ask();
    for (const document of store.documents.values()) {
      assert.equal(JSON.stringify(JSON.parse(JSON.stringify(document))), JSON.stringify(document));
      assert.ok(!JSON.stringify(document).includes('"data"'));
    }
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
