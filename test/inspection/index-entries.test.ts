// Indexes: which entries are images, which of them a selection of platforms means, and what cannot be judged.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { FaultCode } from '../../src/base/fault.ts';
import { formatPlatform } from '../../src/oci/platform.ts';
import { attestation, type BuiltImage, image, index } from '../support/image.ts';
import { amd64, arm64, armv7, bench, faultOf, judged, on, read, windows } from './inspect-bench.ts';

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
