// Development packages of Python and Ruby, which lie apart from the project that names them, and tools that are known by their names.
import { leftoverPart, type Part } from './part.ts';
import type { PlacedDocument } from './survey.ts';

/** By normalised name. */
export interface LanguageTools {
  readonly python: ReadonlyMap<string, Part>;
  readonly ruby: ReadonlyMap<string, Part>;
}

/** What nobody needs to run an application; asked only where no lock file and no manifest tells. */
const pythonTools = [
  'pytest',
  'tox',
  'nox',
  'mypy',
  'flake8',
  'black',
  'pylint',
  'ruff',
  'isort',
  'pre_commit',
  'sphinx',
];
const nodeTools =
  /^(?:typescript|webpack|webpack-cli|rollup|vite|parcel|esbuild|eslint|prettier|jest|vitest|mocha|karma|cypress|nyc|nodemon|ts-node|husky|lint-staged|@babel\/core|@types\/[^/]+)$/;

/** Gems that every Ruby brings along: a Gemfile that names one of them has added none, unless to a bundle of its own. */
const gemOfRuby =
  /(?:^|\/)lib\/ruby\/gems\/[^/]+\/gems\/(?:bundler|debug|irb|minitest|power_assert|racc|rake|rbs|rdoc|repl_type_completor|rexml|test-unit|typeprof)-\d[^/]*$/;

/** A package of Ruby by the directory of its gem. */
export function rubyToolPart(directory: string, tools: LanguageTools): Part | undefined {
  if (gemOfRuby.test(directory)) return undefined;
  return tools.ruby.get(normalName(directory.slice(directory.lastIndexOf('/') + 1)));
}

const tool = (ecosystem: 'python' | 'node', name: string): Part =>
  leftoverPart({
    category: 'dev-dependencies',
    ecosystem,
    name,
    evidence: `${name} is a development tool; no lock file tells more`,
  });

/** A package of Node.js by its name alone. */
export function nodeToolPart(name: string): Part | undefined {
  return nodeTools.test(name) ? tool('node', name) : undefined;
}

/** The last of the documents at a path counts. */
export function languageTools(documents: readonly PlacedDocument[]): LanguageTools {
  const python = new Map<string, Part>();
  const ruby = new Map<string, Part>();
  let isPythonLocked = false;
  for (const { path, packaging } of new Map(documents.map((one) => [one.path, one])).values()) {
    if (packaging.kind !== 'dev-packages') continue;
    const isPython = ['pipenv', 'poetry', 'uv'].includes(packaging.tool);
    if (isPython) isPythonLocked = true;
    if (!isPython && packaging.tool !== 'bundler') continue;
    const ecosystem = isPython ? 'python' : 'ruby';
    for (const dev of packaging.dev) {
      const evidence = `for development by /${path}`;
      const part = leftoverPart({ category: 'dev-dependencies', ecosystem, ...dev, evidence });
      (isPython ? python : ruby).set(normalName(dev.name), part);
    }
  }
  if (!isPythonLocked) for (const name of pythonTools) python.set(name, tool('python', name));
  return { python, ruby };
}

/**
 * `Flask-Login`, `flask_login` and `flask_login-0.6.3.dist-info` are one to Python (PEP 503, and wheels write `-` as `_`); directories of
 * gems are `name-1.0.0`.
 */
export function normalName(name: string): string {
  return name
    .replace(/-\d.*$/, '')
    .replace(/^_+/, '')
    .replace(/[-_.]+/g, '_')
    .toLowerCase();
}
