// What policies may ask for in a later version: named with its reason, so that no one believes it to be in force.
import { checks, laterChecks } from '../checks/checks.ts';
import { field, isFieldBag, listField } from '../workload/fields.ts';
import type { LaterField } from './document-draft.ts';

const needsLayers =
  'this version cannot judge it yet: it needs the content of the layers, and only manifest and config are read';

/** Finds them in a policy document, whatever else is wrong with it. */
export function findLaterFields(document: unknown): readonly LaterField[] {
  const spec = field(document, 'spec');
  const written = field(spec, 'checks');
  const found: LaterField[] = laterChecks
    .filter((name) => field(written, name) !== undefined)
    .map((name) => ({ path: ['spec', 'checks', name], message: needsLayers }));
  if (field(spec, 'expressions') !== undefined) {
    found.push({ path: ['spec', 'expressions'], message: 'this version cannot judge expressions yet' });
  }
  for (const { name, later } of checks) {
    const parameters = field(written, name);
    if (later === undefined || !isFieldBag(parameters)) continue;
    for (const parameter of later.parameters ?? []) {
      if (field(parameters, parameter) === undefined) continue;
      found.push({ path: ['spec', 'checks', name, parameter], message: needsLayers });
    }
    for (const [parameter, values] of Object.entries(later.values ?? {})) {
      for (const [index, value] of listField(parameters, parameter).entries()) {
        if (typeof value !== 'string' || !values.includes(value)) continue;
        const path = ['spec', 'checks', name, parameter, index];
        found.push({ path, message: `${value}: ${needsLayers}` });
      }
    }
  }
  return found;
}
