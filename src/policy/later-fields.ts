// What policies may ask for in a later version: named with its reason, so that no one believes it to be in force.
import { field } from '../workload/fields.ts';
import type { LaterField } from './document-draft.ts';

/** Finds them in a policy document, whatever else is wrong with it. */
export function findLaterFields(document: unknown): readonly LaterField[] {
  if (field(field(document, 'spec'), 'expressions') === undefined) return [];
  return [{ path: ['spec', 'expressions'], message: 'this version cannot judge expressions yet' }];
}
