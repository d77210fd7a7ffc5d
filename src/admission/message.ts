// The texts of an answer: the denial as its receiver reads it, and the warnings; both bounded, both safe to print.

import { tellAlike } from '../base/alike.ts';
import { printable, shorten } from '../base/printable.ts';
import { kindOfFinding, moreAlike } from '../policy/alike-findings.ts';
import { isWithheld, type Telling, tellFinding } from './disclosure.ts';
import type { Effects, PlacedFinding } from './effects.ts';

/** Controllers cut what they put into Events at 1 KiB and terminals scroll: the whole message, in UTF-8. */
const maxMessageBytes = 2048;

/** One finding must not fill the message alone. UTF-16 units. */
const maxLineLength = 480;

/** Where not all findings fit, the worst is told whole and the others are cut, so that more of them are seen. */
const maxFurtherLineLength = 256;

/** The API server cuts warnings to this many characters once their sum is too large, and drops what exceeds the sum. */
const maxWarningLength = 256;
const maxWarningsLength = 4096;

/** Findings that are alike take as many lines, and one for all that are left. */
const maxAlike = 3;

/** More images than this, and the command names the manifest instead. */
const maxImagesInCommand = 3;

export interface MessageContext extends Telling {
  readonly uid: string;
  readonly namespace?: string;
}

const encoder = new TextEncoder();

function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/**
 * What was found, in a line that ends what kubectl says of the webhook. Then one line a finding, worst first: `path: rule: what is wrong; how to fix it`, where the same advice is told once. Then which digest
 * a tag stood for, and if not all findings fit, how many more there are and the command that shows them.
 */
export function denialMessage({ denies }: Effects, context: MessageContext): string {
  const headline = headlineOf(denies);
  const whole = findingLines(denies, context, maxLineLength);
  const judged = judgedLines(denies);
  const notes = withheldNote(denies, context);
  const complete = [headline, ...whole.map(({ text }) => text), ...judged, ...notes].join('\n');
  if (byteLength(complete) <= maxMessageBytes) return complete;
  const command = checkCommand(denies, context.namespace);
  const more = (count: number): string =>
    count === 0 ? `\`${command}\` shows them in full` : `and ${count} more; \`${command}\` shows them all`;
  const ending = [...judged.slice(0, 1), ...notes];
  const room = maxMessageBytes - byteLength([headline, ...ending, more(denies.length)].join('\n'));
  const cut = whole.map((line, index) =>
    index === 0 ? line : { ...line, text: shorten(line.text, maxFurtherLineLength) },
  );
  const told = fitting(cut, room);
  return [headline, ...told.map(({ text }) => text), ...ending, more(denies.length - countOf(told))].join('\n');
}

function headlineOf(denies: readonly PlacedFinding[]): string {
  const images = new Set(denies.map(({ use }) => use)).size;
  return `${counted(denies.length, 'finding')} on ${counted(images, 'image')}:`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

interface Line {
  readonly text: string;
  /** Findings that it tells of. */
  readonly count: number;
}

function countOf(lines: readonly Line[]): number {
  return lines.reduce((sum, { count }) => sum + count, 0);
}

/** The longest beginning of `lines` that takes at most `room` bytes, line ends included. */
function fitting(lines: readonly Line[], room: number): readonly Line[] {
  let bytes = 0;
  const end = lines.findIndex(({ text }) => {
    bytes += byteLength(text) + 1;
    return bytes > room;
  });
  return end < 0 ? lines : lines.slice(0, end);
}

function findingLines(found: readonly PlacedFinding[], telling: Telling, maxLength: number): readonly Line[] {
  let adviceAbove = '';
  return tellAlike(found, (placed) => kindOf(placed, telling), maxAlike).flatMap(({ one, more }) => {
    const { problem, advice } = tellFinding(one, telling);
    const fix = advice !== '' && advice === adviceAbove ? 'fix as above' : advice;
    adviceAbove = advice;
    const { path } = one.use.use;
    const line = {
      text: printable([`${path}: ${problem}`, ...(fix === '' ? [] : [fix])].join('; '), maxLength),
      count: 1,
    };
    if (more.length === 0) return [line];
    const alike = `${path}: ${one.finding.rule}: ${moreText(one, more, telling)}`;
    return [line, { text: printable(alike, maxLength), count: more.length }];
  });
}

/** Where details are withheld, all that say the same are alike. */
function kindOf(placed: PlacedFinding, telling: Telling): string | undefined {
  const isTold = !isWithheld(placed, telling.disclosure);
  const kind = isTold ? kindOfFinding(placed.finding) : tellFinding(placed, telling).problem;
  return kind === undefined ? undefined : JSON.stringify([placed.use.use.path, isTold, kind]);
}

function moreText(one: PlacedFinding, more: readonly PlacedFinding[], { disclosure }: Telling): string {
  if (isWithheld(one, disclosure)) return `${more.length} more like it`;
  return moreAlike(more.map(({ finding }) => finding));
}

/** A verdict on a tag holds for the digest it names now. Where the author wrote the digest there is nothing to add. */
function judgedLines(denies: readonly PlacedFinding[]): readonly string[] {
  const uses = new Set(denies.map(({ use }) => use));
  const lines = [...uses].flatMap(({ image, digest, staleSince }) => {
    if (image === undefined || digest === undefined || image.includes('@')) return [];
    const stale = staleSince === undefined ? '' : ` (stale since ${staleSince}: the registry cannot be asked)`;
    return [printable(`judged ${image}@${digest}${stale}`, maxLineLength)];
  });
  return [...new Set(lines)];
}

function withheldNote(denies: readonly PlacedFinding[], context: MessageContext): readonly string[] {
  if (!denies.some((placed) => isWithheld(placed, context.disclosure))) return [];
  return [printable(`details are in Tidewaiter's log under request ${context.uid}`, maxLineLength)];
}

/** The command that shows every finding of these uses: on their images if they are few and all have a name, else on the manifest. */
function checkCommand(found: readonly PlacedFinding[], namespace: string | undefined): string {
  const images = [...new Set(found.map(({ use }) => use.image ?? ''))];
  const areTold = images.length <= maxImagesInCommand && !images.some(isUnsafe);
  const option = namespace === undefined || isUnsafe(namespace) ? '' : `--namespace ${namespace} `;
  return `tidewaiter check ${option}${areTold ? images.join(' ') : './manifest.yaml'}`;
}

/** Not to be pasted into a shell as it is; the empty word is not. */
function isUnsafe(word: string): boolean {
  return word.length > 512 || !/^[\w.:/@[\]-]+$/.test(word);
}

/** At most 256 characters each and 4096 together, without control characters, each text once. */
export function warningTexts({ warnings }: Effects, context: MessageContext): readonly string[] {
  const all = findingLines(warnings, context, maxWarningLength);
  const lines = [...new Map(all.map((line) => [line.text, line])).values()];
  const texts = lines.map(({ text }) => text);
  if (sumOfLengths(texts) <= maxWarningsLength) return texts;
  const command = checkCommand(warnings, context.namespace);
  const more = (count: number): string =>
    shorten(`and ${count} more warnings; \`${command}\` shows them all`, maxWarningLength);
  const told: Line[] = [];
  let room = maxWarningsLength - more(countOf(lines)).length;
  for (const line of lines) {
    room -= line.text.length;
    if (room < 0) break;
    told.push(line);
  }
  return [...told.map(({ text }) => text), more(countOf(lines) - countOf(told))];
}

function sumOfLengths(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}
