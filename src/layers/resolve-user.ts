// Which uid and gid a container of an image starts with: the config's user, looked up in the final file system as containerd does.
import { type FoundDocument, findDocument } from './find-document.ts';
import type { LayerDocument } from './layer-documents.ts';
import type { AccountId, PasswdGroup, PasswdUser } from './passwd.ts';
import type { StackedTree } from './stacked-tree.ts';

/** `User` of an image's config, split: a number or a name, and beside it nothing, a number or a name. */
export interface UserWanted {
  readonly user: number | string;
  /** Absent: the user's own. */
  readonly group?: number | string;
}

export type ResolvedUser =
  | { readonly kind: 'resolved'; readonly uid: number; readonly gid: number }
  /** The uid is certain and the gid is not. */
  | { readonly kind: 'uid-only'; readonly uid: number; readonly reason: UnresolvedReason }
  /** A container does not start, or starts as somebody we cannot tell. */
  | { readonly kind: 'unresolved'; readonly what: 'user' | 'group'; readonly reason: UnresolvedReason };

type UnresolvedReason =
  /** No such file, or no such line in it. */
  | 'no-file'
  | 'no-entry'
  /** The line has a number beyond 2^31 - 1 or below 0, which runtimes have taken for root. */
  | 'out-of-range'
  | 'not-a-file'
  | 'too-large'
  | 'unreadable'
  | 'unread';

/** A lookup that ended: the entry, or why there is none. */
type Lookup<T> =
  | { readonly kind: 'found'; readonly account: T }
  | { readonly kind: 'none'; readonly reason: UnresolvedReason };

/**
 * Follows containerd's `WithUser`, `WithUserID` and `WithUsername`: a number is never taken for a name, a name has to be in /etc/passwd,
 * a uid without an entry has gid 0. One exception: `root` without an entry is uid 0 here, since that is what it would mean.
 * @param documents of each layer, in the order in which the layers were applied.
 */
export function resolveUser(
  wanted: UserWanted,
  tree: StackedTree,
  documents: readonly (readonly LayerDocument[])[],
): ResolvedUser {
  const { user, group } = wanted;
  const found = lookUpUser(user, findDocument(tree, documents, 'etc/passwd'));
  const uid = typeof user === 'number' ? user : uidOf(user, found);
  if (typeof uid !== 'number') return { kind: 'unresolved', what: 'user', reason: uid };
  if (typeof group === 'number') return { kind: 'resolved', uid, gid: group };
  if (typeof group === 'string') {
    const gid = numberOf(lookUpGroup(group, findDocument(tree, documents, 'etc/group')), 'gid');
    return typeof gid === 'number'
      ? { kind: 'resolved', uid, gid }
      : { kind: 'unresolved', what: 'group', reason: gid };
  }
  return withOwnGroup(uid, found);
}

function withOwnGroup(uid: number, found: Lookup<PasswdUser>): ResolvedUser {
  const gid = numberOf(found, 'gid');
  if (typeof gid === 'number') return { kind: 'resolved', uid, gid };
  if (gid === 'no-file' || gid === 'no-entry') return { kind: 'resolved', uid, gid: 0 };
  return { kind: 'uid-only', uid, reason: gid };
}

function uidOf(name: string, found: Lookup<PasswdUser>): number | UnresolvedReason {
  const uid = numberOf(found, 'uid');
  return name === 'root' && (uid === 'no-file' || uid === 'no-entry') ? 0 : uid;
}

function numberOf<K extends string>(
  lookup: Lookup<{ readonly [P in K]: AccountId }>,
  field: K,
): number | UnresolvedReason {
  return lookup.kind === 'none' ? lookup.reason : lookup.account[field];
}

function lookUpUser(user: number | string, file: FoundDocument): Lookup<PasswdUser> {
  if (file.kind !== 'passwd') return { kind: 'none', reason: reasonOf(file) };
  return first(file.users.find((one) => (typeof user === 'number' ? one.uid : one.name) === user));
}

function lookUpGroup(name: string, file: FoundDocument): Lookup<PasswdGroup> {
  if (file.kind !== 'group') return { kind: 'none', reason: reasonOf(file) };
  return first(file.groups.find((one) => one.name === name));
}

function first<T>(account: T | undefined): Lookup<T> {
  return account === undefined ? { kind: 'none', reason: 'no-entry' } : { kind: 'found', account };
}

function reasonOf(file: FoundDocument): UnresolvedReason {
  switch (file.kind) {
    case 'missing':
      return 'no-file';
    case 'not-a-file':
      return 'not-a-file';
    case 'unread':
      return 'unread';
    case 'unknown':
      return file.reason;
    // /etc/passwd that leads to a group file, or the other way round, or to something else altogether.
    case 'passwd':
    case 'group':
    case 'packaging':
      return 'unreadable';
    default:
      return file satisfies never;
  }
}
