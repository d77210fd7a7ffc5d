// `User` of an image config, split as containerd splits it (`oci.WithUser`, moby/sys/user).
import type { UserFact } from './image-facts.ts';

/** moby/sys/user `maxID`: 2^31 - 1. */
const maxId = 2_147_483_647;

/** What Go's `strconv.Atoi` takes for a number, however large. */
const goInteger = /^[+-]?[0-9]+$/;

type Id =
  | { readonly kind: 'none' }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'out-of-range' }
  | { readonly kind: 'name'; readonly name: string };

/**
 * Never fails. An empty user beside a group is uid 0, as it is to the runtime; white space belongs to a name. A number beyond the range
 * is never taken for a name, although older runtimes do (CVE-2024-40635 and its successor).
 */
export function userFrom(raw: string): UserFact {
  if (raw === '') return { kind: 'unset' };
  const parts = raw.split(':');
  if (parts.length > 2) return { kind: 'malformed', raw };
  const user = idFrom(parts[0] ?? '');
  const group = idFrom(parts[1] ?? '');
  if (user.kind === 'out-of-range' || group.kind === 'out-of-range') return { kind: 'out-of-range', raw };
  const beside = {
    ...(group.kind === 'number' ? { gid: group.value } : {}),
    ...(group.kind === 'name' ? { group: group.name } : {}),
    ...(group.kind === 'none' && parts.length === 2 ? { gid: 0 } : {}),
  };
  if (user.kind === 'name') return { kind: 'name', raw, name: user.name, ...beside };
  return { kind: 'uid', raw, uid: user.kind === 'number' ? user.value : 0, ...beside };
}

function idFrom(text: string): Id {
  if (text === '') return { kind: 'none' };
  if (!goInteger.test(text)) return { kind: 'name', name: text };
  const value = Number(text);
  if (value < 0 || value > maxId) return { kind: 'out-of-range' };
  // -0 is 0 to Go and a number of its own here.
  return { kind: 'number', value: value + 0 };
}
