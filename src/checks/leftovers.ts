// What building needed and running does not, still in the image: proof that a multi-stage build is missing, or copies too much.
import { printable } from '../base/printable.ts';
import { formatBytes } from '../base/quantity.ts';
import { adviceFor, sameStep, smallerBase } from '../composition/advice-table.ts';
import type { Leftover, LeftoverCategory } from '../composition/composition.ts';
import { useKinds } from '../workload/use.ts';
import { findingsOfEach, type RawFinding, type ReadImageFacts, type Rule } from './check.ts';
import { defineLayersCheck } from './define-check.ts';
import { layerMark, toldLayer } from './layer-mark.ts';
import { choices } from './parameter.ts';

const compiler: Rule = {
  id: 'leftovers/compiler',
  severity: 'medium',
  title: 'Compilers, headers or build tools are in the image',
  why: 'Nothing that runs needs them. They are the largest part of most images built in one stage, they bring most of the packages that scanners complain about, and they save an intruder the way to bring tools along.',
  advice:
    'build in a stage of its own (`FROM … AS build`) and COPY --from=build only the result into a final stage on a slim, distroless or scratch base',
};

const packageManager: Rule = {
  id: 'leftovers/package-manager',
  severity: 'low',
  title: 'A package manager is in the image',
  why: 'An image is built once and not changed as it runs: a package manager in it serves only who wants to install something there, such as an intruder.',
  advice: 'COPY the result of the build into a final stage on a base that has none, such as distroless or scratch',
};

const devDependencies: Rule = {
  id: 'leftovers/dev-dependencies',
  severity: 'medium',
  title: 'Development dependencies are in the image',
  why: 'Test runners, linters and bundlers are never started there, are often larger than the program, and their faults are reported as yours.',
  advice: 'install production dependencies only for the final stage; the full install belongs into a build stage',
};

const source: Rule = {
  id: 'leftovers/source',
  severity: 'medium',
  title: 'Sources that were compiled are in the image',
  why: 'The program runs without them, and everyone who can pull the image reads them, with whatever comments, tests and fixtures lie beside.',
  advice:
    'COPY --from=build only what was built into the final stage, by name, and keep tests out with a .dockerignore',
};

const vcs: Rule = {
  id: 'leftovers/vcs',
  severity: 'high',
  title: 'Version control data is in the image',
  why: 'A .git directory is the whole history: every version of every file, also what was deleted because it should not have been there, and often the URL with the token it was cloned with.',
  advice:
    'list .git in .dockerignore and COPY what is needed by name; pass the version as a build argument or label if the program shows it',
};

const cache: Rule = {
  id: 'leftovers/cache',
  severity: 'low',
  title: 'Caches of package managers are in the image',
  why: 'They speed up the next install, and there is none: they are pulled by every node and read by nobody.',
  advice: 'clean the cache in the RUN that fills it, or mount it there with `RUN --mount=type=cache,target=…`',
};

const kinds: Readonly<Record<LeftoverCategory, { readonly rule: Rule; readonly noun: string }>> = {
  compiler: { rule: compiler, noun: 'build tools' },
  'package-manager': { rule: packageManager, noun: 'package manager' },
  'dev-dependencies': { rule: devDependencies, noun: 'development dependencies' },
  source: { rule: source, noun: 'sources' },
  vcs: { rule: vcs, noun: 'version control data' },
  cache: { rule: cache, noun: 'package caches' },
};

const categories = [
  'compiler',
  'package-manager',
  'dev-dependencies',
  'source',
  'vcs',
  'cache',
] as const satisfies readonly LeftoverCategory[];

