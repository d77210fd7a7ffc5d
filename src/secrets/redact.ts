// Replaces credentials in text by what they are, so that the rest may be kept and shown.
import type { SecretMatch, TextKind } from './detector.ts';
import { findSecrets } from './find-secrets.ts';

export interface Redaction {
  readonly text: string;
  /** What was replaced; offsets are those in the text as it was. */
  readonly matches: readonly SecretMatch[];
}

/**
 * Each credential becomes `‹detector›`, or `‹detector prefix…›` where the provider publishes a prefix: nothing else of it, not its length,
 * not a hash. Redacting again changes nothing. Parameters are those of `findSecrets`.
 */
export function redact(text: string, kind: TextKind, name?: string): Redaction {
  const matches = findSecrets(text, kind, name);
  let redacted = '';
  let from = 0;
  for (const match of matches) {
    redacted += text.slice(from, match.start) + replacement(match);
    from = match.end;
  }
  return { text: redacted + text.slice(from), matches };
}

function replacement(match: SecretMatch): string {
  return match.publicPrefix === undefined ? `‹${match.detector}›` : `‹${match.detector} ${match.publicPrefix}…›`;
}
