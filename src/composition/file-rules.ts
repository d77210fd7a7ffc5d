// What the name of a file tells of it, in the zone it lies in: tools, static libraries, source beside what was made of it, documentation.
import type { Zone } from './directory-rules.ts';
import { applicationPart, documentationPart, type LeftoverName, leftoverPart, type Part, runtimePart } from './part.ts';

type Tool = Omit<LeftoverName, 'evidence'>;

const tools: readonly (readonly [programs: string, tool: Tool])[] = [
  [
    'gcc g++ cc c++ cpp cc1 cc1plus lto1 collect2 clang clang++ ld ld.bfd ld.gold lld as ar nm objcopy objdump ranlib strip readelf gdb',
    { category: 'compiler', ecosystem: 'c', name: 'C compiler' },
  ],
  [
    'make gmake cmake ctest cpack ninja meson autoconf automake',
    { category: 'compiler', ecosystem: 'c', name: 'build system files' },
  ],
  ['go gofmt', { category: 'compiler', ecosystem: 'go', name: 'Go toolchain' }],
  ['rustc cargo rustup rustdoc', { category: 'compiler', ecosystem: 'rust', name: 'Rust toolchain' }],
  [
    'javac javadoc jshell jlink jmod jdeps jdb jarsigner jdeprscan src.zip',
    { category: 'compiler', ecosystem: 'java', name: 'JDK' },
  ],
  ['mvn gradle sbt', { category: 'package-manager', ecosystem: 'java', name: 'Maven or Gradle' }],
  [
    'apt apt-get apt-cache apt-key apt-mark apt-config dpkg',
    { category: 'package-manager', ecosystem: 'debian', name: 'apt' },
  ],
  ['apk', { category: 'package-manager', ecosystem: 'alpine', name: 'apk' }],
  [
    'dnf dnf-3 dnf5 yum microdnf rpm rpmbuild zypper tdnf',
    { category: 'package-manager', ecosystem: 'rpm', name: 'dnf' },
  ],
  ['pip pip3', { category: 'package-manager', ecosystem: 'python', name: 'pip' }],
  ['poetry pipenv', { category: 'package-manager', ecosystem: 'python', name: 'poetry or pipenv' }],
  ['uv uvx', { category: 'package-manager', ecosystem: 'python', name: 'uv' }],
  ['composer composer.phar', { category: 'package-manager', ecosystem: 'php', name: 'Composer' }],
  ['pnpm yarn npm bun-debug', { category: 'package-manager', ecosystem: 'node', name: 'npm' }],
];

const toolByProgram = new Map(
  tools.flatMap(([programs, tool]) => programs.split(' ').map((name) => [name, tool] as const)),
);

/** Programs in `/usr/local/bin` that run applications and are none. */
const runtimes =
  /^(?:node|nodejs|bun|deno|python[\d.]*|ruby|perl|php(?:-fpm|-cgi)?|lua|java|dotnet|erl|elixir|idle3?[\d.]*|pydoc[\d.]*|tini|dumb-init|gosu|su-exec|erb|irb|ri|rdoc|bundler?|gem|docker-php-.*|pear|pecl|phar)$/;

const sources: readonly (readonly [extensions: string, leftover: Tool])[] = [
  ['go', { category: 'source', ecosystem: 'go', name: 'Go source' }],
  ['rs', { category: 'source', ecosystem: 'rust', name: 'Rust source' }],
  ['c cc cpp cxx h hh hpp hxx', { category: 'source', ecosystem: 'c', name: 'C and C++ source' }],
  ['java kt scala groovy', { category: 'source', ecosystem: 'java', name: 'Java source' }],
  ['cs fs vb csproj fsproj', { category: 'source', ecosystem: 'dotnet', name: '.NET source' }],
];

const compiledByExtension = new Map(
  sources.flatMap(([extensions, leftover]) => extensions.split(' ').map((one) => [one, leftover] as const)),
);

/** What a bundler or compiler turns into JavaScript and style sheets; source only where such results lie beside it. */
const bundled = /\.(?:[cm]?tsx?|jsx|vue|svelte|astro|s[ac]ss|less|styl)$/;
const bundledSource: Tool = { category: 'source', ecosystem: 'node', name: 'TypeScript and front-end source' };

const readable = /^(?:readme|changelog|changes|history|contributing|authors)\b|\.(?:md|markdown|rst)$/i;

export interface FilePlace {
  readonly zone: Zone;
  /** Absolute and normalised, without a leading slash. */
  readonly path: string;
  /** Last name of its directory. */
  readonly directoryName: string;
  readonly name: string;
  /** Its project has compiled or bundled results, and this is none of them. */
  readonly isBesideResult: boolean;
}

export function filePart(file: FilePlace): Part {
  switch (file.zone) {
    case 'application':
      return sourcePart(file) ?? applicationPart;
    case 'packages':
      return readable.test(file.name) ? documentationPart : runtimePart;
    case 'programs':
      return toolPart(file) ?? (runtimes.test(file.name) ? runtimePart : applicationPart);
    case 'system':
      return toolPart(file) ?? (headers.test(file.path) ? headerPart : undefined) ?? libraryPart(file) ?? runtimePart;
    default:
      return file.zone satisfies never;
  }
}

const toolDirectories = new Set(['bin', 'sbin', 'lib', 'libexec']);

function toolPart({ path, directoryName, name }: FilePlace): Part | undefined {
  if (!toolDirectories.has(directoryName)) return undefined;
  const tool =
    toolByProgram.get(name) ?? (/^pip3?\.?\d+$|^pip3\.\d+$/.test(name) ? toolByProgram.get('pip') : undefined);
  return tool && leftoverPart({ ...tool, evidence: `the program /${path}` });
}

/** Not those of /usr/local: every image of Node.js, Python, Ruby or PHP has some, the slim ones too. Nor those that come with what runs. */
const headers = /^usr\/include\/(?!(?:node|iproute2|perf)\/)/;

const headerPart = leftoverPart({
  category: 'compiler',
  ecosystem: 'c',
  name: 'C headers',
  evidence: 'files below /usr/include',
});

/** Where linkers look; further down, programs may carry some with them and never link. */
const linked = /^usr\/(?:local\/)?lib(?:32|64|x32)?\/(?:[^/]+-linux-[^/]+\/)?[^/]+\.[ao]$/;

function libraryPart({ path }: FilePlace): Part | undefined {
  if (!linked.test(path)) return undefined;
  const evidence = `files for linking, such as /${path}`;
  return leftoverPart({ category: 'compiler', ecosystem: 'c', name: 'static libraries', evidence });
}

function sourcePart({ path, name, isBesideResult }: FilePlace): Part | undefined {
  const isBundled = isBesideResult && bundled.test(name);
  const [, extension = ''] = /\.(\w+)$/.exec(name) ?? [];
  const source = isBundled ? bundledSource : compiledByExtension.get(extension);
  const evidence = isBundled ? `files beside what was built of them, such as /${path}` : `files such as /${path}`;
  return source && leftoverPart({ ...source, evidence });
}
