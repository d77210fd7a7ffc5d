// Whether something watches over the running container: a HEALTHCHECK in the image, or a probe in the pod.
import type { RunnableImageFacts } from '../inspection/image-facts.ts';
import { findingOf, type Rule } from './check.ts';
import { defineImageCheck } from './define-check.ts';
import { flag } from './parameter.ts';

const missing: Rule = {
  id: 'healthcheck/missing',
  severity: 'low',
  title: 'Nothing tells whether the container is healthy',
  why: 'A process that hangs looks like one that works. Docker and Compose act on HEALTHCHECK; Kubernetes ignores it and needs probes, without which traffic goes to pods that cannot answer and hung ones are never restarted.',
  advice:
    'add a livenessProbe or readinessProbe to the container, or a HEALTHCHECK to the final stage, such as `HEALTHCHECK CMD ["/app/healthcheck"]` (buildah and podman keep it only with `--format docker`)',
};

const disabled: Rule = {
  id: 'healthcheck/disabled',
  severity: 'low',
  title: 'The health check is switched off',
  why: 'HEALTHCHECK NONE removes the check that the base image brought, and puts nothing in its place.',
  advice:
    'replace `HEALTHCHECK NONE` by a check of what the container really serves, or add a livenessProbe or readinessProbe to the container',
};

export const healthcheck = defineImageCheck({
  name: 'healthcheck',
  summary: 'Requires that something watches over long-running containers.',
  example: '{ required: true }',
  rules: [missing, disabled],
  uses: ['container', 'sidecar'],
  asksJobs: false,
  parameters: {
    required: flag('Whether a health check is required.', false),
    acceptProbes: flag(
      'Whether a livenessProbe or readinessProbe of the pod satisfies it. A startupProbe alone does not: it ends once the container has started.',
      true,
    ),
  },
  requiresNothing: ({ required }) => (required ? undefined : 'set required: true'),
  evaluate: ({ facts, use, workload }, { acceptProbes }) => {
    if (acceptProbes && (use.probes.liveness || use.probes.readiness)) return [];
    const rule = facts.healthcheck.kind === 'disabled' ? disabled : missing;
    // Of a bare image nobody knows the probes.
    const asksProbes = acceptProbes && workload !== undefined;
    const message = messageOf(facts, { asksProbes, startupOnly: use.probes.startup });
    if (message === undefined) return [];
    const lost = facts.healthcheck.kind === 'absent' && wasWritten(facts);
    return [
      findingOf(rule, {
        message,
        evidence: { kind: 'command', field: 'Healthcheck' },
        ...(lost ? { advice: lostAdvice } : {}),
      }),
    ];
  },
});

/** The last instruction counts, and NONE takes back what an earlier one said. */
function wasWritten({ history }: RunnableImageFacts): boolean {
  const last = history.findLast(({ keyword }) => keyword === 'HEALTHCHECK');
  return last !== undefined && !/^HEALTHCHECK\s+NONE\b/i.test(last.instruction);
}

/** Buildah warns and goes on: the instruction is in history, the config has no field for it. */
const lostAdvice =
  'the build has a HEALTHCHECK instruction that the OCI image format dropped: build with `--format docker`, or add a livenessProbe or readinessProbe to the container';

function messageOf(
  { healthcheck: fact }: RunnableImageFacts,
  { asksProbes, startupOnly }: { readonly asksProbes: boolean; readonly startupOnly: boolean },
): string | undefined {
  const probes = !asksProbes
    ? ''
    : startupOnly
      ? ' and the container has a startup probe only'
      : ' and the container has no liveness or readiness probe';
  switch (fact.kind) {
    case 'present':
      return undefined;
    case 'absent':
      return `the image has no HEALTHCHECK${probes}`;
    case 'disabled':
      return `the image says HEALTHCHECK NONE${probes}`;
    case 'empty':
      return `the image has a HEALTHCHECK without a command${probes}`;
    default:
      return fact satisfies never;
  }
}
