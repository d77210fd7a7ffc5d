// Which user a container runs as: the pod's securityContext where it decides, else the image's USER, looked up in its layers where it is a name.
import type { UserFact } from '../inspection/image-facts.ts';
import type { RunAs } from '../workload/use.ts';
import { type ContentQuestion, type Evidence, findingOf, type RawFinding } from './check.ts';
import { defineImageCheck } from './define-check.ts';
import { fromImage, judgeNamedUser, shownUser } from './named-user.ts';
import { flag } from './parameter.ts';
import { notNumericRule, outOfRangeRule, rootGroupRule, rootRule, unknownRule } from './user-rules.ts';
import { judgeWindowsUser } from './windows-user.ts';

interface Wanted {
  readonly nonRoot: boolean;
  readonly numeric: boolean;
  readonly allowPodOverride: boolean;
}

export const user = defineImageCheck({
  name: 'user',
  summary: 'Requires that containers do not run as root.',
  example: '{ nonRoot: true, numeric: true, rules: { root-group: audit } }',
  rules: [rootRule, unknownRule, notNumericRule, outOfRangeRule, rootGroupRule],
  uses: ['container', 'init', 'sidecar', 'ephemeral'],
  asksJobs: true,
  parameters: {
    nonRoot: flag(
      'Whether the user must not be root. A user given by name is looked up in the /etc/passwd of the image, which reads the layers, because any name may stand for uid 0.',
      false,
    ),
    numeric: flag('Whether the user must be a number: only then can the kubelet verify runAsNonRoot.', false),
    allowPodOverride: flag(
      "Whether the pod's securityContext decides, in both directions. With false the image itself must satisfy the policy as well; a pod that goes back to root is found either way.",
      true,
    ),
  },
  requiresNothing: ({ nonRoot, numeric }) => (nonRoot || numeric ? undefined : 'set nonRoot: true or numeric: true'),
  evaluate: ({ facts, use }, wanted) => {
    if (facts.platform.os === 'windows') return judgeWindowsUser(facts.user, use.runAs, wanted);
    const { user: podUser } = use.runAs;
    if (podUser === undefined) return judgeImageUser(facts.user, use.runAs, wanted);
    if (podUser === 0) return wanted.nonRoot ? [podRoot] : [];
    if (!wanted.allowPodOverride) return judgeImageUser(facts.user, use.runAs, wanted);
    return judgePodGroup(use.runAs, wanted);
  },
  content: {
    purpose: 'a USER that is a name',
    compile: (wanted) =>
      wanted.nonRoot
        ? {
            wants: (question) => isLookedUp(question, wanted),
            evaluate: ({ facts, use }) => {
              const judged = judgeNamedUser(facts);
              return isGroupOfPod(use.runAs, wanted) ? judged.filter(({ rule }) => rule !== rootGroupRule.id) : judged;
            },
          }
        : undefined,
  },
});

/** A name that may be anyone's, and that decides: neither the pod nor the kubelet has the last word. */
function isLookedUp({ facts: { user: fact, platform }, use: { runAs } }: ContentQuestion, wanted: Wanted): boolean {
  if (fact.kind !== 'name' || fact.name === 'root' || platform.os === 'windows') return false;
  if (runAs.user === 0 || (runAs.user !== undefined && wanted.allowPodOverride)) return false;
  return !isRefusedByKubelet(runAs);
}

/** With runAsNonRoot the kubelet does not start what has a name alone, so it cannot run as root either. */
function isRefusedByKubelet({ nonRoot, user: podUser }: RunAs): boolean {
  return nonRoot === true && podUser === undefined;
}

/** Whether the pod says the group, so that the image's does not count. */
function isGroupOfPod({ group }: RunAs, { allowPodOverride }: Wanted): boolean {
  return group !== undefined && (group === 0 || allowPodOverride);
}

const podRoot = findingOf(rootRule, {
  message: 'the pod sets runAsUser to 0, which is root',
  advice:
    'remove runAsUser: 0 from the securityContext, or set the uid that the program needs; grant single capabilities instead of root',
  evidence: { kind: 'source', path: 'securityContext.runAsUser', value: '0' },
});

function judgeImageUser(fact: UserFact, runAs: RunAs, wanted: Wanted): readonly RawFinding[] {
  switch (fact.kind) {
    case 'unset':
      return wanted.nonRoot
        ? [fromImage(rootRule, 'the image sets no USER, so it runs as root')]
        : [fromImage(notNumericRule, 'the image sets no USER')];
    case 'uid':
      if (fact.uid === 0) return wanted.nonRoot ? [fromImage(rootRule, `USER ${shownUser(fact.raw)} is root`)] : [];
      return judgeGroup(fact, runAs, wanted);
    case 'name':
      return judgeName(fact, runAs, wanted);
    case 'out-of-range':
      return [fromImage(outOfRangeRule, `USER ${shownUser(fact.raw)} is not between 0 and 2147483647`)];
    case 'malformed':
      return [
        fromImage(outOfRangeRule, `USER ${shownUser(fact.raw)} is not written as user, uid, user:group or uid:gid`),
      ];
    default:
      return fact satisfies never;
  }
}

function judgeName(fact: UserFact & { readonly kind: 'name' }, runAs: RunAs, wanted: Wanted): readonly RawFinding[] {
  const findings: RawFinding[] = [];
  const name = shownUser(fact.name);
  if (wanted.nonRoot && fact.name === 'root') findings.push(fromImage(rootRule, `USER ${shownUser(fact.raw)} is root`));
  if (isRefusedByKubelet(runAs)) {
    const message = `USER ${name} is not a number, and the pod asks for runAsNonRoot: the kubelet will refuse to start it`;
    findings.push({ ...fromImage(notNumericRule, message), ...(wanted.numeric ? {} : { atMost: 'warn' }) });
  } else if (wanted.numeric) findings.push(fromImage(notNumericRule, `USER ${name} is not a number`));
  return [...findings, ...(fact.name === 'root' ? [] : judgeGroup(fact, runAs, wanted))];
}

/** Only a group that is written is judged: what a uid or name brings along stands in the layers. */
function judgeGroup(
  fact: { readonly raw: string; readonly gid?: number; readonly group?: string },
  runAs: RunAs,
  wanted: Wanted,
): readonly RawFinding[] {
  if (!wanted.nonRoot) return [];
  if (isGroupOfPod(runAs, wanted)) return judgePodGroup(runAs, wanted);
  if (fact.gid !== 0 && fact.group !== 'root') return [];
  return [{ ...fromImage(rootGroupRule, `USER ${shownUser(fact.raw)} has the root group`), atMost: 'warn' }];
}

function judgePodGroup(runAs: RunAs, wanted: Wanted): readonly RawFinding[] {
  if (!wanted.nonRoot || runAs.group !== 0) return [];
  const evidence: Evidence = { kind: 'source', path: 'securityContext.runAsGroup', value: '0' };
  return [
    findingOf(rootGroupRule, { message: 'the pod sets runAsGroup to 0, the root group', evidence, atMost: 'warn' }),
  ];
}
