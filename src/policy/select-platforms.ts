// Which of an image's platforms a policy judges: those that its nodes would run.
import type { Inspection, PlatformInspection } from '../inspection/inspection.ts';
import { type Platform, preferredOn, samePlatform, unknownPlatformPart } from '../oci/platform.ts';
import type { Policy } from './policy.ts';

export type Platforms = 'all' | readonly Platform[];

export function bothPlatforms(a: Platforms, b: Platforms): Platforms {
  if (a === 'all' || b === 'all') return 'all';
  return [...a, ...b.filter((platform) => !a.some((known) => samePlatform(known, platform)))];
}

/** Where the image is to run. */
export interface Destination {
  readonly platformsOf: (policy: Policy) => Platforms;
  /** Operating systems of the nodes; absent where they are not known. */
  readonly nodeSystems: ReadonlySet<string> | undefined;
  /** The operating system that the pod asks for, where it says so. */
  readonly podSystem: string | undefined;
}

/**
 * Of what was read, what a policy judges: what nodes of its platforms would run, of the operating system that the pod asks for.
 * A single manifest is judged whatever its architecture, because a runtime does not compare it; but only as an image of a system that it can
 * come to run on, lest one that calls itself a Windows image be judged by the rules of Windows on Linux.
 */
export function selectPlatforms(
  { isIndex, platforms: read }: Inspection & { readonly kind: 'read' },
  policy: Policy,
  { platformsOf, nodeSystems, podSystem }: Destination,
): readonly PlatformInspection[] {
  const platforms = platformsOf(policy);
  const fitting =
    podSystem === undefined ? read : read.filter(({ platform }) => platform === undefined || platform.os === podSystem);
  if (!isIndex) {
    const systems = platforms === 'all' ? nodeSystems : new Set(platforms.map(({ os }) => os));
    if (systems === undefined) return fitting;
    return fitting.filter(({ platform }) => platform === undefined || isAmong(platform.os, systems));
  }
  if (platforms === 'all') return fitting;
  const offered = fitting.flatMap((entry) =>
    entry.platform === undefined ? [] : [{ platform: entry.platform, entry }],
  );
  const chosen = new Set(platforms.flatMap((wanted) => preferredOn(wanted, offered).map(({ entry }) => entry)));
  return fitting.filter((entry) => entry.platform === undefined || chosen.has(entry));
}

function isAmong(system: string, systems: ReadonlySet<string>): boolean {
  return system === unknownPlatformPart || systems.has(system);
}
