// The revision of a document: a digest of what it says, whatever its layout, comments and order of keys.
import { type Digest, digestOf } from '../oci/digest.ts';
import { isFieldBag } from '../workload/fields.ts';

export function revisionOf(document: unknown): Digest {
  return digestOf(JSON.stringify(sorted(document)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isFieldBag(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
