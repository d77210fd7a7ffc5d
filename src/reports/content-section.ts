// What the layers of an image tell, as lines of `inspect`: whom USER means, what is wasted, special files, and how much was looked at.

import { tellAlike, topFolder } from '../base/alike.ts';
import { printable, printablePath } from '../base/printable.ts';
import { formatBytes } from '../base/quantity.ts';
import { toldLayer } from '../checks/layer-mark.ts';
import type { ContentFacts, FileSecretFact } from '../inspection/content-facts.ts';
import type { RunnableImageFacts } from '../inspection/image-facts.ts';
import { count } from './labelled-lines.ts';

/** Of each kind as many are shown one by one. JSON has all of them. */
const maxShown = 10;

/** `1000:1000 by the image's /etc/passwd`, after the user as it is written. */
export function resolvedUserText({ user }: ContentFacts): string {
  switch (user.kind) {
    case 'resolved':
      return `${user.uid}:${user.gid} in the image${user.uid === 0 ? ', root' : ''}`;
    case 'uid-only':
      return `${user.uid} in the image${user.uid === 0 ? ', root' : ''}; its group is ${user.reason}`;
    case 'unresolved':
      return `its ${user.what} is not known: ${user.reason}`;
    default:
      return user satisfies never;
  }
}

type Hidden = ContentFacts['tree']['hidden'][number];

const didTo: Readonly<Record<Hidden['how'], string>> = {
  deleted: 'deletes',
  overwritten: 'overwrites',
  rewritten: 'writes again unchanged',
};

/** How much is wasted, and between which instructions. */
export function wasteLines(facts: RunnableImageFacts, { tree }: ContentFacts): readonly string[] {
  const { bytes, wastedBytes, hidden } = tree;
  if (wastedBytes === 0) return ['nothing'];
  const percent = ((wastedBytes * 100) / bytes).toFixed(1);
  const pairs = hidden.toSorted((a, b) => b.bytes - a.bytes);
  return [
    `${formatBytes(wastedBytes)} (${percent} %) that the final file system does not have`,
    ...shorten(pairs.filter((pair) => pair.bytes > 0).map((pair) => pairText(facts, pair))),
  ];
}

function pairText(facts: RunnableImageFacts, { layer, by, how, files, bytes }: Hidden): string {
  const told = `${formatBytes(bytes)} in ${count(files, 'file')} of ${toldLayer(facts, layer)}`;
  return by === layer ? `${told}, written twice` : `${told}, which ${toldLayer(facts, by)} ${didTo[how]}`;
}

/** Only the places; what stands there is nobody's business. Of too many, those that are alike are told as one. */
export function fileSecretTexts(facts: RunnableImageFacts, { secrets }: ContentFacts): readonly string[] {
  const told = tellAlike(secrets, kindOfSecret, secrets.length > maxShown ? 1 : maxShown);
  const shown = told.slice(0, maxShown);
  const left = told.slice(maxShown).reduce((sum, { more }) => sum + 1 + more.length, 0);
  return [
    ...shown.map(({ one, more }) => `${fileSecretText(facts, one)}${moreText(one, more)}`),
    ...(left > 0 ? [`and ${left} more`] : []),
  ];
}

function kindOfSecret({ detector, layer, hidden, path }: FileSecretFact): string {
  return JSON.stringify([detector, layer, hidden, topFolder(path)]);
}

function moreText({ path }: FileSecretFact, more: readonly FileSecretFact[]): string {
  return more.length === 0 ? '' : `; and ${more.length} more like it under ${printablePath(topFolder(path))}`;
}

function fileSecretText(facts: RunnableImageFacts, secret: FileSecretFact): string {
  const { title, certainty, publicPrefix, path, position, within = [], layer, hidden } = secret;
  const prefix = publicPrefix === undefined ? '' : ` ${printable(publicPrefix, 20)}…`;
  const inside = within.map((name) => ` » ${printable(name, 80)}`).join('');
  const place = position.kind === 'line' ? `line ${position.line}` : `byte ${position.offset}`;
  const fate = hidden === undefined ? '' : `; ${hidden.how} by ${toldLayer(facts, hidden.by)}, still downloadable`;
  const what = `${certainty === 'certain' ? '' : 'likely '}${title}${prefix}`;
  return `${what} in ${printablePath(path)}${inside}, ${place}, from ${toldLayer(facts, layer)}${fate}`;
}

const kindsOfFiles: readonly (readonly [kind: keyof ContentFacts['filesystem'], told: string])[] = [
  ['setuid', 'setuid'],
  ['setgid', 'setgid'],
  ['capabilities', 'with capabilities'],
  ['worldWritableFiles', 'writable by all'],
  ['worldWritableDirectories', 'writable by all as directories'],
];

/** As many paths are named of each kind. */
const maxPaths = 3;

export function specialFileLines({ filesystem }: ContentFacts): readonly string[] {
  return kindsOfFiles.flatMap(([kind, told]) => {
    const { count: number, paths } = filesystem[kind];
    const named = paths.slice(0, maxPaths).map(({ path }) => `/${printablePath(path)}`);
    const more = number > named.length ? ', …' : '';
    return number === 0 ? [] : [`${number} ${told}: ${named.join(', ')}${more}`];
  });
}

/** Said because silence would look like a clean bill. */
export function searchedLines({ searched, composition }: ContentFacts): readonly string[] {
  const { files, bytes, nestedArchives, nestedUnread, unreadBecause, documentsUnread, secretsLeftOut } = searched;
  const reasons = Object.entries(unreadBecause).map(([reason, times]) => `${times} ${reason}`);
  const opened = nestedArchives === 0 ? '' : `, and ${count(nestedArchives, 'archive')} inside them`;
  return [
    `${count(files, 'file')}, ${formatBytes(bytes)} searched for credentials${opened}`,
    ...(nestedUnread === 0 ? [] : [`${count(nestedUnread, 'nested archive')} not opened: ${reasons.join(', ')}`]),
    ...(documentsUnread === 0 ? [] : [`${count(documentsUnread, 'settings file')} too large to be read as such`]),
    ...(secretsLeftOut === 0 ? [] : [`${secretsLeftOut} more credentials in files that hold very many`]),
    ...shorten(composition.unread.map(({ path, reason }) => `not understood: /${printablePath(path)} (${reason})`)),
  ];
}

function shorten(lines: readonly string[]): readonly string[] {
  const left = lines.length - maxShown;
  return left > 0 ? [...lines.slice(0, maxShown), `and ${left} more`] : lines;
}
