// Platforms: containerd's normalisation, what fits what, and which of several a node would run.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../src/base/fault.ts';
import {
  formatPlatform,
  isUnknownPlatform,
  normalisePlatform,
  parsePlatform,
  platformMatches,
  preferredOn,
  samePlatform,
} from '../../src/oci/platform.ts';

suite('parsePlatform', () => {
  const normalised: readonly (readonly [written: string, means: string])[] = [
    ['linux/amd64', 'linux/amd64'],
    ['Linux/AMD64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['linux/x86-64/v1', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['linux/i386', 'linux/386'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm64/8', 'linux/arm64'],
    ['linux/arm64/v8.0', 'linux/arm64'],
    ['linux/arm64/9', 'linux/arm64/v9'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/6', 'linux/arm/v6'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/armel', 'linux/arm/v6'],
    ['macos/arm64', 'darwin/arm64'],
    ['linux/riscv64', 'linux/riscv64'],
    ['windows(10.0.17763.5206)/amd64', 'windows(10.0.17763.5206)/amd64'],
  ];
  for (const [written, means] of normalised) {
    test(`${written} is ${means}`, () => {
      assert.equal(formatPlatform(parsePlatform(written)), means);
      assert.deepEqual(parsePlatform(means), parsePlatform(written));
    });
  }

  for (const bad of [
    '',
    'linux',
    'linux/',
    '/amd64',
    'linux/amd64/v1/x',
    'linux/am d64',
    'linux/amd64\n',
    `linux/${'a'.repeat(300)}`,
  ]) {
    test(`refuses ${JSON.stringify(bad.slice(0, 20))}`, () => {
      assert.throws(
        () => parsePlatform(bad),
        (thrown) => thrown instanceof Fault && thrown.code === 'usage',
      );
    });
  }
});

suite('normalisePlatform', () => {
  test('parts that are left out are unknown, never those of this machine', () => {
    assert.deepEqual(normalisePlatform({ os: '', architecture: undefined }), {
      os: 'unknown',
      architecture: 'unknown',
    });
    assert.ok(isUnknownPlatform(normalisePlatform({})));
    assert.ok(!isUnknownPlatform(normalisePlatform({ os: 'linux' })));
  });

  test('what no platform is called counts as left out', () => {
    const parts = { os: 'li\u001bnux', architecture: 'amd64(x)', variant: 'v1/v2', osVersion: '1 2' };
    assert.deepEqual(normalisePlatform(parts), { os: 'unknown', architecture: 'unknown' });
  });

  test('whatever the parts, the text of a platform is read back unchanged', () => {
    const part = fc.option(fc.oneof(fc.string(), fc.constantFrom('linux', 'arm', 'ARM64', 'v8', '7', 'x86_64')), {
      nil: undefined,
    });
    const parts = fc.record({ os: part, architecture: part, variant: part, osVersion: part });
    fc.assert(
      fc.property(parts, (written) => {
        const platform = normalisePlatform(written);
        assert.deepEqual(parsePlatform(formatPlatform(platform)), platform);
      }),
    );
  });
});

suite('platformMatches', () => {
  const rows: readonly (readonly [wanted: string, offered: string, fits: boolean])[] = [
    ['linux/amd64', 'linux/amd64', true],
    ['linux/amd64', 'linux/amd64/v3', true],
    ['linux/amd64/v2', 'linux/amd64', true],
    ['linux/amd64/v2', 'linux/amd64/v3', false],
    ['linux/amd64', 'linux/386', false],
    ['linux/amd64', 'linux/arm64', false],
    ['linux/amd64', 'windows/amd64', false],
    ['linux/arm/v7', 'linux/arm/v6', true],
    ['linux/arm/v6', 'linux/arm/v7', false],
    ['linux/arm64', 'linux/arm64/v9', true],
    ['linux/arm64/v9', 'linux/arm64', true],
    ['linux/arm64/v8.2', 'linux/arm64/v8.5', false],
    ['windows/amd64', 'windows(10.0.20348.1)/amd64', true],
    ['windows(10.0.20348.9)/amd64', 'windows(10.0.20348.1)/amd64', true],
    ['windows(10.0.17763.1)/amd64', 'windows(10.0.20348.1)/amd64', false],
  ];
  for (const [wanted, offered, fits] of rows) {
    test(`${offered} ${fits ? 'fits' : 'does not fit'} ${wanted}`, () => {
      assert.equal(platformMatches(parsePlatform(wanted), parsePlatform(offered)), fits);
    });
  }
});

suite('preferredOn', () => {
  const rows: readonly (readonly [
    claim: string,
    wanted: string,
    offered: readonly string[],
    chosen: readonly string[],
  ])[] = [
    ['takes the architecture asked for', 'linux/amd64', ['linux/arm64', 'linux/amd64'], ['linux/amd64']],
    [
      'keeps every level where the level is not known',
      'linux/amd64',
      ['linux/amd64', 'linux/amd64/v3'],
      ['linux/amd64', 'linux/amd64/v3'],
    ],
    ['keeps both of two equal entries', 'linux/amd64', ['linux/amd64', 'linux/amd64'], ['linux/amd64', 'linux/amd64']],
    [
      'takes the highest variant that fits',
      'linux/arm/v7',
      ['linux/arm/v5', 'linux/arm/v7', 'linux/arm/v6'],
      ['linux/arm/v7'],
    ],
    ['takes a lower variant when it must', 'linux/arm/v6', ['linux/arm/v5', 'linux/arm/v7'], ['linux/arm/v5']],
    ['falls back to 386 on amd64', 'linux/amd64', ['linux/386', 'linux/arm64'], ['linux/386']],
    ['falls back to the best 32-bit arm on arm64', 'linux/arm64', ['linux/arm/v6', 'linux/arm/v7'], ['linux/arm/v7']],
    ['does not fall back while there is better', 'linux/arm64', ['linux/arm/v7', 'linux/arm64'], ['linux/arm64']],
    ['takes nothing when nothing fits', 'linux/s390x', ['linux/amd64'], []],
  ];
  for (const [claim, wanted, offered, chosen] of rows) {
    test(claim, () => {
      const entries = offered.map((text) => ({ platform: parsePlatform(text) }));
      const picked = preferredOn(parsePlatform(wanted), entries);
      assert.deepEqual(
        picked.map((entry) => formatPlatform(entry.platform)),
        chosen,
      );
    });
  }

  test('two spellings of one platform are the same', () => {
    assert.ok(samePlatform(parsePlatform('linux/arm64/v8'), parsePlatform('linux/aarch64')));
  });
});
