// Fingerprints of findings: over what is wrong, in which bytes, and where; never over what stands there.
import { hash } from 'node:crypto';
import type { Evidence, FileEvidence } from '../checks/check.ts';

/** Hexadecimal digits: enough that two findings of a cluster never share one, short enough to copy. */
const fingerprintLength = 32;

export function fingerprintOf(...parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts)).slice(0, fingerprintLength);
}

/** Where evidence points, and what looked, without what was observed there: the same place has the same text, whatever its value. */
export function placeOf(evidence: Evidence | undefined): string {
  if (evidence === undefined) return '';
  switch (evidence.kind) {
    case 'env':
      return `env ${evidence.name} ${evidence.detector ?? ''}`;
    case 'label':
      return `label ${evidence.key} ${evidence.detector ?? ''}`;
    case 'history':
      return `history ${evidence.index} ${evidence.name ?? ''} ${evidence.detector ?? ''}`;
    case 'command':
      return `command ${evidence.field} ${evidence.detector ?? ''}`;
    case 'manifest':
      return `manifest ${evidence.field}`;
    case 'layer':
      return `layer ${evidence.digest}`;
    case 'file':
      return `file ${evidence.addedBy.index} ${evidence.path} ${placeInFile(evidence)} ${evidence.detector ?? ''}`;
    case 'source':
      return `source ${evidence.path}`;
    default:
      return evidence satisfies never;
  }
}

/** Names inside archives cannot be mistaken for one another, whatever is in them. */
function placeInFile({ within = [], line, offset }: FileEvidence): string {
  return `${JSON.stringify(within)} ${line ?? ''} ${offset ?? ''}`;
}
