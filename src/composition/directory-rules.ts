// Which directories tell by where they lie what is in them: caches, toolchains, package managers, documentation, and zones.
import type { Ecosystem, LeftoverCategory } from './composition.ts';
import { documentationPart, type LeftoverName, type Part } from './part.ts';

/**
 * What files are when nothing else tells: `system` and `packages` are there to run something; `programs` may be that as well, or the
 * application.
 */
export type Zone = 'system' | 'packages' | 'programs' | 'application';

/** All below a directory is part of one thing, or lies in a zone in which more is asked. */
export type DirectoryRule =
  | { readonly leftover: Omit<LeftoverName, 'evidence'> }
  | { readonly part: Part }
  | { readonly zone: Zone };

/** `/a/b` is that directory, `a/b` any that ends so; `*` is any text within a name. Where Python keeps packages is `PACKAGES`. */
type Patterns = string;

/** Rows of leftovers; patterns are parted by spaces. */
const leftoverRows: readonly (readonly [
  patterns: Patterns,
  category: LeftoverCategory,
  ecosystem: Ecosystem,
  name: string,
])[] = [
  ['.git', 'vcs', 'any', 'git repository'],
  ['.svn', 'vcs', 'any', 'Subversion working copy'],
  ['.hg', 'vcs', 'any', 'Mercurial repository'],
  ['.bzr', 'vcs', 'any', 'Bazaar branch'],

  ['/var/lib/apt/lists', 'cache', 'debian', 'apt package lists'],
  ['/var/cache/apt', 'cache', 'debian', 'apt cache'],
  ['/var/cache/apk /etc/apk/cache', 'cache', 'alpine', 'apk cache'],
  ['/var/cache/dnf /var/cache/libdnf5 /var/cache/yum /var/cache/zypp /var/lib/dnf/repos', 'cache', 'rpm', 'dnf cache'],
  ['.npm/_cacache .npm/_npx .npm/_logs', 'cache', 'node', 'npm cache'],
  ['.cache/yarn .yarn/berry/cache', 'cache', 'node', 'yarn cache'],
  ['.cache/pnpm .local/share/pnpm/store .pnpm-store pnpm/store', 'cache', 'node', 'pnpm store'],
  ['.cache/node-gyp .node-gyp .cache/node/corepack .cache/electron', 'cache', 'node', 'node-gyp cache'],
  ['node_modules/.cache .next/cache .parcel-cache .turbo', 'cache', 'node', 'build cache'],
  ['.cache/pip', 'cache', 'python', 'pip cache'],
  ['.cache/uv', 'cache', 'python', 'uv cache'],
  ['.cache/pypoetry .cache/pipenv', 'cache', 'python', 'poetry or pipenv cache'],
  ['.pytest_cache .mypy_cache .ruff_cache .tox .nox', 'cache', 'python', 'caches of Python tools'],
  ['conda/pkgs miniconda*/pkgs anaconda*/pkgs', 'cache', 'python', 'conda package cache'],
  ['go/pkg/mod', 'cache', 'go', 'Go module cache'],
  ['.cache/go-build', 'cache', 'go', 'Go build cache'],
  ['.cargo/registry .cargo/git /usr/local/cargo/registry /usr/local/cargo/git', 'cache', 'rust', 'Cargo registry'],
  [
    'target/debug/deps target/release/deps target/debug/build target/release/build target/debug/incremental target/release/incremental target/debug/.fingerprint target/release/.fingerprint',
    'cache',
    'rust',
    'Cargo build directory',
  ],
  ['.m2/repository .m2/wrapper', 'cache', 'java', 'Maven repository'],
  ['.gradle/caches .gradle/wrapper .gradle/daemon .gradle/native', 'cache', 'java', 'Gradle cache'],
  ['.ivy2/cache .sbt/boot .cache/coursier', 'cache', 'java', 'sbt cache'],
  ['/usr/local/bundle/cache ruby/*/cache .bundle/cache .gem/specs gems/*/cache', 'cache', 'ruby', 'gem cache'],
  ['.nuget/packages .local/share/NuGet', 'cache', 'dotnet', 'NuGet packages'],
  ['.composer/cache .cache/composer', 'cache', 'php', 'Composer cache'],
  ['.ccache .cache/ccache .cache/bazel .cache/sccache', 'cache', 'c', 'compiler cache'],

  ['/usr/local/go /usr/lib/go /usr/lib/go-* /usr/share/go /usr/share/go-* sdk/go1*', 'compiler', 'go', 'Go toolchain'],
  ['/usr/local/rustup .rustup /usr/local/cargo/bin .cargo/bin rustlib', 'compiler', 'rust', 'Rust toolchain'],
  ['jmods', 'compiler', 'java', 'JDK'],
  ['dotnet/sdk dotnet/sdk-manifests dotnet/templates dotnet/packs .dotnet/sdk', 'compiler', 'dotnet', '.NET SDK'],
  [
    '/usr/lib/gcc /usr/libexec/gcc /usr/local/lib/gcc /usr/local/libexec/gcc /usr/lib/bfd-plugins /usr/lib/llvm-*/bin /usr/lib/llvm-*/include /usr/lib/llvm-*/build',
    'compiler',
    'c',
    'C compiler',
  ],
  ['/usr/local/include/c++', 'compiler', 'c', 'C headers'],
  // Not pkgconfig, aclocal and cmake themselves: programs and Python packages that only run leave a file of some bytes there as well.
  [
    '/usr/share/cmake-* /usr/local/share/cmake-* /usr/share/aclocal-* /usr/share/automake* /usr/share/autoconf* /usr/share/bison /usr/share/libtool',
    'compiler',
    'c',
    'build system files',
  ],
  ['.pyenv/versions/*/lib/python3*/config-3*', 'compiler', 'python', 'Python build files'],

  ['/usr/lib/apt /usr/share/python-apt /usr/lib/dpkg', 'package-manager', 'debian', 'apt'],
  ['/usr/lib/rpm /usr/lib/dnf-plugins /usr/lib/yum-plugins', 'package-manager', 'rpm', 'dnf'],
  ['lib/node_modules/npm share/nodejs/npm', 'package-manager', 'node', 'npm'],
  ['/opt/yarn-* lib/node_modules/yarn share/nodejs/yarn share/nodejs/yarnpkg', 'package-manager', 'node', 'yarn'],
  ['lib/node_modules/pnpm', 'package-manager', 'node', 'pnpm'],
  ['lib/node_modules/corepack', 'package-manager', 'node', 'corepack'],
  ['PACKAGES/pip PACKAGES/pip-* lib/python3*/ensurepip share/python-wheels', 'package-manager', 'python', 'pip'],
  [
    'PACKAGES/setuptools PACKAGES/setuptools-* PACKAGES/pkg_resources PACKAGES/_distutils_hack',
    'package-manager',
    'python',
    'setuptools',
  ],
  ['PACKAGES/wheel PACKAGES/wheel-*', 'package-manager', 'python', 'wheel'],
  [
    'PACKAGES/poetry PACKAGES/poetry-* PACKAGES/poetry_* PACKAGES/pipenv PACKAGES/pipenv-*',
    'package-manager',
    'python',
    'poetry or pipenv',
  ],
  ['/usr/share/maven /usr/share/maven-[34]* /opt/maven /opt/apache-maven-*', 'package-manager', 'java', 'Maven'],
  ['/opt/gradle /opt/gradle-* /usr/share/gradle /usr/share/gradle-*', 'package-manager', 'java', 'Gradle'],

  ['/usr/src/linux-* /usr/src/kernels /usr/src/debug', 'source', 'c', 'kernel sources'],
  // Distributions have those of /usr/lib in packages of their own, but for what programs import of them.
  [
    '/usr/local/lib/python3*/test /usr/local/lib/python3*/idlelib/idle_test /opt/*/lib/python3*/test .pyenv/versions/*/lib/python3*/test',
    'source',
    'python',
    "Python's own tests",
  ],
];

