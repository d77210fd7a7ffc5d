// Which findings are alike for whoever reads them: credentials of one kind, that one layer brought into one folder.

import { topFolder } from '../base/alike.ts';
import { printablePath } from '../base/printable.ts';
import type { Finding } from './verdict.ts';

/** Undefined for findings that are told one by one. */
export function kindOfFinding({ evidence, ...finding }: Finding): string | undefined {
  if (evidence?.kind !== 'file' || evidence.detector === undefined) return undefined;
  const { rule, action, policies, platforms, waivedBy } = finding;
  const { detector, addedBy, hiddenBy, path } = evidence;
  const place = [addedBy.index, hiddenBy?.index, topFolder(path)];
  return JSON.stringify([rule, action, policies, platforms, waivedBy, detector, place]);
}

/** `37 more like it under /usr/src, from layer 4`. */
export function moreAlike(more: readonly Finding[]): string {
  const evidence = more[0]?.evidence;
  const place =
    evidence?.kind === 'file'
      ? ` under ${printablePath(topFolder(evidence.path))}, from layer ${evidence.addedBy.index + 1}`
      : '';
  return `${more.length} more like it${place}`;
}
