// The shape of src/ as data and as rules: who may import whom, what the core may touch, and how files look.
import { posix } from 'node:path';
import { lineAt, type SourceFile } from './source-text.ts';

/** What is wrong, beginning with the file: `oci/digest.ts:3 …`. */
export type Violation = string;

export interface Shape {
  /** Folder under src/ to the folders it may import; `.` are the files directly in src/. Type imports count. */
  readonly mayImport: Readonly<Record<string, readonly string[]>>;
  /** No disk, network, process, clock, randomness or environment in these. */
  readonly core: readonly string[];
  /** Modules of Node the core may use, with what lies below them. */
  readonly coreModules: readonly string[];
  /** Third-party packages, and the folders that may import them; `core` and `any` are groups of folders. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
  /** Core files that may set timers, because a deadline is what they are about. Each must use one. */
  readonly timers: readonly string[];
  /** `file: rule` of the linter suppressions that are justified where they stand. */
  readonly suppressions: readonly string[];
}

const lawOfCore: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\s*\./g, what: 'reads the clock' },
  { pattern: /\bMath\.random\b|\brandom(?:UUID|Bytes|Int)\b|\bgetRandomValues\b/g, what: 'draws a random number' },
  { pattern: /(?<![.\w])(?:fetch|XMLHttpRequest|WebSocket)\s*\(/g, what: 'opens a connection' },
  { pattern: /\beval\s*\(|\bnew Function\b/g, what: 'runs text as code' },
];
const timer = /(?<![.\w])set(?:Timeout|Interval|Immediate)\b|\bAbortSignal\.timeout\b/g;
const processObject = /(?<![.\w])(?:globalThis\.)?process\s*[.[]/g;
const processEnvironment = /(?<![.\w])(?:globalThis\.)?process\s*(?:\.\s*env\b|\[)/g;
const processEnd = /(?<![.\w])process\s*\.\s*(?:exit|exitCode|abort|kill|reallyExit)\b/g;
const forbiddenNames = new Set([
  'utils',
  'util',
  'helpers',
  'helper',
  'common',
  'shared',
  'types',
  'misc',
  'constants',
]);
const suppression = /\/\/\s*biome-ignore\s+(?:lint\/)?([\w/]+)/g;
const typeSuppression = /@ts-(?:ignore|nocheck|expect-error)\b/g;
const maxLines = 300;

/** Every rule there is, so that none is forgotten by whoever runs them. */
export const rules: Readonly<Record<string, (files: readonly SourceFile[], shape: Shape) => readonly Violation[]>> = {
  'a folder imports only what the table allows': folderImports,
  'imports go round in no circle': importCycles,
  'only the composition roots pick adapters': adaptersInWiring,
  'the core uses only pure modules of Node': coreModules,
  'a package is imported only where it belongs': packagePlaces,
  'the core has no clock, no randomness, no connections': coreIsPure,
  'the core sets no timers but for deadlines': coreTimers,
  'only cli reads the environment; only cli and the log touch the process': processPlaces,
  'only main.ts ends the process': processEnds,
  'a file has at most 300 lines': fileLength,
  'a file begins with a sentence that says what it is for': openingSentence,
  'names are kebab-case words of the domain': names,
  'the checkers are not silenced': noSuppressions,
};

export function folderOf(path: string): string {
  const slash = path.indexOf('/');
  return slash === -1 ? '.' : path.slice(0, slash);
}

/** The imported file relative to src/, or undefined for packages and modules of Node. */
function targetOf(file: SourceFile, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file.path), specifier) : undefined;
}

function folderImports(files: readonly SourceFile[], shape: Shape): readonly Violation[] {
  const unknown = files
    .filter((file) => shape.mayImport[folderOf(file.path)] === undefined)
    .map((file) => `${file.path} lies in a folder that the table does not have`);
  const forbidden = files.flatMap((file) =>
    file.imports.flatMap((statement) => {
      const target = targetOf(file, statement.specifier);
      if (target === undefined) return [];
      if (!target.endsWith('.ts')) return [`${file.path}:${statement.line} imports ${target}: write the .ts`];
      const [from, to] = [folderOf(file.path), folderOf(target)];
      if (from === to || (shape.mayImport[from] ?? []).includes(to)) return [];
      return [`${file.path}:${statement.line} imports ${target}: ${from} may not import ${to}`];
    }),
  );
  return [...unknown, ...forbidden];
}

function importCycles(files: readonly SourceFile[]): readonly Violation[] {
  const edges = new Map(
    files.map((file) => [file.path, file.imports.flatMap((s) => targetOf(file, s.specifier) ?? [])] as const),
  );
  const done = new Set<string>();
  const found = new Set<Violation>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) found.add([...trail.slice(start), path].join(' -> '));
    if (start !== -1 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return [...found];
}

/** One for the service, one for the commands that run once, one for the threads that read layers. */
const compositionRoots: readonly string[] = ['cli/wiring.ts', 'cli/workbench.ts', 'cli/layer-worker.ts'];

function adaptersInWiring(files: readonly SourceFile[], shape: Shape): readonly Violation[] {
  const adapters = Object.keys(shape.mayImport).filter((folder) => !['.', 'cli', ...shape.core].includes(folder));
  return files
    .filter((file) => ['.', 'cli'].includes(folderOf(file.path)) && !compositionRoots.includes(file.path))
    .flatMap((file) =>
      file.imports.flatMap((statement) => {
        const folder = folderOf(targetOf(file, statement.specifier) ?? '.');
        if (!adapters.includes(folder) || (statement.typeOnly && folder !== 'scanning')) return [];
        return [`${file.path}:${statement.line} imports ${folder}: ${compositionRoots.join(', ')} alone pick adapters`];
      }),
    );
}

function coreModules(files: readonly SourceFile[], shape: Shape): readonly Violation[] {
  return coreFiles(files, shape).flatMap((file) =>
    file.imports
      .filter(({ specifier }) => specifier.startsWith('node:'))
      .filter(({ specifier }) => !shape.coreModules.some((m) => specifier === m || specifier.startsWith(`${m}/`)))
      .map(({ specifier, line }) => `${file.path}:${line} imports ${specifier}: not in the core`),
  );
}

function packagePlaces(files: readonly SourceFile[], shape: Shape): readonly Violation[] {
  return files.flatMap((file) =>
    file.imports.flatMap(({ specifier, line }) => {
      if (specifier.startsWith('.') || specifier.startsWith('node:')) return [];
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');
      const places = shape.packages[name] ?? [];
      const folder = folderOf(file.path);
      if (places.includes(folder) || (places.includes('core') && shape.core.includes(folder))) return [];
      return [`${file.path}:${line} imports ${name}, which belongs in ${places.join(', ') || 'no folder'}`];
    }),
  );
}

function coreIsPure(files: readonly SourceFile[], shape: Shape): readonly Violation[] {
  return coreFiles(files, shape).flatMap((file) =>
    lawOfCore.flatMap(({ pattern, what }) => hits(file, pattern).map((place) => `${place} ${what}: not in the core`)),
  );
}

function coreTimers(files: readonly SourceFile[], shape: Shape): readonly Violation[] {
  const users = coreFiles(files, shape).filter((file) => hits(file, timer).length > 0);
  const unlisted = users
    .filter((file) => !shape.timers.includes(file.path))
    .flatMap((file) => hits(file, timer).map((place) => `${place} sets a timer: not in the core`));
  const idle = shape.timers
    .filter((path) => !users.some((file) => file.path === path))
    .map((path) => `${path} is listed as setting timers and sets none`);
  return [...unlisted, ...idle];
}

function processPlaces(files: readonly SourceFile[]): readonly Violation[] {
  return files.flatMap((file) => {
    const folder = folderOf(file.path);
    const environment = folder === 'cli' ? [] : hits(file, processEnvironment);
    const touched = ['cli', 'telemetry', '.'].includes(folder) ? [] : hits(file, processObject);
    return [
      ...environment.map((place) => `${place} reads the environment: only cli does`),
      ...touched.map((place) => `${place} touches the process: only cli, telemetry and main.ts do`),
    ];
  });
}

function processEnds(files: readonly SourceFile[]): readonly Violation[] {
  return files
    .filter((file) => file.path !== 'main.ts')
    .flatMap((file) => hits(file, processEnd).map((place) => `${place} ends the process: only main.ts does`));
}

function fileLength(files: readonly SourceFile[]): readonly Violation[] {
  return files
    .map((file) => ({ path: file.path, lines: file.text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > maxLines)
    .map(({ path, lines }) => `${path} has ${lines} lines`);
}

function openingSentence(files: readonly SourceFile[]): readonly Violation[] {
  return files
    .filter((file) => !/^(?:#![^\n]*\n)?\/\/ [A-Z0-9`][^\n]{15,}[.?]\n/.test(file.text))
    .map((file) => `${file.path} does not begin with a // sentence`);
}

function names(files: readonly SourceFile[]): readonly Violation[] {
  return files.flatMap((file) => {
    const words = file.path.replace(/\.ts$/, '').split('/');
    const forbidden = words.filter((word) => forbiddenNames.has(word) || word === 'index');
    const odd = words.filter((word) => !/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(word));
    return [
      ...forbidden.map((word) => `${file.path} is named ${word}, which says nothing`),
      ...odd.map((word) => `${file.path} is named ${word}, which is not kebab-case`),
    ];
  });
}

function noSuppressions(files: readonly SourceFile[], shape: Shape): readonly Violation[] {
  const silenced = files.flatMap((file) => [
    ...[...file.text.matchAll(suppression)].map((match) => `${file.path}: ${match[1]}`),
    ...[...file.text.matchAll(typeSuppression)].map((match) => `${file.path}: ${match[0]}`),
  ]);
  return silenced.filter((entry) => !shape.suppressions.includes(entry)).map((entry) => `${entry} is silenced`);
}

function coreFiles(files: readonly SourceFile[], shape: Shape): readonly SourceFile[] {
  return files.filter((file) => shape.core.includes(folderOf(file.path)));
}

/** `path:line` of every match in code, comments and strings left out. */
function hits(file: SourceFile, pattern: RegExp): readonly string[] {
  return [...file.code.matchAll(pattern)].map((match) => `${file.path}:${lineAt(file.code, match.index)}`);
}
