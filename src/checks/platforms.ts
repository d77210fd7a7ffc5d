// Whether an image exists for every platform that must be able to run it.
import { formatPlatform, platformMatches } from '../oci/platform.ts';
import { findingOf, type Rule } from './check.ts';
import { defineImageCheck } from './define-check.ts';
import { platformList } from './parameter.ts';

const missing: Rule = {
  id: 'platforms/missing',
  severity: 'medium',
  title: 'The image does not exist for a required platform',
  why: 'On a node of that platform the pull fails, or the program dies with "exec format error", and only when a pod happens to land there.',
  advice:
    'build and push all platforms as one index: `docker buildx build --platform linux/amd64,linux/arm64 --push …`, with `FROM --platform=$BUILDPLATFORM` for the build stage and $TARGETARCH for cross-compiling',
};

export const platforms = defineImageCheck({
  name: 'platforms',
  summary: 'Requires that an image exists for given platforms.',
  example: '{ required: [linux/amd64, linux/arm64] }',
  rules: [missing],
  uses: ['container', 'init', 'sidecar', 'ephemeral'],
  asksJobs: true,
  parameters: {
    required: platformList('Platforms as os/architecture[/variant]; each must be among those the reference offers.'),
  },
  requiresNothing: ({ required }) => (required.length === 0 ? 'list platforms under required' : undefined),
  evaluate: ({ available }, { required }) =>
    required
      .filter((wanted) => !available.some((offered) => platformMatches(wanted, offered)))
      .map((wanted) => {
        const offered = available.slice(0, 6).map(formatPlatform).join(', ');
        return findingOf(missing, {
          message: `the image does not exist for ${formatPlatform(wanted)}${offered === '' ? '' : `, only for ${offered}`}`,
          evidence: { kind: 'manifest', field: `platform ${formatPlatform(wanted)}` },
        });
      }),
});
