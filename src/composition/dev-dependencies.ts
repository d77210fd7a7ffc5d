// Which installed packages are for development only: told by lock files, by what package managers recorded, and by manifests.
import { neededBy } from '../layers/packaging/dependency-closure.ts';
import type {
  DependencyGraph,
  DevPackage,
  DevPackages,
  PackageManifest,
} from '../layers/packaging/packaging-document.ts';
import type { Ecosystem } from './composition.ts';
import { leftoverPart, type Part } from './part.ts';
import type { PlacedDocument } from './survey.ts';

/** The packages of one project that are for development, by how its package manager lays them out. */
export interface ProjectPackages {
  readonly directory: string;
  /** Whether a lock file tells; a manifest alone tells less. */
  readonly isLocked: boolean;
  /** By directory, from that of the project. */
  readonly byPath: ReadonlyMap<string, Part>;
  /** By the package's name, wherever it lies. */
  readonly byName: ReadonlyMap<string, Part>;
  /** By `name@version`, as pnpm names its directories. */
  readonly byId: ReadonlyMap<string, Part>;
}

/** What can tell of a project's Node.js packages, the most reliable first: what was installed comes before what should be. */
const nodeSources = [
  'node_modules/.package-lock.json',
  'node_modules/.pnpm/lock.yaml',
  'npm-shrinkwrap.json',
  'package-lock.json',
  'pnpm-lock.yaml',
  'yarn.lock',
] as const;
const composerSource = 'vendor/composer/installed.json';
const manifestName = 'package.json';
const fileNames = [...nodeSources, composerSource, manifestName];

type ProjectFiles = ReadonlyMap<string, PlacedDocument>;

/**
 * Walks up the layers: packages of a layer are judged by the documents that it, or the last layer before it, has of their project; where
 * none has any yet, by the first that come. So `npm prune` in a later layer does not make the packages of an earlier one needed.
 */
export class DevDependencies {
  readonly #documents: readonly PlacedDocument[];
  readonly #files = new Map<string, Map<string, PlacedDocument>>();
  readonly #projects = new Map<string, ProjectPackages | undefined>();
  #sorted: readonly string[] | undefined;
  #next = 0;

