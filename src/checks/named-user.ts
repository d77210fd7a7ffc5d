// A USER given by name, as the image's own /etc/passwd and /etc/group tell who that is.
import { printable } from '../base/printable.ts';
import type { ContentFacts } from '../inspection/content-facts.ts';
import { findingOf, type RawFinding, type ReadImageFacts, type Rule } from './check.ts';
import { outOfRangeRule, rootGroupRule, rootRule, unknownRule } from './user-rules.ts';

/** The user is known to be a name. */
export function judgeNamedUser({ user: fact, content: { user } }: ReadImageFacts): readonly RawFinding[] {
  if (fact.kind !== 'name') return [];
  const name = shownUser(fact.name);
  switch (user.kind) {
    case 'resolved': {
      if (user.uid === 0) return [isRoot(name)];
      // A group that is written is judged where it is written.
      const isWritten = fact.gid !== undefined || fact.group === 'root';
      return user.gid === 0 && !isWritten ? [inRootGroup(name, fact.group)] : [];
    }
    case 'uid-only':
      if (user.uid === 0) return [isRoot(name)];
      return user.reason === 'out-of-range' ? [isOutOfRange(name, 'gid')] : [];
    case 'unresolved':
      return [unresolved(name, fact.group ?? '', user)];
    default:
      return user satisfies never;
  }
}

function isRoot(name: string): RawFinding {
  return fromImage(rootRule, `USER ${name} is uid 0 by the image's /etc/passwd, which is root`);
}

function inRootGroup(name: string, group: string | undefined): RawFinding {
  const message =
    group === undefined
      ? `USER ${name} has gid 0 by the image's /etc/passwd, the root group`
      : `group ${shownUser(group)} of USER ${name} is gid 0 by the image's /etc/group, the root group`;
  return { ...fromImage(rootGroupRule, message), atMost: 'warn' };
}

function isOutOfRange(name: string, what: 'uid' | 'gid'): RawFinding {
  return fromImage(
    outOfRangeRule,
    `the ${what} of USER ${name} in the image's /etc/passwd is not between 0 and 2147483647`,
  );
}

type Unresolved = Extract<ContentFacts['user'], { readonly kind: 'unresolved' }>;

function unresolved(name: string, group: string, { what, reason }: Unresolved): RawFinding {
  const isUser = what === 'user';
  const file = isUser ? '/etc/passwd' : '/etc/group';
  const who = isUser ? `USER ${name}` : `group ${shownUser(group)} of USER ${name}`;
  if (reason === 'out-of-range') {
    return isUser
      ? isOutOfRange(name, 'uid')
      : fromImage(outOfRangeRule, `the gid of ${who} in the image's /etc/group is not between 0 and 2147483647`);
  }
  return fromImage(unknownRule, `it is not known who ${who} is: ${reasonText(file, reason)}`);
}

function reasonText(file: string, reason: Exclude<Unresolved['reason'], 'out-of-range'>): string {
  switch (reason) {
    case 'no-file':
      return `the image has no ${file}, so a container does not start`;
    case 'no-entry':
      return `the image's ${file} has no such line, so a container does not start`;
    case 'not-a-file':
      return `the image's ${file} is no file`;
    case 'too-large':
      return `the image's ${file} is larger than any that is read`;
    case 'unreadable':
      return `the image's ${file} cannot be understood`;
    case 'unread':
      return `the image's ${file} leads to a file that was not read`;
    default:
      return reason satisfies never;
  }
}

export function fromImage(rule: Rule, message: string): RawFinding {
  return findingOf(rule, { message, evidence: { kind: 'command', field: 'User' } });
}

/** Quoted where a reader could not see where it begins and ends. */
export function shownUser(raw: string): string {
  const text = printable(raw, 64);
  return /^[\w:.@+-]+$/.test(text) ? text : `"${text}"`;
}
