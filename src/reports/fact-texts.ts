// Single facts in words: the user, the health check, lists of arguments.
import { printable } from '../base/printable.ts';
import type { HealthcheckFact, RunnableImageFacts, UserFact } from '../inspection/image-facts.ts';
import { resolvedUserText } from './content-section.ts';

/** Values of strangers are shortened to this. UTF-16 units. */
export const maxValueLength = 400;

export function userText({ user, content }: RunnableImageFacts): string {
  if (user.kind === 'name' && content !== undefined) return `${printable(user.raw)} (${resolvedUserText(content)})`;
  return writtenUserText(user);
}

function writtenUserText(user: UserFact): string {
  switch (user.kind) {
    case 'unset':
      return 'not set, so root';
    case 'uid':
      return user.uid === 0 ? `${printable(user.raw)} (root)` : printable(user.raw);
    case 'name':
      return `${printable(user.raw)} (a name; its uid is in the layers)`;
    case 'out-of-range':
      return `${printable(user.raw)} (out of range)`;
    case 'malformed':
      return `${printable(user.raw)} (malformed)`;
    default:
      return user satisfies never;
  }
}

export function healthcheckText(healthcheck: HealthcheckFact): string {
  switch (healthcheck.kind) {
    case 'absent':
      return 'none';
    case 'disabled':
      return 'switched off (NONE)';
    case 'empty':
      return 'written, but it checks nothing';
    case 'present':
      return listText(healthcheck.test);
    default:
      return healthcheck satisfies never;
  }
}

export function listText(words: readonly string[]): string {
  return words.length === 0
    ? 'none'
    : printable(`[${words.map((word) => JSON.stringify(word)).join(', ')}]`, maxValueLength);
}
