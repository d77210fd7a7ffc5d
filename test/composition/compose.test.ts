// What an image is made of: every byte once, what building left behind and how that is known.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { compose } from '../../src/composition/compose.ts';
import type { CompositionCategory, Leftover } from '../../src/composition/composition.ts';
import { summariseTree } from '../../src/layers/tree-summary.ts';
import { file, hardlink, type TarEntry, whiteout } from '../support/tar.ts';
import { type Layers, stackedLayers } from './layer-facts.ts';

const bytes = (path: string, size = 10): TarEntry => file(path, Buffer.alloc(size, path));
const json = (path: string, value: unknown): TarEntry => file(path, JSON.stringify(value));

function composition(layers: Layers, baseLayers = 0) {
  return compose(stackedLayers(layers, baseLayers));
}

/** Category of the one file at a path, among files that documents tell of. */
function categoryOf(path: string, others: readonly TarEntry[] = []): CompositionCategory | undefined {
  const without = composition([others]).categories;
  const changed = composition([[...others, bytes(path)]]).categories.filter(
    ({ files }, index) => files !== without[index]?.files,
  );
  assert.equal(changed.length, 1, `${path} is in one category`);
  return changed[0]?.category;
}

function named(leftovers: readonly Leftover[], name: string): Leftover {
  const found = leftovers.filter((one) => one.name === name);
  assert.equal(found.length, 1, `${name} is in ${leftovers.map((one) => one.name).join(', ')}`);
  return found[0] ?? assert.fail();
}

suite('every byte is in one category', () => {
  const names = fc.constantFrom(
    ...['usr', 'bin', 'lib', 'app', 'src', 'node_modules', 'typescript', '@types', 'node', '.git', 'dist', 'test'],
    ...['.npm', '_cacache', 'go', 'pkg', 'mod', 'share', 'doc', 'include', 'a.ts', 'a.js', 'main.go', 'README.md'],
    ...['package.json', 'site-packages', 'pip', 'gcc', 'local', 'var', 'cache', 'apt', 'target', 'x.a', '__proto__'],
  );
  const path = fc.array(names, { minLength: 1, maxLength: 6 }).map((parts) => `${parts.join('/')}.f`);
  const entry = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(path, fc.nat(2000)).map(([at, size]) => bytes(at, size)) },
    { weight: 1, arbitrary: path.map(whiteout) },
    { weight: 1, arbitrary: path.map((at) => whiteout(at.split('/')[0] ?? '')) },
  );
  const layers = fc.array(fc.array(entry, { maxLength: 20 }), { maxLength: 5 });

  test('whatever the image, and however much of it is base', () => {
    fc.assert(
      fc.property(layers, fc.nat(5), (made, baseLayers) => {
        const input = stackedLayers(made, baseLayers);
        const whole = compose(input);
        const summary = summariseTree(input.tree, input.layers);
        const sum = (of: 'bytes' | 'files' | 'hiddenBytes' | 'hiddenFiles') =>
          whole.categories.reduce((total, one) => total + one[of], 0);
        assert.equal(sum('bytes'), summary.bytes);
        assert.equal(whole.bytes, summary.bytes);
        assert.equal(sum('hiddenBytes'), summary.wastedBytes);
        assert.equal(
          sum('files'),
          summary.layers.reduce((total, { files }) => total + files, 0),
        );
        for (const { layer, bytes: expected } of summary.layers) {
          const parts = whole.categories.flatMap((one) => one.layers.filter((part) => part.layer === layer));
          assert.equal(
            parts.reduce((total, part) => total + part.bytes, 0),
            expected,
          );
        }
        const below = summary.layers.slice(0, baseLayers).reduce((total, one) => total + one.bytes, 0);
        assert.equal(whole.categories[0]?.bytes, below);
      }),
    );
  });

  test('a file with two names counts once', () => {
    assert.equal(composition([[bytes('app/a', 7), hardlink('usr/include/a', 'app/a')]]).bytes, 7);
  });

  test('an estimate says what of the blobs a category is', () => {
    const { categories } = composition([[bytes('app/main', 600), bytes('usr/include/stdio.h', 400)]]);
    const compressed = categories.flatMap((one) => (one.bytes > 0 ? [[one.category, one.compressedBytes]] : []));
    assert.deepEqual(compressed, [
      ['application', 300],
      ['build-tools', 200],
    ]);
  });
});

