// Which user a container runs as: the pod's securityContext where it decides, else the image's USER.
import { printable } from '../base/printable.ts';
import type { UserFact } from '../inspection/image-facts.ts';
import type { RunAs } from '../workload/use.ts';
import { type Evidence, findingOf, type RawFinding, type Rule } from './check.ts';
import { defineImageCheck } from './define-check.ts';
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
      'Whether the user must not be root. A user given by name is `user/unknown` until the layers are read, because a name may stand for uid 0.',
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
});

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
      if (fact.uid === 0) return wanted.nonRoot ? [fromImage(rootRule, `USER ${shown(fact.raw)} is root`)] : [];
      return judgeGroup(fact, runAs, wanted);
    case 'name':
      return judgeName(fact, runAs, wanted);
    case 'out-of-range':
      return [fromImage(outOfRangeRule, `USER ${shown(fact.raw)} is not between 0 and 2147483647`)];
    case 'malformed':
      return [fromImage(outOfRangeRule, `USER ${shown(fact.raw)} is not written as user, uid, user:group or uid:gid`)];
    default:
      return fact satisfies never;
  }
}

function judgeName(fact: UserFact & { readonly kind: 'name' }, runAs: RunAs, wanted: Wanted): readonly RawFinding[] {
  const findings: RawFinding[] = [];
  const name = shown(fact.name);
  // The kubelet will not start it as long as the name is all it has, so it cannot run as root either.
  const kubeletRefuses = runAs.nonRoot === true && runAs.user === undefined;
  if (wanted.nonRoot && fact.name === 'root') findings.push(fromImage(rootRule, `USER ${shown(fact.raw)} is root`));
  else if (wanted.nonRoot && !kubeletRefuses) {
    findings.push(fromImage(unknownRule, `USER ${name} is a name, and only the layers tell whether it is root`));
  }
  if (kubeletRefuses) {
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
  if (runAs.group !== undefined && (runAs.group === 0 || wanted.allowPodOverride)) return judgePodGroup(runAs, wanted);
  if (fact.gid !== 0 && fact.group !== 'root') return [];
  return [{ ...fromImage(rootGroupRule, `USER ${shown(fact.raw)} has the root group`), atMost: 'warn' }];
}

function judgePodGroup(runAs: RunAs, wanted: Wanted): readonly RawFinding[] {
  if (!wanted.nonRoot || runAs.group !== 0) return [];
  const evidence: Evidence = { kind: 'source', path: 'securityContext.runAsGroup', value: '0' };
  return [
    findingOf(rootGroupRule, { message: 'the pod sets runAsGroup to 0, the root group', evidence, atMost: 'warn' }),
  ];
}

function fromImage(rule: Rule, message: string): RawFinding {
  return findingOf(rule, { message, evidence: { kind: 'command', field: 'User' } });
}

/** Quoted where a reader could not see where it begins and ends. */
function shown(raw: string): string {
  const text = printable(raw, 64);
  return /^[\w:.@+-]+$/.test(text) ? text : `"${text}"`;
}
