// What can be required of a reference before anything is fetched: where it points, and how firmly.
import { printable } from '../base/printable.ts';
import { canonicalName } from '../oci/reference.ts';
import { useKinds } from '../workload/use.ts';
import { findingOf, type RawFinding, type Rule } from './check.ts';
import { defineReferenceCheck } from './define-check.ts';
import { choices, flag, imagePatterns } from './parameter.ts';

/** Told by the judge for a reference that cannot be parsed, whether or not a policy has this check: nothing more can be said of it. */
export const invalidReference: Rule = {
  id: 'reference/invalid',
  severity: 'high',
  title: 'The image reference cannot be read',
  why: 'No node can pull it, and what cannot be read cannot be judged.',
  advice: 'write it as registry.example.com/team/name:tag or …@sha256:…; repository names are lower case',
};

const latest: Rule = {
  id: 'reference/latest',
  severity: 'medium',
  title: 'The image is named by the tag latest',
  why: 'The tag latest moves with every push: two pods of one deployment may run different programs, and a rollback has nothing to go back to.',
  advice: 'name the version that was tested, best with its digest: `name:1.4.2@sha256:…`',
};

const noDigest: Rule = {
  id: 'reference/no-digest',
  severity: 'low',
  title: 'The image is not named by digest',
  why: 'A tag can be moved between this decision and the pull, and a node may hold an older image under it. Only a digest makes sure that what was judged is what runs.',
  advice:
    'add the digest to the reference (`name:1.4.2@sha256:…`); `docker buildx imagetools inspect`, `skopeo inspect` or `crane digest` print it, and Renovate or kustomize `images:` keep it current',
};

const registry: Rule = {
  id: 'reference/registry',
  severity: 'high',
  title: 'The image comes from a registry that is not allowed',
  why: 'Images from elsewhere were not built, scanned or kept by you, and may disappear or change.',
  advice: 'copy the image into an allowed registry (`skopeo copy`, `crane copy`) and name it there',
};

export const reference = defineReferenceCheck({
  name: 'reference',
  summary: 'Says where images may come from and how firmly they must be named.',
  example: "{ forbid: [latest], registries: [registry.example.com, 'docker.io/library/*'] }",
  rules: [invalidReference, latest, noDigest, registry],
  uses: useKinds,
  asksJobs: true,
  parameters: {
    forbid: choices('`latest`: the tag latest, written or implied; a reference with a digest is not asked.', [
      'latest',
    ]),
    requireDigest: flag('Whether a digest must be part of the reference.', false),
    registries: imagePatterns(
      'The only places images may come from: a host, or a glob over host[:port]/path (`*` within a segment, `**` whole segments). Docker Hub is docker.io, its official images docker.io/library/*.',
    ),
  },
  requiresNothing: ({ forbid, requireDigest, registries }) =>
    forbid.size === 0 && !requireDigest && registries.length === 0
      ? 'set forbid, requireDigest or registries'
      : undefined,
  evaluate: ({ reference: name, image }, { forbid, requireDigest, registries }) => {
    const { tag, digest } = name;
    const evidence = { kind: 'manifest', field: 'reference', value: printable(image) } as const;
    const findings: RawFinding[] = [];
    if (forbid.has('latest') && digest === undefined && tag === 'latest') {
      const message = image.endsWith(':latest') ? 'the tag is latest' : 'no tag is written, which means latest';
      findings.push(findingOf(latest, { message, evidence }));
    }
    if (requireDigest && digest === undefined) {
      const message = `it is named by the tag ${printable(tag ?? 'latest', 128)}, not by digest`;
      findings.push(findingOf(noDigest, { message, evidence }));
    }
    if (registries.length > 0 && !registries.some(({ matches }) => matches(canonicalName(name)))) {
      const message = `${printable(canonicalName(name), 120)} is not in an allowed registry (${listed(registries)})`;
      findings.push(findingOf(registry, { message, evidence }));
    }
    return findings;
  },
});

/** Enough to see what is meant; the policy has them all. */
const maxListed = 3;

function listed(registries: readonly { readonly pattern: string }[]): string {
  const first = registries.slice(0, maxListed).map(({ pattern }) => pattern);
  const more = registries.length - first.length;
  return more > 0 ? `${first.join(', ')} and ${more} more` : first.join(', ');
}
