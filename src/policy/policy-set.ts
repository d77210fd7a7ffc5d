// What is in force, put together from all files: names are unique over all of them.
import type { Problem } from '../base/document.ts';
import type { ParsedPolicies } from './parse-policies.ts';
import type { PolicySet } from './policy.ts';

/**
 * One immutable snapshot of all files, with the problems of every file and of their names taken together. With problems the set is what
 * remains without the broken and the doubled documents; whether it may be used is for the caller to say.
 */
export function createPolicySet(files: readonly ParsedPolicies[]): {
  readonly set: PolicySet;
  readonly problems: readonly Problem[];
} {
  const policies = unique(
    files.flatMap((file) => file.policies),
    ({ name }) => `policy ${name}`,
  );
  const exceptions = unique(
    files.flatMap((file) => file.exceptions),
    ({ name, namespace }) => (namespace === undefined ? `exception ${name}` : `exception ${namespace}/${name}`),
  );
  return {
    set: { policies: policies.kept, exceptions: exceptions.kept },
    problems: [...files.flatMap((file) => file.problems), ...policies.problems, ...exceptions.problems],
  };
}

interface Named {
  readonly source: string;
  readonly at: { readonly line: number; readonly column: number };
}

function unique<T extends Named>(
  named: readonly T[],
  nameOf: (value: T) => string,
): { readonly kept: readonly T[]; readonly problems: readonly Problem[] } {
  const first = new Map<string, T>();
  const problems: Problem[] = [];
  for (const value of named) {
    const name = nameOf(value);
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, value);
      continue;
    }
    const message = `there is already a ${name} in ${earlier.source}:${earlier.at.line}`;
    problems.push({ source: value.source, ...value.at, path: 'metadata.name', message });
  }
  return { kept: [...first.values()], problems };
}
