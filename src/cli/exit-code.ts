// Exit codes: what scripts learn from a run without reading its output.
import type { Fault } from '../base/fault.ts';
import type { SubjectVerdict, UseVerdict } from '../policy/verdict.ts';

export const exitCodes = {
  /** Nothing was denied. */
  ok: 0,
  /** At least one deny that says something of the image, or a case that failed. */
  denied: 1,
  /** Wrong usage, or a policy or configuration that does not load. */
  usage: 2,
  /** Every deny is `undecided/*`; for `inspect`: the facts could not be had. */
  undecided: 3,
  internal: 4,
  /** 128 + the number of the signal, as shells have it. */
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The verdict of a whole run as an exit code (precedence 4, 2, 1, 3, 0). */
export function exitCodeOfVerdicts(
  subjects: readonly SubjectVerdict[],
  { requirePolicy }: { readonly requirePolicy: boolean },
): ExitCode {
  const uses = subjects.flatMap((subject) => subject.uses);
  if (requirePolicy && uses.some((use) => use.unjudged)) return exitCodes.denied;
  const denied = uses.filter((use) => use.verdict === 'deny');
  if (denied.some(isDeniedForItsImage)) return exitCodes.denied;
  return denied.length > 0 ? exitCodes.undecided : exitCodes.ok;
}

/** `undecided/internal` is a deny like the other causes: the image was not shown to be bad. */
function isDeniedForItsImage(use: UseVerdict): boolean {
  return use.findings.some(
    ({ action, rule, waivedBy }) => action === 'deny' && waivedBy === undefined && !rule.startsWith('undecided/'),
  );
}

/** What a command that failed leaves behind. */
export function exitCodeOfFault(fault: Fault): ExitCode {
  switch (fault.code) {
    case 'usage':
    case 'document/invalid':
    case 'reference/invalid':
      return exitCodes.usage;
    case 'internal':
      return exitCodes.internal;
    default:
      return exitCodes.undecided;
  }
}
