// The records of package managers: what is kept of them, and that nothing else is.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { buildPackageOf } from '../../../src/layers/packaging/build-packages.ts';
import { packagingReaderFor } from '../../../src/layers/packaging/packaging-readers.ts';

function read(path: string, content: string | Uint8Array): unknown {
  const reader = packagingReaderFor(path);
  assert.ok(reader !== undefined, `${path} is a document`);
  return reader.parse(typeof content === 'string' ? Buffer.from(content) : content);
}

suite('what is a document', () => {
  const cases: readonly (readonly [path: string, isDocument: boolean])[] = [
    ['etc/os-release', true],
    ['app/etc/os-release', false],
    ['var/lib/dpkg/status', true],
    ['var/lib/dpkg/status-old', false],
    ['var/lib/dpkg/status.d/tzdata', true],
    ['var/lib/dpkg/status.d/tzdata.md5sums', false],
    ['var/lib/dpkg/info/libc6-dev:amd64.list', true],
    ['var/lib/dpkg/info/libc6:amd64.list', false],
    ['var/lib/dpkg/info/gcc-12.md5sums', false],
    ['lib/apk/db/installed', true],
    ['usr/lib/apk/db/installed', true],
    ['var/lib/rpm/rpmdb.sqlite', true],
    ['usr/lib/sysimage/rpm/rpmdb.sqlite', true],
    ['var/lib/rpm/Packages', true],
    ['var/lib/rpm/Packages.db', true],
    ['usr/lib/sysimage/rpm/Packages.db', true],
    ['usr/share/rpm/Packages', true],
    ['var/lib/rpm/Name', false],
    ['app/Packages', false],
    ['app/rpmdb.sqlite', false],
    ['app/package.json', true],
    ['package.json', true],
    ['app/node_modules/x/package.json', false],
    ['usr/local/lib/node_modules/npm/package.json', true],
    ['usr/local/lib/node_modules/npm/node_modules/x/package.json', false],
    ['app/package-lock.json', true],
    ['app/node_modules/x/package-lock.json', false],
    ['app/node_modules/.package-lock.json', true],
    ['app/node_modules/x/node_modules/.package-lock.json', false],
    ['app/yarn.lock', true],
    ['app/node_modules/.pnpm/lock.yaml', true],
    ['app/lock.yaml', false],
    ['app/vendor/composer/installed.json', true],
    ['app/installed.json', false],
    ['app/Gemfile', true],
    ['usr/local/bundle/gems/net-pop-0.1.1/Gemfile', false],
    ['usr/lib/ruby/3.1.0/bundler/templates/Gemfile', false],
    ['app/poetry.lock', true],
    ['opt/venv/lib/python3.12/site-packages/x/poetry.lock', false],
  ];
  for (const [path, isDocument] of cases) {
    test(`${path} is ${isDocument ? 'one' : 'none'}`, () => {
      assert.equal(packagingReaderFor(path) !== undefined, isDocument);
    });
  }
});