const documentation: Patterns =
  '/usr/share/doc /usr/share/doc-base /usr/share/man /usr/share/info /usr/share/gtk-doc /usr/share/help /usr/share/devhelp /usr/local/share/doc /usr/local/share/man /usr/local/man /usr/local/share/info';

const zones: readonly (readonly [patterns: Patterns, zone: Zone])[] = [
  ['/usr /etc /var /boot /run /dev /nix /opt/java /opt/jdk* /opt/openjdk* /opt/conda', 'system'],
  [
    '/usr/src /usr/local/src /usr/app /usr/local/app /usr/local/sbin /var/www /var/app /var/task /usr/share/nginx/html /usr/local/apache2/htdocs /usr/local/tomcat/webapps',
    'application',
  ],
  ['/usr/local/bin', 'programs'],
  // pip puts the headers of packages in `include/site` of a virtual environment.
  ['node_modules site-packages dist-packages include/site BOOT-INF/lib WEB-INF/lib', 'packages'],
  // Of Composer, Bundler and RubyGems, and what Go and PHP projects carry with them.
  ['vendor/composer vendor/bundle bundle/ruby lib/ruby /usr/local/bundle .yarn/cache .yarn/unplugged', 'packages'],
];

interface Compiled {
  readonly pattern: RegExp;
  readonly rule: DirectoryRule;
}

/** By the last name of their pattern, or, where that has a `*`, by the name before it. */
const byName = new Map<string, Compiled[]>();
const byParent = new Map<string, Compiled[]>();
/** Where both have one; few. */
const others: Compiled[] = [];

/** The first row with a pattern has it. */
const added = new Set<string>();

for (const [patterns, category, ecosystem, name] of leftoverRows) {
  const leftover = { category, ecosystem, name };
  for (const pattern of patterns.split(' ')) {
    for (const packages of ['site-packages', 'dist-packages']) add(pattern.replace('PACKAGES', packages), { leftover });
  }
}
for (const pattern of documentation.split(' ')) add(pattern, { part: documentationPart });
for (const [patterns, zone] of zones) for (const pattern of patterns.split(' ')) add(pattern, { zone });

function add(pattern: string, rule: DirectoryRule): void {
  if (added.has(pattern)) return;
  added.add(pattern);
  const names = pattern.split('/');
  const [last = '', before = ''] = [names.at(-1), names.at(-2)];
  const anchored = pattern.startsWith('/') ? `^${source(pattern.slice(1))}$` : `(?:^|/)${source(pattern)}$`;
  const compiled = { pattern: new RegExp(anchored), rule };
  if (!last.includes('*')) put(byName, last, compiled);
  else if (!before.includes('*')) put(byParent, before, compiled);
  else others.push(compiled);
}

function source(pattern: string): string {
  return pattern.replace(/[.+]/g, '\\$&').replaceAll('*', '[^/]*');
}

function put(map: Map<string, Compiled[]>, key: string, compiled: Compiled): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [compiled]);
  else known.push(compiled);
}

/**
 * The rule about this directory itself: patterns whose last name is plain come before those with a `*`, else the first counts. Parent and
 * last name are given as they are known anyway.
 */
export function directoryRuleFor(path: string, parentName: string, name: string): DirectoryRule | undefined {
  return firstOf(byName.get(name), path) ?? firstOf(byParent.get(parentName), path) ?? firstOf(others, path);
}

function firstOf(rules: readonly Compiled[] | undefined, path: string): DirectoryRule | undefined {
  return rules?.find(({ pattern }) => pattern.test(path))?.rule;
}
