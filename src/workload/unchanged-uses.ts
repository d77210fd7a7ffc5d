// Old and new state of one object compared use by use, so that an update is judged only where it changes something.
import type { ImageUse, RunAs, Workload } from './use.ts';

export interface UnchangedOptions {
  /** Whether any policy selects by labels: then new labels may bring new policies, and every use counts as changed. */
  readonly labelsMatter: boolean;
}

/**
 * The uses of `now` for which nothing that is judged differs from `old`: kind, image, effective user fields, probes,
 * command, args, process namespace and operating system. Uses are matched by kind and name, not by position.
 */
export function unchangedUses(old: Workload, now: Workload, options: UnchangedOptions): ReadonlySet<ImageUse> {
  if (old.kind !== now.kind || old.os !== now.os) return new Set();
  if (options.labelsMatter && !haveSameEntries(old.podLabels, now.podLabels)) return new Set();
  // The API server admits no name twice; of those that stand there all the same, the last is compared, so that time stays linear.
  const before = new Map(old.uses.map((use) => [keyOf(use), use]));
  return new Set(now.uses.filter((use) => isSameUse(before.get(keyOf(use)), use)));
}

function keyOf(use: ImageUse): string {
  return `${use.kind}/${use.name}`;
}

function isSameUse(a: ImageUse | undefined, b: ImageUse): boolean {
  return (
    a !== undefined &&
    a.image === b.image &&
    a.sharesProcessNamespace === b.sharesProcessNamespace &&
    isSameRunAs(a.runAs, b.runAs) &&
    a.probes.liveness === b.probes.liveness &&
    a.probes.readiness === b.probes.readiness &&
    a.probes.startup === b.probes.startup &&
    isSameList(a.command, b.command) &&
    isSameList(a.args, b.args)
  );
}

function isSameRunAs(a: RunAs, b: RunAs): boolean {
  return a.user === b.user && a.group === b.group && a.nonRoot === b.nonRoot && a.windowsUserName === b.windowsUserName;
}

function isSameList(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

function haveSameEntries(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name]);
}