suite('what a file is part of', () => {
  const built = [json('app/package.json', {}), bytes('app/dist/index.js')];
  const cases: readonly (readonly [path: string, category: CompositionCategory, others?: readonly TarEntry[]])[] = [
    ['app/server', 'application'],
    ['app/main.py', 'application'],
    ['srv/index.php', 'application'],
    ['usr/src/app/index.js', 'application'],
    ['usr/local/bin/shop', 'application'],
    ['usr/local/bin/node', 'runtime-dependencies'],
    ['usr/local/bin/python3.12', 'runtime-dependencies'],
    ['lib/x86_64-linux-gnu/libc.so.6', 'runtime-dependencies'],
    ['etc/passwd', 'runtime-dependencies'],
    ['app/node_modules/express/index.js', 'runtime-dependencies'],
    ['app/node_modules/express/README.md', 'documentation'],
    ['usr/share/doc/bash/copyright', 'documentation'],
    ['app/README.md', 'application'],
    ['app/.git/objects/pack/pack-1.pack', 'version-control'],
    ['app/node_modules/x/.git/HEAD', 'version-control'],
    ['app/.gitignore', 'application'],
    ['app/.github/workflows/ci.yaml', 'application'],
    ['root/.npm/_cacache/content-v2/sha512/00/a', 'package-caches'],
    ['home/node/.npm/_cacache/index-v5/a', 'package-caches'],
    ['root/.cache/pip/http/a', 'package-caches'],
    ['root/.cache/huggingface/model.bin', 'application'],
    ['var/lib/apt/lists/deb_main_Packages', 'package-caches'],
    ['var/cache/apk/APKINDEX.tar.gz', 'package-caches'],
    ['go/pkg/mod/example.com/x@v1.0.0/x.go', 'package-caches'],
    ['root/.m2/repository/a/a.jar', 'package-caches'],
    ['usr/local/lib/ruby/gems/3.2.0/cache/rake.gem', 'package-caches'],
    ['app/target/release/deps/libx.rlib', 'package-caches'],
    ['app/target/release/shop', 'application'],
    ['usr/local/go/bin/go', 'build-tools'],
    ['usr/lib/go-1.22/bin/go', 'build-tools'],
    ['opt/java/openjdk/jmods/java.base.jmod', 'build-tools'],
    ['opt/java/openjdk/lib/src.zip', 'build-tools'],
    ['opt/java/openjdk/lib/modules', 'runtime-dependencies'],
    ['usr/share/dotnet/sdk/8.0.100/csc.dll', 'build-tools'],
    ['usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.0/x.dll', 'runtime-dependencies'],
    ['usr/local/lib/node_modules/npm/lib/npm.js', 'build-tools'],
    ['usr/local/lib/python3.12/site-packages/pip/__init__.py', 'build-tools'],
    ['usr/local/lib/python3.12/site-packages/pip-24.0.dist-info/RECORD', 'build-tools'],
    ['usr/local/lib/python3.12/site-packages/pipdeptree/x.py', 'runtime-dependencies'],
    ['usr/local/lib/python3.12/site-packages/flask/app.py', 'runtime-dependencies'],
    ['opt/venv/lib/python3.12/site-packages/flask/app.py', 'runtime-dependencies'],
    ['usr/include/stdio.h', 'build-tools'],
    ['usr/local/include/c++/14/vector', 'build-tools'],
    ['usr/local/include/node/v8.h', 'runtime-dependencies'],
    ['usr/local/include/python3.12/Python.h', 'runtime-dependencies'],
    ['usr/local/include/ruby-3.3.0/ruby.h', 'runtime-dependencies'],
    ['usr/include/node/v8.h', 'runtime-dependencies'],
    ['usr/include/iproute2/bpf_elf.h', 'runtime-dependencies'],
    ['opt/venv/include/site/python3.12/greenlet/greenlet.h', 'runtime-dependencies'],
    ['usr/local/lib/pkgconfig/python-3.12.pc', 'runtime-dependencies'],
    ['usr/share/pkgconfig/systemd.pc', 'runtime-dependencies'],
    ['usr/share/cmake/bash-completion/bash-completion-config.cmake', 'runtime-dependencies'],
    ['usr/share/cmake-3.25/Modules/FindZLIB.cmake', 'build-tools'],
    ['usr/local/lib/python3.12/site-packages/numpy/_core/lib/pkgconfig/numpy.pc', 'runtime-dependencies'],
    ['usr/local/lib/python3.12/config-3.12-x86_64-linux-gnu/python.o', 'runtime-dependencies'],
    ['root/.pyenv/versions/3.12.1/lib/python3.12/config-3.12-x86_64-linux-gnu/libpython3.12.a', 'build-tools'],
    ['usr/lib/python3.11/test/support/__init__.py', 'runtime-dependencies'],
    ['usr/local/lib/python3.12/test/test_ssl.py', 'source'],
    ['usr/lib/jvm/java-17-openjdk-amd64/bin/jpackage', 'runtime-dependencies'],
    ['usr/lib/jvm/java-17-openjdk-amd64/lib/ct.sym', 'runtime-dependencies'],
    ['usr/lib/jvm/java-17-openjdk-amd64/bin/javac', 'build-tools'],
    ['usr/share/maven-repo/org/slf4j/slf4j-api/1.7.32/slf4j-api-1.7.32.pom', 'runtime-dependencies'],
    ['usr/share/maven-3.9/lib/maven-core.jar', 'build-tools'],
    ['usr/lib/x86_64-linux-gnu/ImageMagick-6.9.11/modules-Q16/coders/png.la', 'runtime-dependencies'],
    ['usr/lib/google-cloud-sdk/lib/itcl4.2.4/libitclstub4.2.4.a', 'runtime-dependencies'],
    ['usr/bin/gcc', 'build-tools'],
    ['bin/apt-get', 'build-tools'],
    ['usr/lib/x86_64-linux-gnu/libz.a', 'build-tools'],
    ['app/lib/data.a', 'application'],
    ['app/main.go', 'source'],
    ['srv/jre/bin/java', 'application'],
    ['data/c', 'application'],
    ['app/src/main.rs', 'source'],
    ['usr/src/app/Main.java', 'source'],
    ['app/src/index.ts', 'application'],
    ['app/src/index.ts', 'source', built],
    ['app/dist/index.d.ts', 'application', built],
    ['app/src/index.js', 'application', built],
    ['app/node_modules/x/index.ts', 'runtime-dependencies', built],
    ['app/test/index.test.js', 'source', built],
    ['data/test/index.test.js', 'application', built],
  ];
  for (const [path, category, others] of cases) {
    test(`${path} is ${category}${others === undefined ? '' : ' in a built project'}`, () => {
      assert.equal(categoryOf(path, others), category);
    });
  }
});

