// What a multi-stage build would save: sums that agree with the composition, and advice for every leftover.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { adviceFor } from '../../src/composition/advice-table.ts';
import { compose } from '../../src/composition/compose.ts';
import type { Ecosystem, LeftoverCategory } from '../../src/composition/composition.ts';
import { savingsOf } from '../../src/composition/savings.ts';
import { file, whiteout } from '../support/tar.ts';
import { type Layers, stackedLayers } from './layer-facts.ts';

const bytes = (path: string, size: number) => file(path, Buffer.alloc(size, 'x'));
const savings = (layers: Layers, baseLayers = 0) => savingsOf(compose(stackedLayers(layers, baseLayers)));

suite('savingsOf', () => {
  test('a single stage would save its toolchain, source and caches', () => {
    const {
      bytes: sum,
      compressedBytes,
      categories,
      advice,
    } = savings([
      [
        bytes('usr/local/go/bin/go', 700),
        bytes('src/main.go', 20),
        bytes('root/.cache/go-build/a', 80),
        bytes('app', 200),
      ],
    ]);
    assert.deepEqual([sum, compressedBytes], [800, 400]);
    assert.deepEqual(
      categories.map((one) => [one.category, one.bytes]),
      [
        ['build-tools', 700],
        ['source', 20],
        ['package-caches', 80],
      ],
    );
    assert.deepEqual(
      advice.map(({ where, category, names }) => [where, category, names]),
      [
        ['image', 'compiler', ['Go toolchain']],
        ['image', 'cache', ['Go build cache']],
        ['image', 'source', ['Go source']],
      ],
    );
    assert.match(advice[0]?.dockerfile.join('\n') ?? '', /CGO_ENABLED=0 go build.*FROM scratch\n.*COPY --from=build/s);
  });

  test('an application alone would save nothing', () => {
    assert.deepEqual(savings([[bytes('app', 5)]]), {
      bytes: 0,
      compressedBytes: 0,
      categories: [],
      hidden: { bytes: 0, compressedBytes: 0 },
      inBase: { bytes: 0, compressedBytes: 0 },
      advice: [],
    });
  });

  test('what the final stage would have as well is not saved', () => {
    const { bytes: sum } = savings([[bytes('usr/share/doc/bash/README', 70), bytes('usr/bin/bash', 30)]]);
    assert.equal(sum, 0);
  });

  test('copies that a later layer hides are saved once', () => {
    const { bytes: sum, hidden } = savings([
      [bytes('app', 100), bytes('usr/include/a.h', 60)],
      [bytes('app', 100), whiteout('usr/include')],
    ]);
    assert.deepEqual([sum, hidden.bytes], [160, 100]);
  });

  test('what the base has is saved by another base, and is not in the sum', () => {
    const { bytes: sum, inBase, advice } = savings([[bytes('usr/bin/gcc', 300)], [bytes('app', 5)]], 1);
    assert.deepEqual([sum, inBase.bytes, advice.map(({ where }) => where)], [0, 300, ['base']]);
    assert.match(advice[0]?.text ?? '', /smaller/);
  });

  test('what a later layer removes is better removed in the same RUN', () => {
    const { advice } = savings([[bytes('var/lib/apt/lists/a', 300)], [whiteout('var/lib/apt/lists')]]);
    assert.deepEqual(
      advice.map(({ where }) => where),
      ['hidden'],
    );
    assert.match(advice[0]?.text ?? '', /in the RUN that brings it/);
    assert.match(advice[0]?.dockerfile[0] ?? '', /^RUN apt-get update && .* rm -rf/);
  });
});

suite('adviceFor', () => {
  const cases: readonly (readonly [LeftoverCategory, Ecosystem, RegExp])[] = [
    ['dev-dependencies', 'node', /npm ci --omit=dev/],
    ['cache', 'node', /--mount=type=cache,target=\/root\/\.npm/],
    ['compiler', 'rust', /cargo build --release/],
    ['compiler', 'java', /-jre/],
    ['package-manager', 'java', /-jre/],
    ['compiler', 'dotnet', /dotnet publish/],
    ['cache', 'python', /--no-cache-dir/],
    ['package-manager', 'python', /COPY --from=build \/venv/],
    ['compiler', 'python', /COPY --from=build \/venv/],
    ['dev-dependencies', 'ruby', /without 'development test'/],
    ['dev-dependencies', 'php', /--no-dev/],
    ['cache', 'debian', /&& apt-get clean && rm -rf \/var\/lib\/apt\/lists\/\*/],
    ['cache', 'alpine', /apk add --no-cache/],
    ['cache', 'rpm', /dnf clean all/],
    ['package-manager', 'debian', /distroless/],
    ['vcs', 'any', /\.dockerignore/],
    ['compiler', 'c', /COPY --from=build/],
    ['source', 'c', /COPY --from=build/],
    ['cache', 'c', /--mount=type=cache/],
  ];
  for (const [category, ecosystem, expected] of cases) {
    test(`${category} of ${ecosystem}`, () => {
      const { text, dockerfile } = adviceFor(category, ecosystem);
      assert.match(dockerfile.join('\n'), expected);
      assert.match(text, /^[^A-Z].*[^.]$/s);
    });
  }
});
