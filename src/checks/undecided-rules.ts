// Rules for what could not be found out: not that an image is bad, but that nothing can be said of it.
import type { Rule } from './check.ts';

const why =
  'An image that cannot be read cannot be judged; the `undecided` block of a policy says what follows, by cause.';

export const undecidedRules: readonly Rule[] = [
  {
    id: 'undecided/unavailable',
    severity: 'high',
    title: 'The registry could not be asked',
    why,
    advice:
      'try again when the registry answers; if it stays so, check the way to it (address, proxy, certificate, rate limit)',
  },
  {
    id: 'undecided/unauthorized',
    severity: 'high',
    title: 'The registry does not let us read the image',
    why,
    advice:
      'give the pod an imagePullSecret for this registry (or its service account; on the command line: `docker login`), check that it exists and is current, and that the repository exists too: many registries answer the same for one that does not',
  },
  {
    id: 'undecided/not-found',
    severity: 'high',
    title: 'The image does not exist',
    why: 'No node could pull it either.',
    advice: 'check name and tag, and that the image was pushed, for the platforms of the cluster as well',
  },
  {
    id: 'undecided/pending',
    severity: 'medium',
    title: 'The layers of the image are still being read',
    why,
    advice: 'nothing to do: reading goes on, and the next attempt is answered from what was read',
  },
  {
    id: 'undecided/unsupported',
    severity: 'medium',
    title: 'The image is in a format that cannot be read',
    why,
    advice: 'push it with tar layers compressed with gzip or zstd and sha256 digests, as docker buildx and buildah do',
  },
  {
    id: 'undecided/limit',
    severity: 'high',
    title: 'The image or the workload is larger than a limit of this service',
    why: 'Every read from outside has a limit, so that no image and no workload can take the service down.',
    advice: 'make it ordinary again; if it has to be so, raise the named limit under `limits` in the configuration',
  },
  {
    id: 'undecided/not-an-image',
    severity: 'high',
    title: 'What the reference names is no runnable image',
    why: 'Charts, signatures, caches and models lie in registries beside images; none of them can be run as a container.',
    advice:
      'name the image itself; an artifact can be mounted as an image volume only, and a build cache belongs under a tag of its own',
  },
  {
    id: 'undecided/internal',
    severity: 'high',
    title: 'A check failed in itself',
    why: 'A defect of this program, not of the image. It is kept to the one check that has it.',
    advice:
      'report it, with the line of the log that has the same request; until then, `rules` and exceptions of the policy can leave the check out',
  },
];