test('a directory is not within another whose name it begins with', () => {
  const { categories } = composition([
    [bytes('app/.git/HEAD', 3), bytes('app/.github/ci.yaml', 4), bytes('app/.git/config', 5)],
  ]);
  assert.deepEqual(
    categories.flatMap((one) => (one.bytes > 0 ? [[one.category, one.bytes]] : [])),
    [
      ['application', 4],
      ['version-control', 8],
    ],
  );
});

suite('packages of distributions', () => {
  const status = file(
    'var/lib/dpkg/status',
    'Package: gcc-12\nStatus: install ok installed\nVersion: 12.2.0-14\n\nPackage: libc6\nStatus: install ok installed\nVersion: 2.36\n',
  );
  const list = file('var/lib/dpkg/info/gcc-12.list', '/.\n/usr\n/usr/bin\n/usr/bin/oddly-named\n/lib\n/lib/helper\n');

  test('files are of the package that dpkg says, by either name of a merged directory', () => {
    const { leftovers } = composition([[status, list, bytes('usr/bin/oddly-named', 5), bytes('usr/lib/helper', 6)]]);
    const { category, ecosystem, version, evidence, paths, bytes: sum } = named(leftovers, 'gcc-12');
    assert.deepEqual(
      { category, ecosystem, version, evidence, paths, sum },
      {
        category: 'compiler',
        ecosystem: 'c',
        version: '12.2.0-14',
        evidence: 'dpkg package gcc-12 12.2.0-14',
        paths: ['usr/bin/oddly-named', 'usr/lib/helper'],
        sum: 11,
      },
    );
  });

  test('files are of their package also where their directory tells something, but not in caches and repositories', () => {
    const owned = file('var/lib/dpkg/info/gcc-12.list', '/usr/include/x.h\n/var/cache/apt/x\n/opt/.git/x\n');
    const { leftovers } = composition([
      [status, owned, bytes('usr/include/x.h'), bytes('var/cache/apt/x'), bytes('opt/.git/x')],
    ]);
    assert.deepEqual(leftovers.map(({ name }) => name).sort(), ['apt cache', 'gcc-12', 'git repository']);
  });

  test('what a later layer removes is still downloaded', () => {
    const { leftovers } = composition([
      [status, list, bytes('usr/bin/oddly-named', 5)],
      [whiteout('usr/bin/oddly-named'), whiteout('var/lib/dpkg/info/gcc-12.list'), file('var/lib/dpkg/status', '')],
    ]);
    const { isHidden, layers } = named(leftovers, 'gcc-12');
    assert.deepEqual([isHidden, layers], [true, [0]]);
  });

  test('what two layers have is shown once', () => {
    const layers = [[status, list, bytes('usr/bin/oddly-named', 5)], [bytes('usr/bin/oddly-named', 6)]];
    const { paths, files, bytes: sum } = named(composition(layers).leftovers, 'gcc-12');
    assert.deepEqual({ paths, files, sum }, { paths: ['usr/bin/oddly-named'], files: 2, sum: 11 });
  });

  test('what the base has is said to be in the base', () => {
    const layers = [[status, list, bytes('usr/bin/oddly-named')], [bytes('usr/local/go/bin/go')]];
    const { leftovers } = composition(layers, 1);
    assert.deepEqual(leftovers.map(({ name, inBase }) => [name, inBase]).sort(), [
      ['Go toolchain', false],
      ['gcc-12', true],
    ]);
  });

  test('apk says the files of its packages itself', () => {
    const installed = file(
      'lib/apk/db/installed',
      'P:musl\nV:1.2.4-r2\nF:lib\nR:ld-musl-x86_64.so.1\n\nP:make\nV:4.4.1-r1\nF:usr/bin\nR:make\nF:usr/share/make\nR:x\n\n',
    );
    const { leftovers } = composition([
      [installed, bytes('usr/bin/make'), bytes('usr/share/make/x'), bytes('lib/ld-musl-x86_64.so.1')],
    ]);
    const { evidence, files } = named(leftovers, 'make');
    assert.deepEqual([evidence, files, leftovers.length], ['apk package make 4.4.1-r1', 2, 1]);
  });
});