  /** @param documents in the order of layers. */
  constructor(documents: readonly PlacedDocument[]) {
    this.#documents = documents.filter((one) => projectFile(one.path) !== undefined);
    for (const document of this.#documents.toReversed()) this.#put(document);
  }

  /** Says whether anything may have changed; layers come in order. */
  advanceTo(layer: number): boolean {
    const from = this.#next;
    for (;;) {
      const document = this.#documents[this.#next];
      if (document === undefined || document.layer > layer) return this.#next > from;
      this.#put(document);
      this.#next += 1;
    }
  }

  /** The project in a directory, if documents there tell of one. */
  projectAt(directory: string): ProjectPackages | undefined {
    const files = this.#files.get(directory);
    if (files === undefined) return undefined;
    if (!this.#projects.has(directory)) this.#projects.set(directory, this.#projectOf(directory, files));
    return this.#projects.get(directory);
  }

  #put(document: PlacedDocument): void {
    const { directory, name } = projectFile(document.path) ?? { directory: '', name: '' };
    const files = this.#files.get(directory);
    if (files === undefined) {
      this.#files.set(directory, new Map([[name, document]]));
      this.#sorted = undefined;
    } else files.set(name, document);
    // A manifest also tells of the projects that have it as a workspace.
    for (let at = directory; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
      this.#projects.delete(at);
      if (at === '') break;
    }
  }

  #projectOf(directory: string, files: ProjectFiles): ProjectPackages | undefined {
    const document = nodeSources.flatMap((name) => files.get(name) ?? [])[0];
    const told = document?.packaging ?? files.get(manifestName)?.packaging;
    const by = (path: string) => `a dev dependency of /${joined(directory, manifestName)} by /${path}`;
    const evidence = by(document?.path ?? joined(directory, manifestName));
    const parts: Pick<ProjectPackages, 'byPath' | 'byName' | 'byId'> | undefined =
      told?.kind === 'dev-packages'
        ? listed(told, evidence)
        : told?.kind === 'dependency-graph'
          ? named(devInGraph(told, this.#manifestsBelow(directory)), evidence)
          : told?.kind === 'package-manifest'
            ? named(devInManifest(told), evidence)
            : undefined;
    const composer = files.get(composerSource)?.packaging;
    const vendored =
      composer?.kind === 'dev-packages'
        ? composer.dev.map(
            (one) =>
              [
                `vendor/${one.name}`,
                devPart('php', one, `a dev package by /${joined(directory, composerSource)}`),
              ] as const,
          )
        : [];
    if (parts === undefined && vendored.length === 0) return undefined;
    return {
      directory,
      isLocked: document !== undefined || vendored.length > 0,
      byPath: new Map([...(parts?.byPath ?? []), ...vendored]),
      byName: parts?.byName ?? new Map(),
      byId: parts?.byId ?? new Map(),
    };
  }

  /** Those of the project and of its workspaces. */
  #manifestsBelow(directory: string): readonly PackageManifest[] {
    this.#sorted ??= [...this.#files.keys()].map((one) => `${one}/`).sort();
    const prefix = `${directory}/`;
    const below = directory === '' ? this.#sorted : this.#sorted.slice(lowerBound(this.#sorted, prefix));
    const manifests: PackageManifest[] = [];
    for (const one of below) {
      if (directory !== '' && !one.startsWith(prefix)) break;
      const packaging = this.#files.get(one.slice(0, -1))?.get(manifestName)?.packaging;
      if (packaging?.kind === 'package-manifest') manifests.push(packaging);
    }
    return manifests;
  }
}

function projectFile(path: string): { readonly directory: string; readonly name: string } | undefined {
  const name = fileNames.find((one) => path === one || path.endsWith(`/${one}`));
  return name === undefined
    ? undefined
    : { directory: path.slice(0, Math.max(0, path.length - name.length - 1)), name };
}

/** The first index at which a sorted list has something not less. */
function lowerBound(sorted: readonly string[], least: string): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] ?? '') < least) from = middle + 1;
    else to = middle;
  }
  return from;
}

function listed({ tool, dev }: DevPackages, evidence: string): Pick<ProjectPackages, 'byPath' | 'byName' | 'byId'> {
  const parts = dev.map((one) => [one, devPart('node', one, evidence)] as const);
  return {
    byPath: new Map(parts.flatMap(([{ path }, part]) => (path === undefined ? [] : [[path, part] as const]))),
    byName: new Map(),
    byId: new Map(tool === 'pnpm' ? parts.map(([{ name, version }, part]) => [`${name}@${version}`, part]) : []),
  };
}

function named(dev: readonly DevPackage[], evidence: string): Pick<ProjectPackages, 'byPath' | 'byName' | 'byId'> {
  const byName = new Map(dev.map((one) => [one.name, devPart('node', one, evidence)]));
  return { byPath: new Map(), byName, byId: new Map() };
}

function devPart(ecosystem: Ecosystem, { name, version }: DevPackage, evidence: string): Part {
  const leftover = { category: 'dev-dependencies', ecosystem, name, evidence } as const;
  return leftoverPart(version === undefined ? leftover : { ...leftover, version });
}

function devInManifest({ dependencies, devDependencies }: PackageManifest): readonly DevPackage[] {
  const runtime = new Set(dependencies);
  return devDependencies.filter((name) => !runtime.has(name)).map((name) => ({ name }));
}

/** A package is for development when no manifest needs it, itself or through others; all versions of a name are one here. */
function devInGraph(graph: DependencyGraph, manifests: readonly PackageManifest[]): readonly DevPackage[] {
  if (manifests.length === 0) return [];
  const needs = new Map<string, string[]>();
  for (const one of graph.packages) {
    const known = needs.get(one.name);
    if (known === undefined) needs.set(one.name, [...one.needs]);
    else for (const name of one.needs) known.push(name);
  }
  const runtime = neededBy(
    manifests.flatMap((one) => one.dependencies),
    needs,
  );
  return graph.packages
    .filter((one) => !runtime.has(one.name))
    .map(({ name, version }) => (version === '' ? { name } : { name, version }));
}

function joined(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}
