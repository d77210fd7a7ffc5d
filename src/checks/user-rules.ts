// The rules about users, in the words of someone who has to change the Dockerfile.
import type { Rule } from './check.ts';

export const rootRule: Rule = {
  id: 'user/root',
  severity: 'high',
  title: 'The container runs as root',
  why: 'Root in a container is root on the node to the kernel: whoever breaks out of the program owns what the container can reach, and any weakness of the runtime becomes a takeover of the node.',
  advice:
    'end the final stage with a numeric user that owns what the program writes: `RUN chown -R 65532:65532 /app/data` where needed, then `USER 65532:65532` (a USER in an earlier stage does not count)',
};

/** The same for both, so that one who gets both is told once. */
const writeTheNumber =
  'write the number instead of the name in the final stage: `USER 10001:10001` for a user made with `useradd --uid 10001` (the name stays in /etc/passwd), or set runAsUser in the pod';

export const unknownRule: Rule = {
  id: 'user/unknown',
  severity: 'medium',
  title: 'It is not known which user the name in USER stands for',
  why: 'A name is looked up in the /etc/passwd of the image when the container starts, and may stand for uid 0; the kubelet cannot verify it either.',
  advice: writeTheNumber,
};

export const notNumericRule: Rule = {
  id: 'user/not-numeric',
  severity: 'medium',
  title: 'USER is not a number',
  why: 'With runAsNonRoot the kubelet refuses to start a container whose image names its user: it cannot verify that the name is not root. Only a warning unless `numeric` asks for a number or `rules` of the policy say otherwise.',
  advice: writeTheNumber,
};

export const outOfRangeRule: Rule = {
  id: 'user/out-of-range',
  severity: 'critical',
  title: 'USER is no value that a runtime can use',
  why: 'Ids above 2147483647 overflow and have run as root in containerd (CVE-2024-40635), or were looked up as a name that the image can map to uid 0 (CVE-2026-46680). Other malformed values do not start at all.',
  advice:
    'use a uid between 1 and 2147483647, such as `USER 10001:10001`, and take the image for suspicious if you did not write it',
};

export const rootGroupRule: Rule = {
  id: 'user/root-group',
  severity: 'low',
  title: 'The container runs with the root group',
  why: 'Group 0 may read and write what belongs to it in the image and on volumes. On OpenShift this is the convention for images that run as any uid; elsewhere it is usually an oversight. Only a warning unless `rules` of the policy say otherwise.',
  advice:
    'give the group a number of its own (`USER 10001:10001`), or set runAsGroup in the pod; on OpenShift, set `rules: { root-group: ignore }` in the policy',
};