suite('development packages', () => {
  const typescript = bytes('app/node_modules/typescript/lib/tsc.js', 50);
  const express = bytes('app/node_modules/express/index.js', 20);
  const lock = (dev: boolean) => ({
    lockfileVersion: 3,
    packages: {
      '': { devDependencies: { typescript: '5' } },
      'node_modules/typescript': { version: '5.4.5', ...(dev && { dev }) },
      'node_modules/express': { version: '4.0.0' },
    },
  });

  test('are those that the lock file says', () => {
    const { leftovers } = composition([
      [json('app/package.json', {}), json('app/package-lock.json', lock(true)), typescript, express],
    ]);
    const { category, ecosystem, version, evidence, bytes: sum } = named(leftovers, 'typescript');
    assert.deepEqual(
      { category, ecosystem, version, evidence, sum },
      {
        category: 'dev-dependencies',
        ecosystem: 'node',
        version: '5.4.5',
        evidence: 'a dev dependency of /app/package.json by /app/package-lock.json',
        sum: 50,
      },
    );
    assert.equal(leftovers.length, 1);
  });

  test('are not guessed by name where the lock file says that they are needed', () => {
    const layers = [[json('app/package-lock.json', lock(false)), typescript, express]];
    assert.deepEqual(composition(layers).leftovers, []);
  });

  test('are those that npm says it installed, whatever the project asks for', () => {
    const { leftovers } = composition([
      [json('app/package-lock.json', lock(false)), json('app/node_modules/.package-lock.json', lock(true)), typescript],
    ]);
    assert.match(named(leftovers, 'typescript').evidence, /by \/app\/node_modules\/\.package-lock\.json$/);
  });

  test('that a later layer prunes are those of the layer that has them', () => {
    const pruned = { lockfileVersion: 3, packages: { 'node_modules/express': { version: '4.0.0' } } };
    const { leftovers } = composition([
      [json('app/package-lock.json', lock(true)), json('app/node_modules/.package-lock.json', lock(true)), typescript],
      [json('app/node_modules/.package-lock.json', pruned), whiteout('app/node_modules/typescript')],
    ]);
    assert.equal(named(leftovers, 'typescript').isHidden, true);
  });

  test('are judged by what their own layer says', () => {
    const { leftovers } = composition([
      [json('app/package-lock.json', lock(false)), typescript],
      [json('app/package-lock.json', lock(true)), typescript],
    ]);
    const { layers, files } = named(leftovers, 'typescript');
    assert.deepEqual([layers, files], [[1], 1]);
  });

  test('of a project at the root are judged by what their own layer says as well', () => {
    const quay = bytes('node_modules/quay/x.js');
    const dev = { packages: { 'node_modules/quay': { version: '1.0.0', dev: true } } };
    const { leftovers } = composition([
      [json('package-lock.json', { packages: { 'node_modules/quay': { version: '1.0.0' } } }), quay],
      [json('package-lock.json', dev), quay],
    ]);
    assert.deepEqual(named(leftovers, 'quay').layers, [1]);
  });

  test('are judged by the first lock file above them where they came before it', () => {
    const later = { packages: { 'node_modules/quay': { version: '1.0.0', dev: true } } };
    const { leftovers } = composition([
      [bytes('app/node_modules/quay/x.js'), express],
      [json('app/package-lock.json', later)],
    ]);
    assert.deepEqual(
      leftovers.map(({ name, layers }) => [name, layers]),
      [['quay', [0]]],
    );
  });

  test('of a workspace are told by the lock file above it', () => {
    const nested = {
      lockfileVersion: 3,
      packages: { 'packages/a/node_modules/jest': { version: '29.0.0', dev: true } },
    };
    const { leftovers } = composition([
      [
        json('app/package-lock.json', nested),
        json('app/packages/a/package.json', { dependencies: { jest: '29' } }),
        bytes('app/packages/a/node_modules/jest/index.js'),
      ],
    ]);
    assert.equal(named(leftovers, 'jest').version, '29.0.0');
  });

  test('are those of the manifest where there is no lock file, unless it needs them as well', () => {
    const manifest = { dependencies: { express: '4' }, devDependencies: { typescript: '5', express: '4' } };
    const { leftovers } = composition([[json('app/package.json', manifest), typescript, express]]);
    assert.deepEqual(
      leftovers.map(({ name, evidence }) => [name, evidence]),
      [['typescript', 'a dev dependency of /app/package.json by /app/package.json']],
    );
  });

  test('are known by their names where nothing tells', () => {
    const types = bytes('srv/node_modules/@types/node/index.d.ts');
    assert.deepEqual(
      composition([
        [bytes('srv/node_modules/typescript/x.js', 20), types, bytes('srv/node_modules/express/x.js')],
      ]).leftovers.map(({ name }) => name),
      ['typescript', '@types/node'],
    );
  });

  test('of yarn are those that nothing needs but development', () => {
    const yarn = file(
      'app/yarn.lock',
      [
        '# yarn lockfile v1',
        'express@^4:\n  version "4.0.0"\n  dependencies:\n    debug "^2"',
        'debug@^2:\n  version "2.0.0"',
        'typescript@^5:\n  version "5.4.5"\n  dependencies:\n    debug "^2"\n    tslib "^2"',
        'tslib@^2:\n  version "2.0.0"',
      ].join('\n\n'),
    );
    const manifest = json('app/package.json', {
      dependencies: { express: '^4' },
      devDependencies: { typescript: '^5' },
    });
    const tslib = bytes('app/node_modules/tslib/x.js');
    const debug = bytes('app/node_modules/debug/x.js');
    const { leftovers } = composition([[yarn, manifest, typescript, express, tslib, debug]]);
    assert.deepEqual(
      leftovers.map(({ name, version }) => [name, version]),
      [
        ['typescript', '5.4.5'],
        ['tslib', '2.0.0'],
      ],
    );
  });

  test('of pnpm lie in directories with their versions', () => {
    const pnpm = file(
      'app/node_modules/.pnpm/lock.yaml',
      [
        "lockfileVersion: '9.0'",
        'importers:\n  .:\n    dependencies:\n      express:\n        specifier: ^4\n        version: 4.0.0',
        "    devDependencies:\n      '@types/node':\n        specifier: ^20\n        version: 20.0.0(peer@1.0.0)",
        "packages:\n  express@4.0.0:\n    resolution: {integrity: x}\n  '@types/node@20.0.0':\n    resolution: {integrity: x}",
        "snapshots:\n  express@4.0.0: {}\n  '@types/node@20.0.0(peer@1.0.0)':\n    dependencies:\n      undici-types: 5.0.0\n  undici-types@5.0.0: {}",
      ].join('\n\n'),
    );
    const inStore = (id: string, name: string) => bytes(`app/node_modules/.pnpm/${id}/node_modules/${name}/x.js`);
    const { leftovers } = composition([
      [
        pnpm,
        inStore('@types+node@20.0.0_peer@1.0.0', '@types/node'),
        inStore('undici-types@5.0.0', 'undici-types'),
        inStore('express@4.0.0', 'express'),
      ],
    ]);
    assert.deepEqual(leftovers.map(({ name }) => name).sort(), ['@types/node', 'undici-types']);
  });

  test('of Python lie where Python keeps packages, and are written in more than one way', () => {
    const lock = json('app/Pipfile.lock', {
      _meta: {},
      default: { flask: { version: '==3.0.0' } },
      develop: { 'Flask-Testing': { version: '==0.8.1' }, flask: { version: '==3.0.0' } },
    });
    const at = (name: string) => bytes(`opt/venv/lib/python3.12/site-packages/${name}/x.py`);
    const { leftovers } = composition([
      [lock, at('flask_testing'), at('Flask_Testing-0.8.1.dist-info'), at('flask'), at('pytest')],
    ]);
    assert.deepEqual(
      leftovers.map(({ name, version, files }) => [name, version, files]),
      [['Flask-Testing', '0.8.1', 2]],
    );
  });

  test('of Ruby and PHP are told by the Gemfile and by what Composer installed', () => {
    const { leftovers } = composition([
      [
        file('app/Gemfile', "gem 'rails'\ngroup :development, :test do\n  gem 'rspec'\n  gem 'rails'\nend\n"),
        bytes('usr/local/bundle/gems/rspec-3.12.0/lib/rspec.rb'),
        bytes('usr/local/bundle/gems/rails-7.0.0/lib/rails.rb'),
        json('srv/vendor/composer/installed.json', {
          packages: [{ name: 'phpunit/phpunit', version: '10.0.0' }],
          'dev-package-names': ['phpunit/phpunit'],
        }),
        bytes('srv/vendor/phpunit/phpunit/x.php'),
        bytes('srv/vendor/monolog/monolog/x.php'),
      ],
    ]);
    assert.deepEqual(leftovers.map(({ ecosystem, name }) => [ecosystem, name]).sort(), [
      ['php', 'phpunit/phpunit'],
      ['ruby', 'rspec'],
    ]);
  });

  test('are none that Ruby brings along, and none that a gem was tested with', () => {
    const groups = "group :development do\n  gem 'debug'\n  gem 'rake'\nend\n";
    const { leftovers } = composition([
      [
        file('app/Gemfile', groups),
        file('usr/lib/ruby/gems/3.1.0/gems/net-pop-0.1.1/Gemfile', "gem 'rails', group: :test\n"),
        bytes('usr/local/lib/ruby/gems/3.3.0/gems/debug-1.9.2/lib/debug.rb'),
        bytes('usr/local/bundle/gems/rake-13.2.1/lib/rake.rb'),
        bytes('usr/local/bundle/gems/rails-7.0.0/lib/rails.rb'),
      ],
    ]);
    assert.deepEqual(
      leftovers.map(({ name, paths }) => [name, paths]),
      [['rake', ['usr/local/bundle/gems/rake-13.2.1/lib/rake.rb']]],
    );
  });

  test('are told together where they are very many', () => {
    const packages = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`node_modules/p${index}`, { version: '1.0.0', dev: true }]),
    );
    const files = Object.keys(packages).map((path, index) => bytes(`app/${path}/x.js`, 100 - index));
    const { leftovers, categories } = composition([[json('app/package-lock.json', { packages }), ...files]]);
    assert.deepEqual(
      [leftovers.length, leftovers.find(({ members }) => members === 20)?.name],
      [41, 'p40 and 19 more'],
    );
    assert.equal(
      leftovers.reduce((sum, one) => sum + one.bytes, 0),
      categories.find(({ category }) => category === 'dev-dependencies')?.bytes,
    );
  });
});

test('a document that cannot be read is said to be unread', () => {
  const { unread } = composition([[file('app/package-lock.json', '{"lock'), file('etc/passwd', 'x'.repeat(70_000))]]);
  assert.deepEqual(unread, [{ layer: 0, path: 'app/package-lock.json', reason: 'unreadable' }]);
});

test('facts of an image are small, whatever its paths and documents', () => {
  const deep = `${'d'.repeat(90)}/`.repeat(40);
  const broken = Array.from({ length: 60 }, (_, index) => file(`${index}/package.json`, '{'));
  const { leftovers, unread } = composition([[bytes(`${deep}.git/HEAD`), file(`${deep}package.json`, '{'), ...broken]]);
  assert.deepEqual(
    leftovers.map(({ paths, evidence }) => [paths[0]?.length, evidence.length]),
    [[1024, 400]],
  );
  assert.deepEqual([unread.length, unread[0]?.path.length], [50, 1024]);
});
