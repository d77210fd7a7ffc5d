// Users of Windows containers: names only, of which two matter.
import { printable } from '../base/printable.ts';
import type { UserFact } from '../inspection/image-facts.ts';
import type { RunAs } from '../workload/use.ts';
import { findingOf, type RawFinding } from './check.ts';
import { rootRule } from './user-rules.ts';

/** Accounts with all rights inside the container, folded to lower case, without their domain. */
const administrators: ReadonlySet<string> = new Set([
  'containeradministrator',
  'administrator',
  'system',
  'localsystem',
]);

const advice =
  'end the final stage with `USER ContainerUser`, or set securityContext.windowsOptions.runAsUserName: ContainerUser';

/** Numbers but 0 mean nothing on Windows, so `numeric` asks nothing; an image without USER runs as ContainerAdministrator. */
export function judgeWindowsUser(
  fact: UserFact,
  { windowsUserName }: RunAs,
  wanted: { readonly nonRoot: boolean; readonly allowPodOverride: boolean },
): readonly RawFinding[] {
  if (!wanted.nonRoot) return [];
  if (windowsUserName !== undefined && isAdministrator(windowsUserName)) {
    const message = `the pod sets runAsUserName to ${printable(windowsUserName, 64)}, which has all rights`;
    const evidence = { kind: 'source', path: 'securityContext.windowsOptions.runAsUserName' } as const;
    return [findingOf(rootRule, { message, advice, evidence })];
  }
  if (windowsUserName !== undefined && wanted.allowPodOverride) return [];
  const evidence = { kind: 'command', field: 'User' } as const;
  if (fact.kind === 'unset') {
    const message = 'the image sets no USER, so on Windows it runs as ContainerAdministrator';
    return [findingOf(rootRule, { message, advice, evidence })];
  }
  if (!isAdministrator(fact.raw) && !isRootOnLinux(fact)) return [];
  return [findingOf(rootRule, { message: `USER ${printable(fact.raw, 64)} has all rights`, advice, evidence })];
}

/** No Windows account is called so: an image that says it is for Windows may only say it, and run as root on Linux. */
function isRootOnLinux(fact: UserFact): boolean {
  return (fact.kind === 'uid' && fact.uid === 0) || (fact.kind === 'name' && fact.name === 'root');
}

function isAdministrator(name: string): boolean {
  const account = name.slice(name.lastIndexOf('\\') + 1).trim();
  return administrators.has(account.toLowerCase());
}
