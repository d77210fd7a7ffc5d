// A first look over all layers: where the documents of package managers lie, where projects are, and which of them hold built results.
import { shorten } from '../base/printable.ts';
import { entriesOf, type LayerEntry } from '../layers/entry-list.ts';
import type { LayerFacts } from '../layers/layer-facts.ts';
import type { PackagingDocument } from '../layers/packaging/packaging-document.ts';
import type { Ecosystem, UnreadEvidence } from './composition.ts';
import { plainPath } from './plain-path.ts';

/** A document, and where in the image it lies. */
export interface PlacedDocument {
  readonly layer: number;
  readonly path: string;
  readonly packaging: PackagingDocument;
}

export interface Survey {
  /** In the order of layers, and of their entries. */
  readonly documents: readonly PlacedDocument[];
  readonly unread: readonly UnreadEvidence[];
  /** Directories of projects, by the manifest that lies in them. */
  readonly projects: ReadonlyMap<string, Ecosystem>;
  /** Those in which something was compiled or bundled into JavaScript. */
  readonly built: ReadonlySet<string>;
}

/** Facts of an image are small, whatever it holds. */
const maxUnread = 50;
const maxPathLength = 1024;

const manifests: ReadonlyMap<string, Ecosystem> = new Map([
  ['package.json', 'node'],
  ['go.mod', 'go'],
  ['Cargo.toml', 'rust'],
  ['pom.xml', 'java'],
  ['build.gradle', 'java'],
  ['build.gradle.kts', 'java'],
  ['requirements.txt', 'python'],
  ['pyproject.toml', 'python'],
  ['setup.py', 'python'],
  ['Pipfile', 'python'],
  ['Gemfile', 'ruby'],
  ['composer.json', 'php'],
  ['CMakeLists.txt', 'c'],
]);

/** Where compilers and bundlers put what they make, below the directory of a project. */
export const outputDirectories: ReadonlySet<string> = new Set(['dist', 'build', 'out', '.next', '.nuxt', '.output']);
const firstOutput = new RegExp(`(?:^|/)(?:${[...outputDirectories].join('|').replaceAll('.', '\\.')})(?:/|$)`);

export function surveyOf(layers: readonly LayerFacts[]): Survey {
  const survey = {
    documents: [] as PlacedDocument[],
    unread: [] as UnreadEvidence[],
    projects: new Map<string, Ecosystem>(),
    built: new Set<string>(),
  };
  for (const [layer, facts] of layers.entries()) {
    const documents = new Map(facts.documents.map(({ entry, content }) => [entry, content]));
    let directory = '';
    let project: string | undefined;
    for (const entry of entriesOf(facts.entries)) {
      if (entry.type !== 'file') continue;
      const slash = entry.path.lastIndexOf('/');
      const name = entry.path.slice(slash + 1);
      if (slash !== directory.length || !entry.path.startsWith(directory)) {
        directory = entry.path.slice(0, Math.max(0, slash));
        project = builtProject(directory);
      }
      const ecosystem = manifests.get(name);
      if (ecosystem !== undefined && !survey.projects.has(directory)) survey.projects.set(directory, ecosystem);
      if (project !== undefined && /\.[cm]?js$/.test(name)) survey.built.add(project);
      const content = documents.get(entry.index);
      if (content?.kind === 'packaging') {
        survey.documents.push({ layer, path: plainPath(entry.path), packaging: content.packaging });
      } else if (content?.kind === 'unknown' && !isAccounts(entry) && survey.unread.length < maxUnread) {
        survey.unread.push({ layer, path: shorten(entry.path, maxPathLength), reason: content.reason });
      }
    }
  }
  return survey;
}

/** The project whose results lie in a directory, if it is one of results. */
function builtProject(directory: string): string | undefined {
  const output = firstOutput.exec(directory);
  return output === null || /(?:^|\/)node_modules(?:\/|$)/.test(directory)
    ? undefined
    : directory.slice(0, output.index);
}

function isAccounts({ path }: LayerEntry): boolean {
  return /(?:^|\/)(?:passwd|group)$/.test(path);
}