suite('what is kept of a document', () => {
  const json = (value: unknown) => JSON.stringify(value);
  const cases: readonly (readonly [claim: string, path: string, content: string, expected: unknown])[] = [
    [
      'the release of a distribution',
      'etc/os-release',
      'NAME="x"\nID=alpine\r\nVERSION_ID=\'3.20.1\'\nPRETTY_NAME="Alpine Linux v3.20"\n',
      { kind: 'os-release', release: { id: 'alpine', versionId: '3.20.1', prettyName: 'Alpine Linux v3.20' } },
    ],
    ['nothing of a release without a name', 'etc/os-release', 'NAME=x\n', undefined],
    [
      'installed packages that building needs, and not those that were removed',
      'var/lib/dpkg/status',
      [
        'Package: make\nStatus: install ok installed\nVersion: 4.3\nDescription: x\n Package: y',
        'Package: cmake\nStatus: deinstall ok config-files\nVersion: 3',
        'Package: bash\nStatus: install ok installed\nVersion: 5\n',
      ].join('\n\n'),
      { kind: 'package-database', manager: 'dpkg', installed: 2, packages: [{ name: 'make', version: '4.3' }] },
    ],
    [
      'the one package of a file of distroless',
      'var/lib/dpkg/status.d/gcc',
      'Package: gcc-12\nVersion: 12.2',
      { kind: 'package-database', manager: 'dpkg', installed: 1, packages: [{ name: 'gcc-12', version: '12.2' }] },
    ],
    ['nothing of what is no database', 'var/lib/dpkg/status', 'hello\n', undefined],
    [
      'an empty database',
      'var/lib/dpkg/status',
      '',
      { kind: 'package-database', manager: 'dpkg', installed: 0, packages: [] },
    ],
    [
      'the files of a package, without its directories',
      'var/lib/dpkg/info/make.list',
      '/.\n/usr\n/usr/bin\n/usr/bin/make\n/usr/bin/make-x\n/usr/share\n/usr/share/y\n',
      { kind: 'package-files', files: 'usr/bin/make\nusr/bin/make-x\nusr/share/y\n' },
    ],
    [
      'packages and files of apk',
      'lib/apk/db/installed',
      'C:Q1\nP:musl\nV:1\nF:lib\nR:x\n\nP:gcc\nV:13.2-r1\nF:\nR:top\nF:usr/bin\nM:0:0:755\nR:gcc\na:0:0:755\nR:cc\n\n',
      {
        kind: 'package-database',
        manager: 'apk',
        installed: 2,
        packages: [{ name: 'gcc', version: '13.2-r1', files: 'top\nusr/bin/gcc\nusr/bin/cc\n' }],
      },
    ],
    [
      'names of a manifest, and none of its addresses, scripts and tokens',
      'app/package.json',
      json({
        version: '1.0.0',
        scripts: { build: 'secret' },
        dependencies: { a: 'git+https://token@example.com/a' },
        optionalDependencies: { b: '1' },
        peerDependencies: { c: '1' },
        devDependencies: { d: '1', 'two words': '1' },
      }),
      { kind: 'package-manifest', version: '1.0.0', dependencies: ['a', 'b', 'c'], devDependencies: ['d'] },
    ],
    [
      'a manifest with a byte order mark',
      'package.json',
      '\ufeff{}',
      { kind: 'package-manifest', dependencies: [], devDependencies: [] },
    ],
    ['nothing of a list', 'package.json', '[]', undefined],
    [
      'development packages of npm, at any depth, without addresses',
      'package-lock.json',
      json({
        lockfileVersion: 3,
        packages: {
          '': { dev: true },
          'node_modules/a': { version: '1.0.0' },
          'node_modules/@x/b': { version: '2.0.0', dev: true, resolved: 'https://example.com' },
          'packages/p/node_modules/c/node_modules/d': { version: 'git+ssh://token@example.com', dev: true },
          'node_modules/e': { version: '1.0.0', devOptional: true },
          'node_modules/f': { dev: true, link: true },
          'packages/p': { dev: true },
        },
      }),
      {
        kind: 'dev-packages',
        tool: 'npm',
        dev: [
          { name: '@x/b', path: 'node_modules/@x/b', version: '2.0.0' },
          { name: 'd', path: 'packages/p/node_modules/c/node_modules/d' },
        ],
      },
    ],
    [
      'development packages of the oldest lock files',
      'npm-shrinkwrap.json',
      json({
        lockfileVersion: 1,
        dependencies: {
          a: { version: '1.0.0', dependencies: { b: { version: '2.0.0', dev: true } } },
          c: { version: '3.0.0', dev: true },
        },
      }),
      {
        kind: 'dev-packages',
        tool: 'npm',
        dev: [
          { name: 'c', path: 'node_modules/c', version: '3.0.0' },
          { name: 'b', path: 'node_modules/a/node_modules/b', version: '2.0.0' },
        ],
      },
    ],
    [
      'a lock file without packages',
      'package-lock.json',
      '{"lockfileVersion":3}',
      { kind: 'dev-packages', tool: 'npm', dev: [] },
    ],
    ['nothing of an object that is no lock file', 'package-lock.json', '{}', undefined],
    [
      'who needs whom in a lock file of yarn 1',
      'yarn.lock',
      [
        '# yarn lockfile v1',
        '"@x/a@^1.0.0", "@x/a@^1.1.0":\n  version "1.1.0"\n  resolved "https://example.com/"\n  dependencies:\n    "@x/b" "^1"\n    c ">= 2 < 3"\n  optionalDependencies:\n    d "1"',
        'c@2:\n  version "2.0.0"\n  peerDependencies:\n    e "1"',
      ].join('\n\n'),
      {
        kind: 'dependency-graph',
        tool: 'yarn',
        packages: [
          { name: '@x/a', version: '1.1.0', needs: ['@x/b', 'c', 'd'] },
          { name: 'c', version: '2.0.0', needs: [] },
        ],
      },
    ],
    [
      'who needs whom in a lock file of a later yarn',
      'yarn.lock',
      [
        '__metadata:\n  version: 8',
        '"@x/a@npm:^1.0.0":\n  version: 1.1.0\n  resolution: "@x/a@npm:1.1.0"\n  dependencies:\n    "@x/b": "npm:^1"\n    c: "npm:^2"\n  checksum: 10/abc\n  languageName: node',
        '"app@workspace:.":\n  version: 0.0.0-use.local\n  dependencies:\n    "@x/a": "npm:^1.0.0"',
      ].join('\n\n'),
      {
        kind: 'dependency-graph',
        tool: 'yarn',
        packages: [
          { name: '@x/a', version: '1.1.0', needs: ['@x/b', 'c'] },
          { name: 'app', version: '0.0.0-use.local', needs: ['@x/a'] },
        ],
      },
    ],
    ['nothing of text that is no lock file', 'yarn.lock', 'a@1:\n  version "1"\n', undefined],
    [
      'packages that pnpm marks as for development',
      'pnpm-lock.yaml',
      'lockfileVersion: 5.4\nspecifiers:\n  a: 1\ndependencies:\n  a: 1.0.0\ndevDependencies:\n  "@x/b": 2.0.0_a@1.0.0\npackages:\n\n  /a/1.0.0:\n    resolution: {integrity: sha512-x}\n    dev: false\n\n  /@x/b/2.0.0_a@1.0.0:\n    engines: {node: ">=6"}\n    dependencies:\n      a: 1.0.0\n    dev: true\n',
      { kind: 'dev-packages', tool: 'pnpm', dev: [{ name: '@x/b', version: '2.0.0' }] },
    ],
    [
      'packages that only development needs, of all projects of a pnpm workspace',
      'pnpm-lock.yaml',
      [
        "lockfileVersion: '9.0'",
        'importers:',
        '  .:\n    devDependencies:\n      a:\n        specifier: ^1\n        version: 1.0.0\n      alias:\n        specifier: npm:d@1\n        version: d@1.0.0',
        '  packages/p:\n    dependencies:\n      b:\n        specifier: ^1\n        version: 1.0.0(a@1.0.0)\n      q:\n        specifier: workspace:*\n        version: link:../q',
        'packages:\n  a@1.0.0:\n    resolution: {integrity: x}',
        'snapshots:\n  a@1.0.0:\n    dependencies:\n      c: 1.0.0\n  b@1.0.0(a@1.0.0):\n    dependencies:\n      c: 1.0.0\n  c@1.0.0: {}\n  d@1.0.0: {}',
      ].join('\n'),
      {
        kind: 'dev-packages',
        tool: 'pnpm',
        dev: [
          { name: 'a', version: '1.0.0' },
          { name: 'd', version: '1.0.0' },
        ],
      },
    ],
    [
      'development packages of pipenv',
      'Pipfile.lock',
      json({
        _meta: {},
        default: { a: { version: '==1' } },
        develop: { a: { version: '==1' }, b: { version: '==2' }, c: { git: 'x' } },
      }),
      { kind: 'dev-packages', tool: 'pipenv', dev: [{ name: 'b', version: '2' }, { name: 'c' }] },
    ],
    [
      'development packages of poetry, by category or by groups',
      'poetry.lock',
      [
        '[[package]]\nname = "a"\nversion = "1"\ncategory = "dev"\n[package.dependencies]\nname = "not me"',
        '[[package]]\nname = "b"\nversion = "2"\ngroups = ["main", "dev"]',
        '[[package]]\nname = "c"\nversion = "3"\ngroups = ["test"]',
        '[[package]]\nname = "d"\nversion = "4"\n[metadata]\nname = "x"\n',
      ].join('\n\n'),
      {
        kind: 'dev-packages',
        tool: 'poetry',
        dev: [
          { name: 'a', version: '1' },
          { name: 'c', version: '3' },
        ],
      },
    ],
    [
      'packages that only the development groups of uv need',
      'uv.lock',
      [
        'version = 1',
        '[[package]]\nname = "app"\nversion = "0.1.0"\nsource = { virtual = "." }\ndependencies = [\n    { name = "flask" },\n]',
        '[package.optional-dependencies]\nfast = [{ name = "uvloop" }]',
        '[package.dev-dependencies]\ndev = [\n    { name = "pytest" },\n    { name = "click", extra = ["x"] },\n]',
        '[package.metadata]\nrequires-dist = [{ name = "not-me" }]',
        '[[package]]\nname = "flask"\nversion = "3.0.0"\nsource = { registry = "https://token@example.com" }\ndependencies = [{ name = "click" }]\nwheels = [\n    { url = "https://example.com", hash = "x" },\n]',
        '[[package]]\nname = "click"\nversion = "8.1.0"',
        '[[package]]\nname = "uvloop"\nversion = "0.19.0"',
        '[[package]]\nname = "pytest"\nversion = "8.0.0"\ndependencies = [\n    { name = "iniconfig" },\n]',
        '[[package]]\nname = "iniconfig"\nversion = "2.0.0"\n',
      ].join('\n\n'),
      {
        kind: 'dev-packages',
        tool: 'uv',
        dev: [
          { name: 'pytest', version: '8.0.0' },
          { name: 'iniconfig', version: '2.0.0' },
        ],
      },
    ],
    [
      'development packages of Composer',
      'vendor/composer/installed.json',
      json({ packages: [{ name: 'a/b', version: '1.0' }], dev: true, 'dev-package-names': ['a/b', 'c/d', 1] }),
      { kind: 'dev-packages', tool: 'composer', dev: [{ name: 'a/b', version: '1.0' }, { name: 'c/d' }] },
    ],
    [
      'development groups of a Gemfile',
      'Gemfile',
      [
        "source 'https://token@example.com'",
        "gem 'rails'",
        "gem 'pry', group: :development",
        "gem 'x', groups: [:test, :production]",
        'group :development, :test do',
        "  gem 'rspec', '~> 3'",
        "  platforms :mri do\n    gem 'byebug'\n  end",
        'end',
        "group :production do\n  gem 'pg'\nend",
        "gem('y', :group => :test)",
      ].join('\n'),
      {
        kind: 'dev-packages',
        tool: 'bundler',
        dev: [{ name: 'pry' }, { name: 'rspec' }, { name: 'byebug' }, { name: 'y' }],
      },
    ],
  ];
  for (const [claim, path, content, expected] of cases) {
    test(claim, () => {
      assert.deepEqual(read(path, content), expected);
    });
    test(`${claim}, cut off or changed anywhere, without throwing`, () => {
      fc.assert(
        fc.property(fc.nat(content.length), fc.string(), fc.nat(content.length), (at, text, end) => {
          read(path, content.slice(0, at) + text + content.slice(end));
        }),
      );
    });
  }

  test('nothing of databases in which few bytes stand for very many paths', () => {
    const apk = `P:gcc\nV:1\nF:${'d'.repeat(100_000)}\n${'R:x\n'.repeat(200)}\n`;
    assert.equal(read('lib/apk/db/installed', apk), undefined);
    const siblings = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`p${index}`, { dev: true }]));
    const npm = { dependencies: { ['n'.repeat(4000)]: { dependencies: siblings } } };
    assert.equal(read('package-lock.json', json(npm)), undefined);
  });

  test('every reader survives bytes of any kind', () => {
    const paths = [
      'etc/os-release',
      'var/lib/dpkg/status',
      'var/lib/dpkg/info/gcc.list',
      'lib/apk/db/installed',
      'package.json',
    ];
    const locks = ['package-lock.json', 'yarn.lock', 'pnpm-lock.yaml', 'Pipfile.lock', 'poetry.lock', 'Gemfile'];
    fc.assert(
      fc.property(fc.constantFrom(...paths, ...locks), fc.uint8Array({ maxLength: 300 }), (path, bytes) => {
        read(path, bytes);
      }),
    );
  });
});

