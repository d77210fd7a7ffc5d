// What the final file system lets every program of a container do: run files as another user, and change files of others.
import { compileGlob } from '../base/glob.ts';
import { printable, printablePath } from '../base/printable.ts';
import type { ContentFacts } from '../inspection/content-facts.ts';
import { findingOf, type RawFinding, type ReadImageFacts, type Rule } from './check.ts';
import { defineLayersCheck } from './define-check.ts';
import { layerMark, toldLayer } from './layer-mark.ts';
import { attempt, choices, flag, type Parameter } from './parameter.ts';

const setuid: Rule = {
  id: 'filesystem/setuid',
  severity: 'medium',
  title: 'Files run with more rights than whoever starts them',
  why: 'A setuid file runs as its owner, mostly root, and a file with capabilities has those: they are the usual step from a broken program to root in the container. Nothing in a container logs in or mounts, so they serve nobody. `allowPrivilegeEscalation: false` in the pod disarms them.',
  advice:
    'take the bits away in the RUN that installs them (`find / -xdev -perm /6000 -type f -exec chmod a-s {} +`), leave out packages such as sudo, or use a base without a shell; set `allowPrivilegeEscalation: false` in the pod as well',
};

const worldWritable: Rule = {
  id: 'filesystem/world-writable',
  severity: 'low',
  title: 'Files or directories can be written by every user',
  why: 'Whoever gets into any process of the container can change what its other programs read and run. Directories with the sticky bit, as /tmp, are not meant.',
  advice:
    'replace `chmod 777` by `COPY --chown=10001:10001 …` or `chown` for the user that has to write there; a volume is the better place for what is written at all',
};

const kinds = {
  setuid: { rule: setuid, told: ['setuid file', 'setuid files'] },
  setgid: { rule: setuid, told: ['setgid file', 'setgid files'] },
  capabilities: { rule: setuid, told: ['file with capabilities', 'files with capabilities'] },
  worldWritableFiles: { rule: worldWritable, told: ['file that everyone can write', 'files that everyone can write'] },
  worldWritableDirectories: {
    rule: worldWritable,
    told: ['directory that everyone can write', 'directories that everyone can write'],
  },
} as const satisfies Record<keyof ContentFacts['filesystem'], object>;

const kindsOf = {
  setuid: ['setuid', 'setgid', 'capabilities'],
  'world-writable': ['worldWritableFiles', 'worldWritableDirectories'],
} as const;

type Kind = keyof typeof kinds;
type PlacedPath = ContentFacts['filesystem'][Kind]['paths'][number];

export const filesystem = defineLayersCheck({
  name: 'filesystem',
  summary: 'Keeps files with special rights out of the final file system.',
  example: '{ forbid: [setuid, world-writable], allow: [usr/bin/ping] }',
  rules: [setuid, worldWritable],
  uses: ['container', 'init', 'sidecar', 'ephemeral'],
  asksJobs: true,
  parameters: {
    forbid: choices(
      '`setuid`: files with the setuid or setgid bit or with capabilities. `world-writable`: files and directories that everyone can write, but for directories with the sticky bit.',
      ['setuid', 'world-writable'],
    ),
    allow: pathGlobs('Globs over paths that may be so (`*` within a segment, `**` whole segments).'),
    inBase: flag(
      'Whether what lies in the layers of the base image counts as well. Where the base is not recognised, its layers count as the image’s own.',
      false,
    ),
  },
  requiresNothing: ({ forbid }) => (forbid.size === 0 ? 'list what is forbidden under forbid' : undefined),
  evaluate: ({ facts }, { forbid, allow, inBase }) => {
    const isMeant = ({ path, layer }: PlacedPath) =>
      (inBase || layer >= facts.content.composition.base.layers) && !allow.some((matches) => matches(path));
    return [...forbid].flatMap((word) => kindsOf[word].flatMap((kind) => judge(facts, kind, isMeant)));
  },
});

function pathGlobs(description: string): Parameter<readonly ((path: string) => boolean)[]> {
  return {
    schema: { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string' }, description },
    absent: [],
    parse: (written, report) =>
      (Array.isArray(written) ? written : []).flatMap((entry, index) => {
        const glob = attempt(
          () => compileGlob(String(entry).replace(/^\//, '')),
          (path, message) => report([index, ...path], message),
        );
        return glob ?? [];
      }),
  };
}

/** As many are named in a message; the evidence has all that are known. */
const maxNamed = 3;

function judge(facts: ReadImageFacts, kind: Kind, isMeant: (placed: PlacedPath) => boolean): readonly RawFinding[] {
  const { count, paths } = facts.content.filesystem[kind];
  const meant = paths.filter(isMeant);
  // Facts name the first of very many; of the others it is not known where they lie.
  const unnamed = count - paths.length;
  const [first] = meant;
  if (first === undefined) return unnamed > 0 ? [tooMany(kind, unnamed)] : [];
  const total = meant.length + unnamed;
  const { rule, told } = kinds[kind];
  const named = meant.slice(0, maxNamed).map(({ path }) => `/${printablePath(path)}`);
  const more = total > named.length ? ` and ${total - named.length} more` : '';
  const all = meant.map(({ path }) => `/${path}`);
  return [
    findingOf(rule, {
      message: `${total} ${told[total === 1 ? 0 : 1]}: ${named.join(', ')}${more}, ${total === 1 ? '' : 'the first '}from ${toldLayer(facts, first.layer)}`,
      evidence: {
        kind: 'file',
        path: `/${printable(first.path, 1000)}`,
        state: 'present',
        addedBy: layerMark(facts, first.layer),
        ...(total === 1 ? {} : { count: total, others: all.slice(1).map((path) => printable(path)) }),
      },
      // An exception by path cannot cover what is not known.
      paths: unnamed > 0 ? [] : all,
    }),
  ];
}

function tooMany(kind: Kind, unnamed: number): RawFinding {
  const { rule, told } = kinds[kind];
  const evidence = { kind: 'manifest', field: `filesystem ${kind}`, value: String(unnamed) } as const;
  return findingOf(rule, { message: `${unnamed} more ${told[1]} than are named`, evidence, paths: [] });
}
