// What each directory of an image is part of, worked out once from its parent and its own name.
import type { DevDependencies, ProjectPackages } from './dev-dependencies.ts';
import { directoryRuleFor, type Zone } from './directory-rules.ts';
import { type LanguageTools, nodeToolPart, normalName, rubyToolPart } from './language-tools.ts';
import { leftoverPart, type Part } from './part.ts';
import { outputDirectories, type Survey } from './survey.ts';

export interface Place {
  readonly path: string;
  readonly name: string;
  readonly parentName: string;
  /** Set when all below it is part of one thing. */
  readonly part: Part | undefined;
  readonly zone: Zone;
  /** The project whose packages lie here. */
  readonly packages: ProjectPackages | undefined;
  /** In a project with compiled or bundled results, and not among them. */
  readonly isBesideResult: boolean;
}

export interface PlaceEvidence {
  readonly survey: Survey;
  readonly dev: DevDependencies;
  readonly tools: LanguageTools;
}

const testDirectories = new Set(['test', 'tests', '__tests__', 'spec', 'e2e']);

/**
 * Keeps the places from the root to the directory that was asked for last: archives name the files of a directory one after the other, and
 * memory does not grow with the image.
 */
export class Places {
  readonly #evidence: PlaceEvidence;
  readonly #trail: [root: Place, ...below: Place[]];

  constructor(evidence: PlaceEvidence) {
    this.#evidence = evidence;
    this.#trail = [rootPlace(evidence)];
  }

  /** What the evidence says has changed. */
  forget(): void {
    this.#trail.length = 1;
    this.#trail[0] = rootPlace(this.#evidence);
  }

  /** @param directory a plain, normalised path. */
  at(directory: string): Place {
    let place = this.#trail.at(-1) ?? this.#trail[0];
    while (!isWithin(directory, place.path)) {
      this.#trail.pop();
      place = this.#trail.at(-1) ?? this.#trail[0];
    }
    while (place.part === undefined && place.path.length < directory.length) {
      const start = place.path === '' ? 0 : place.path.length + 1;
      const slash = directory.indexOf('/', start);
      const end = slash === -1 ? directory.length : slash;
      place = this.#below(place, directory.slice(0, end), directory.slice(start, end));
      this.#trail.push(place);
    }
    return place;
  }

  #below(parent: Place, path: string, name: string): Place {
    const { survey } = this.#evidence;
    const rule = directoryRuleFor(path, parent.name, name);
    const packages = this.#packagesAt(path, parent.packages);
    const isBuilt = survey.built.has(path) && survey.projects.has(path);
    const place = {
      path,
      name,
      parentName: parent.name,
      part: undefined,
      zone: rule !== undefined && 'zone' in rule ? rule.zone : parent.zone,
      packages,
      isBesideResult: (parent.isBesideResult || isBuilt) && !outputDirectories.has(name),
    };
    if (rule !== undefined && 'part' in rule) return { ...place, part: rule.part };
    if (rule !== undefined && 'leftover' in rule) {
      return { ...place, part: leftoverPart({ ...rule.leftover, evidence: `files below /${path}` }) };
    }
    return { ...place, part: this.#devPart(place, parent) ?? this.#testPart(place, parent) };
  }

  /** A lock file speaks also for the workspaces below it, which have manifests of their own. */
  #packagesAt(path: string, inherited: ProjectPackages | undefined): ProjectPackages | undefined {
    const own = this.#evidence.dev.projectAt(path);
    if (own === undefined) return inherited;
    return own.isLocked || inherited?.isLocked !== true ? own : inherited;
  }

  #devPart({ path, name, packages }: Pick<Place, 'path' | 'name' | 'packages'>, parent: Place): Part | undefined {
    const { tools } = this.#evidence;
    if (parent.name === 'site-packages' || parent.name === 'dist-packages') return tools.python.get(normalName(name));
    if (parent.name === 'gems') return rubyToolPart(path, tools);
    const nodeName = nodePackageName(name, parent);
    if (packages === undefined) return nodeName === undefined ? undefined : nodeToolPart(nodeName);
    const { directory, byPath, byName, byId } = packages;
    const found = byPath.get(directory === '' ? path : path.slice(directory.length + 1));
    if (found !== undefined) return found;
    if (parent.name === '.pnpm') return byId.get(pnpmId(name));
    return nodeName === undefined ? undefined : byName.get(nodeName);
  }

  #testPart({ name, zone }: Pick<Place, 'name' | 'zone'>, parent: Place): Part | undefined {
    if (zone !== 'application' || !testDirectories.has(name)) return undefined;
    const ecosystem = this.#evidence.survey.projects.get(parent.path);
    const evidence = `tests below /${parent.path}`;
    return ecosystem && leftoverPart({ category: 'source', ecosystem, name: 'tests', evidence });
  }
}

function rootPlace({ dev, survey }: PlaceEvidence): Place {
  const isBesideResult = survey.projects.has('') && survey.built.has('');
  const [part, zone, packages] = [undefined, 'application', dev.projectAt('')] as const;
  return { path: '', name: '', parentName: '', part, zone, packages, isBesideResult };
}

function isWithin(path: string, directory: string): boolean {
  if (directory === '' || path === directory) return true;
  return path.length > directory.length && path[directory.length] === '/' && path.startsWith(directory);
}

/** The package whose directory this is: `name` in node_modules, or `@scope/name`. */
function nodePackageName(name: string, parent: Place): string | undefined {
  if (parent.name === 'node_modules') return name.startsWith('@') ? undefined : name;
  return parent.parentName === 'node_modules' && parent.name.startsWith('@') ? `${parent.name}/${name}` : undefined;
}

/** `@scope+name@1.0.0_peer@2.0.0` is one way in which pnpm writes `@scope/name@1.0.0`. */
function pnpmId(name: string): string {
  const [, scope = '', plain = '', version = ''] = /^(@[^+]+\+)?([^@]+)@([^_(]+)/.exec(name) ?? [];
  return `${scope.replace('+', '/')}${plain}@${version}`;
}
