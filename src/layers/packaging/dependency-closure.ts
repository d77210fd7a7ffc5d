// Who is needed in the end, when it is known who needs whom.

/** The names themselves, and all that they need, directly or through others. */
export function neededBy(names: Iterable<string>, needs: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const seen = new Set(names);
  // A set may grow while it is walked.
  for (const name of seen) for (const next of needs.get(name) ?? []) seen.add(next);
  return seen;
}