suite('buildPackageOf', () => {
  const cases: readonly (readonly [purpose: string, names: string])[] = [
    [
      'compiler c',
      'gcc gcc-12 g++ g++-12 gcc-c++ cpp-12 binutils binutils-x86-64-linux-gnu make cmake libc6-dev libssl-dev openssl-devel musl-dev build-base build-essential linux-headers linux-libc-dev kernel-headers pkgconf libasan8 libcc1-0 libisl23 isl26 clang-14 dpkg-dev gdb libgcc-12-dev zlib-static libc6-dbg',
    ],
    ['compiler go', 'golang golang-1.19-go go golang-bin'],
    ['compiler rust', 'rustc cargo rust libstd-rust-dev'],
    [
      'compiler java',
      'openjdk-17-jdk openjdk-17-jdk-headless openjdk17-jdk openjdk17-jmods java-17-openjdk-devel default-jdk-headless',
    ],
    ['compiler dotnet', 'dotnet-sdk-8.0 dotnet8-sdk'],
    ['compiler python', 'python3-dev python3.11-dev libpython3-dev python3-devel'],
    ['compiler ruby', 'ruby-dev ruby3.1-dev'],
    ['package-manager distribution', 'apt apt-utils libapt-pkg6.0 dpkg apk-tools dnf microdnf yum rpm libdnf'],
    ['package-manager python', 'python3-pip py3-pip python3-setuptools python3-pip-whl python3-wheel'],
    ['package-manager node', 'npm yarnpkg'],
    ['package-manager java', 'maven gradle ant'],
    ['compiler distribution', 'git git-man git-core subversion mercurial'],
    [
      'nothing',
      'gcc-12-base libgcc-s1 libgcc libstdc++6 libstdc++ libc6 musl libc-bin openjdk-17-jre-headless java-17-openjdk-headless python3 python3.11-minimal nodejs ruby perl-base bash libgomp1 libatomic1 ca-certificates libpq5 golang-github-containers-common device-mapper libdevmapper1.02.1 makedev gitea-runner libgit2-1.5 cpp-httplib tzdata openssl netbase gawk libmpfr6 mpfr4 mpfr libmpc3 mpc1 libitm1 busybox-static bash-static',
    ],
  ];
  for (const [purpose, names] of cases) {
    for (const name of names.split(' ')) {
      test(`${name} is ${purpose}`, () => {
        const found = buildPackageOf(name);
        assert.equal(found === undefined ? 'nothing' : `${found.purpose} ${found.language}`, purpose);
      });
    }
  }
});
