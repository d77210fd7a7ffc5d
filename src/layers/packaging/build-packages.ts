// Which packages of Debian, Alpine and RPM distributions are there to build software, or to fetch more of it, and whose language they serve.

export interface BuildPackage {
  readonly purpose: 'compiler' | 'package-manager';
  readonly language: 'c' | 'go' | 'rust' | 'java' | 'node' | 'python' | 'ruby' | 'php' | 'dotnet' | 'distribution';
}

/** Packages that their names make look like what they are not. */
const runtime = /^(?:gcc-\d+-base|libgcc.*(?<!-dev)|ca-certificates.*|linux-image.*|golang-github-containers-.*)$/;

/** The first row that fits decides; patterns are anchored at both ends. */
const rows: readonly (readonly [
  names: string,
  purpose: BuildPackage['purpose'],
  language: BuildPackage['language'],
])[] = [
  [
    'apt|apt-utils|apt-transport-https|aptitude|libapt-(?:pkg|inst)[\\d.]+(?:t64)?|dpkg|dselect|software-properties-common|packagekit.*',
    'package-manager',
    'distribution',
  ],
  ['apk-tools|libapk|alpine-keys', 'package-manager', 'distribution'],
  [
    'dnf|dnf-.*|dnf5.*|microdnf|yum|yum-.*|libdnf.*|python3-dnf.*|python3-libdnf|python3-hawkey|tdnf.*|zypper|libzypp|rpm|rpm-build.*|python3-rpm',
    'package-manager',
    'distribution',
  ],
  ['npm|yarn|yarnpkg|pnpm|node-gyp|nodejs-npm|corepack', 'package-manager', 'node'],
  [
    '(?:python3?(?:\\.?\\d+)?|py3)-(?:pip|pip-whl|pip-wheel|setuptools|setuptools-whl|setuptools-wheel|wheel|poetry|virtualenv|pipenv|build|hatchling)|pipenv|poetry|pipx|uv',
    'package-manager',
    'python',
  ],
  ['composer', 'package-manager', 'php'],
  ['maven.*|libmaven.*|gradle|libgradle.*|ant|ant-optional|sbt|leiningen', 'package-manager', 'java'],
  [
    'git|git-core.*|git-man|git-lfs|git-perl|perl-git|subversion|libsvn1|mercurial|mercurial-common|bzr|breezy',
    // Tools that fetch sources; the repositories themselves are another matter.
    'compiler',
    'distribution',
  ],
  ['golang|golang-.*|go|go-toolset.*|gccgo.*', 'compiler', 'go'],
  ['rustc|rustc-.*|rust|rust-std.*|libstd-rust.*|cargo|cargo-.*|rustup', 'compiler', 'rust'],
  [
    'default-jdk.*|openjdk-?\\d+-jdk.*|openjdk-?\\d+(?:-jmods)?|(?:java-.*|temurin-\\d+)-(?:devel.*|jdk|jmods)|java-.*-(?:jmods|src)|msopenjdk-.*|zulu.*-jdk.*|kotlin|scala',
    'compiler',
    'java',
  ],
  [
    'dotnet-sdk-.*|dotnet\\d+-sdk|netstandard-targeting-pack.*|(?:dotnet|aspnetcore)-targeting-pack.*|dotnet-templates.*',
    'compiler',
    'dotnet',
  ],
  ['python3?[\\d.]*-dev(?:el)?|libpython3[\\d.]*-dev|cython3?|python3-cython', 'compiler', 'python'],
  ['ruby[\\d.]*-dev(?:el)?', 'compiler', 'ruby'],
  ['php[\\d.]*-dev(?:el)?', 'compiler', 'php'],
  [
    '(?:gcc|g\\+\\+|cpp|gfortran|gobjc|gnat|gdc|gm2|gcc-c\\+\\+|gcc-gfortran|gcc-plugin.*)(?:-[\\d.]+)?(?:-(?:multilib|x86-64-linux-gnu|aarch64-linux-gnu|i686-linux-gnu))?',
    'compiler',
    'c',
  ],
  [
    'clang.*|lld.*|lldb.*|llvm-?\\d*(?:-dev|-tools|-linker-tools|-runtime|-static)?|musl-dev|musl-tools|libclang-.*|tcc|ghc|ocaml.*|nasm|yasm',
    'compiler',
    'c',
  ],
  ['binutils.*|lib(?:binutils|ctf|ctf-nobfd|gprofng|sframe|opcodes)\\d*', 'compiler', 'c'],
  // Not libmpfr, libmpc and libitm: GCC brings them, but gawk, python3-gmpy2 and others run with them as well.
  ['lib(?:asan|hwasan|lsan|tsan|ubsan|cc1|isl)-?\\d*(?:-0)?|isl\\d*', 'compiler', 'c'],
  [
    'make|gmake|cmake|cmake-.*|ninja|ninja-build|samurai|meson|autoconf|automake|autotools-dev|libtool|bison|flex|m4|pkg-config|pkgconf.*|build-essential|build-base|dpkg-dev|debhelper|abuild|gdb|valgrind|swig|re2c|patchelf|fakeroot|libfakeroot',
    'compiler',
    'c',
  ],
  ['libc-dev-bin|libc-devtools|rpcsvc-proto|fortify-headers|(?:linux|kernel)-headers.*|.*-headers', 'compiler', 'c'],
  // Libraries for linking; programs that are linked so themselves are none.
  ['(?!(?:busybox|bash|zsh|qemu-user|tini)-static$).*-(?:dev|devel|dbg|debuginfo|static)', 'compiler', 'c'],
];

const patterns = rows.map(([names, purpose, language]) => ({
  names: new RegExp(`^(?:${names})$`),
  is: { purpose, language },
}));

/** Undefined for what running may need: whoever is not listed is not accused. */
export function buildPackageOf(name: string): BuildPackage | undefined {
  if (runtime.test(name)) return undefined;
  return patterns.find(({ names }) => names.test(name))?.is;
}