export const leftovers = defineLayersCheck({
  name: 'leftovers',
  summary: 'Finds what only the build needed: what a multi-stage build leaves behind.',
  example: '{ forbid: [compiler, dev-dependencies, source, vcs, cache], rules: { source: warn } }',
  rules: [compiler, packageManager, devDependencies, source, vcs, cache],
  uses: useKinds,
  asksJobs: true,
  parameters: {
    forbid: choices('What may not be left.', categories),
    inBase: choices(
      'Which of these count also when the base image brought them. Compilers by default, because a slim variant of the base has none; not the package manager that nearly every base has. Where the base is not recognised, its layers count as the image’s own.',
      categories,
      ['compiler'],
    ),
  },
  requiresNothing: ({ forbid }) => (forbid.size === 0 ? 'list what is forbidden under forbid' : undefined),
  evaluate: ({ facts }, { forbid, inBase }) => {
    const found = facts.content.composition.leftovers.filter((one) => !one.inBase || inBase.has(one.category));
    return categories
      .filter((category) => forbid.has(category))
      .flatMap((category) =>
        judge(
          facts,
          category,
          found.filter((one) => one.category === category),
        ),
      );
  },
});

/** What one instruction brought of one ecosystem has one cure, and is one finding. */
function judge(facts: ReadImageFacts, category: LeftoverCategory, found: readonly Leftover[]): readonly RawFinding[] {
  const groups = [...Map.groupBy(found, (one) => JSON.stringify([layerOf(one), one.ecosystem, one.isHidden])).values()]
    .map((group) => group.toSorted((a, b) => b.bytes - a.bytes))
    .sort((a, b) => bytesOf(b) - bytesOf(a));
  const { rule } = kinds[category];
  return findingsOfEach(
    rule,
    groups,
    (group) => detailsOf(facts, category, group),
    ([first]) => `/${first?.paths[0] ?? ''}`,
  );
}

/** As many are named in a message. */
const maxNamed = 4;

function detailsOf(facts: ReadImageFacts, category: LeftoverCategory, group: readonly Leftover[]) {
  const { rule, noun } = kinds[category];
  const [first] = group;
  const layer = first === undefined ? 0 : layerOf(first);
  const members = membersOf(group);
  const single = group.filter((one) => one.members === 1);
  const named = (single.length === 0 ? group : single).slice(0, maxNamed);
  const others = members - membersOf(named);
  const names = named.map(group.length === 1 ? nameOf : toldLeftover).join(', ');
  const listed = `${names}${others > 0 ? ` and ${others} more` : ''}`;
  const bytes = bytesOf(group);
  const isHidden = first?.isHidden === true;
  const from = `${toldLayer(facts, layer)}${first?.inBase === true ? ' of the base image' : ''}`;
  const fate = isHidden ? `; hidden by a later layer and still downloaded with ${from}` : `, from ${from}`;
  const paths = group.flatMap((one) => one.paths.map((path) => `/${path}`));
  const [path = '/', ...further] = paths.map((one) => printable(one));
  return {
    message: `${noun}: ${listed}, ${formatBytes(bytes)}${fate}`,
    advice: first === undefined ? rule.advice : cureFor(first),
    evidence: {
      kind: 'file',
      path,
      state: isHidden ? 'deleted' : 'present',
      addedBy: layerMark(facts, layer),
      count: members,
      bytes,
      ...(further.length === 0 ? {} : { others: further.slice(0, maxOthers) }),
    },
    paths,
  } as const;
}

/** Further paths that evidence carries. */
const maxOthers = 20;

/** With the instruction where one says it all; where it takes a whole Dockerfile, the sentence alone. */
function cureFor({ inBase, isHidden, category, ecosystem }: Leftover): string {
  if (inBase) return smallerBase.text;
  if (isHidden) return sameStep.text;
  const { text, dockerfile } = adviceFor(category, ecosystem);
  const [line] = dockerfile;
  return dockerfile.length === 1 && line !== undefined ? `${text}: \`${line}\`` : text;
}

function toldLeftover(leftover: Leftover): string {
  return `${nameOf(leftover)} (${formatBytes(leftover.bytes)})`;
}

/** Many that are told as one say in their name how many they are. */
function nameOf({ name, version }: Leftover): string {
  return printable(version === undefined ? name : `${name} ${version}`, 60);
}

function layerOf({ layers }: Leftover): number {
  return layers[0] ?? 0;
}

function membersOf(group: readonly Leftover[]): number {
  return group.reduce((sum, one) => sum + one.members, 0);
}

function bytesOf(group: readonly Leftover[]): number {
  return group.reduce((sum, one) => sum + one.bytes, 0);
}
