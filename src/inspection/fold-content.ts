// Folds the records of an image's layers into what only all of them together tell: which files stay, what is waste, whom USER means.
import { createHash } from 'node:crypto';
import { compose } from '../composition/compose.ts';
import { filesystemOf } from '../composition/filesystem-facts.ts';
import { type BaseEvidence, recogniseBase } from '../composition/recognise-base.ts';
import { entriesOf } from '../layers/entry-list.ts';
import type { LayerLimits } from '../layers/layer-limits.ts';
import { type ResolvedUser, resolveUser, type UserWanted } from '../layers/resolve-user.ts';
import { StackedTree } from '../layers/stacked-tree.ts';
import type { TreeContent } from '../layers/tree-node.ts';
import { summariseTree } from '../layers/tree-summary.ts';
import { nothingSearched, searchedTogether } from '../secrets/search-coverage.ts';
import { type ContentFacts, contentSchema, type FileSecretFact } from './content-facts.ts';
import { detectorRevision } from './detector-revision.ts';
import type { UserFact } from './image-facts.ts';
import { type LayerRecord, type LayerSecret, maxSecretsKept } from './layer-record.ts';

export interface FoldOptions {
  /** `User` of the image's config. */
  readonly user: UserFact;
  readonly bases: BaseEvidence;
  readonly limits: LayerLimits;
}

/**
 * @param records of all layers in order; a layer that an image has twice is there twice.
 * @throws Fault `image/malformed` where a runtime fails to unpack, `integrity/ambiguous`, `limit`.
 */
export function foldContent(records: readonly LayerRecord[], { user, bases, limits }: FoldOptions): ContentFacts {
  const tree = new StackedTree(limits);
  for (const { layer } of records) tree.apply(layer.entries);
  const layers = records.map(({ layer }) => layer);
  const documents = layers.map((layer) => layer.documents);
  const secrets = records.flatMap((record, layer) => secretsOf(record, layer, tree.contents[layer] ?? []));
  const searched = records.map((record) => record.searched).reduce(searchedTogether, nothingSearched);
  const leftOut = Math.max(0, secrets.length - maxSecretsKept);
  return {
    schema: contentSchema,
    detectors: Math.min(detectorRevision, ...records.map(({ detectors }) => detectors)),
    plainBytes: records.reduce((sum, { layer }) => sum + layer.plainBytes, 0),
    tree: summariseTree(tree, layers),
    user: userOf(user, tree, documents),
    composition: compose({ layers, tree, base: recogniseBase(layers, bases) }),
    filesystem: filesystemOf(tree, layers),
    secrets: secrets.slice(0, maxSecretsKept),
    searched: { ...searched, secretsLeftOut: searched.secretsLeftOut + leftOut },
  };
}

function userOf(
  user: UserFact,
  tree: StackedTree,
  documents: readonly LayerRecord['layer']['documents'][],
): ResolvedUser {
  switch (user.kind) {
    case 'unset':
      return resolveUser({ user: 0 }, tree, documents);
    case 'uid':
      return resolveUser({ user: user.uid, ...groupOf(user) }, tree, documents);
    case 'name':
      return resolveUser({ user: user.name, ...groupOf(user) }, tree, documents);
    case 'out-of-range':
      return { kind: 'unresolved', what: 'user', reason: 'out-of-range' };
    case 'malformed':
      return { kind: 'unresolved', what: 'user', reason: 'no-entry' };
    default:
      return user satisfies never;
  }
}

function groupOf({ gid, group }: UserFact & { readonly kind: 'uid' | 'name' }): Pick<UserWanted, 'group'> {
  const wanted = group ?? gid;
  return wanted === undefined ? {} : { group: wanted };
}

/** A layer whose files hold no credential is not unpacked a second time. */
function secretsOf(record: LayerRecord, layer: number, contents: readonly TreeContent[]): readonly FileSecretFact[] {
  if (record.secrets.length === 0) return [];
  const wanted = new Set(record.secrets.map(({ entry }) => entry));
  const paths = new Map<number, string>();
  for (const { index, path } of entriesOf(record.layer.entries)) if (wanted.has(index)) paths.set(index, `/${path}`);
  const contentOf = new Map(contents.filter(({ entry }) => wanted.has(entry)).map((one) => [one.entry, one]));
  return record.secrets.map(({ entry, ...secret }) => {
    const path = paths.get(entry) ?? '';
    const hidden = contentOf.get(entry)?.hidden;
    return {
      ...secret,
      path,
      layer,
      ...(hidden === undefined ? {} : { hidden }),
      fingerprint: fingerprintOf(record.layer.digest, path, secret),
    };
  });
}

/** The same defect has the same one in every image that has the layer. */
function fingerprintOf(layer: string, path: string, secret: Omit<LayerSecret, 'entry'>): string {
  const { detector, position, within = [] } = secret;
  return createHash('sha256')
    .update(JSON.stringify([detector, layer, path, ...within, position]))
    .digest('hex')
    .slice(0, 32);
}
