// The texts of an answer: the denial as its receiver reads it, and the warnings; both bounded, both safe to print.
import { printable, shorten } from '../base/printable.ts';
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
  const complete = [headline, ...whole, ...judged, ...notes].join('\n');
  if (byteLength(complete) <= maxMessageBytes) return complete;
  const command = checkCommand(denies, context.namespace);
  const more = (count: number): string =>
    count === 0 ? `\`${command}\` shows them in full` : `and ${count} more; \`${command}\` shows them all`;
  const ending = [...judged.slice(0, 1), ...notes];
  const room = maxMessageBytes - byteLength([headline, ...ending, more(denies.length)].join('\n'));
  const [worst = '', ...others] = whole;
  const told = fitting([worst, ...others.map((line) => shorten(line, maxFurtherLineLength))], room);
  return [headline, ...told, ...ending, more(denies.length - told.length)].join('\n');
}

function headlineOf(denies: readonly PlacedFinding[]): string {
  const images = new Set(denies.map(({ use }) => use)).size;
  return `${counted(denies.length, 'finding')} on ${counted(images, 'image')}:`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The longest beginning of `lines` that takes at most `room` bytes, line ends included. */
function fitting(lines: readonly string[], room: number): readonly string[] {
  let bytes = 0;
  const end = lines.findIndex((line) => {
    bytes += byteLength(line) + 1;
    return bytes > room;
  });
  return end < 0 ? lines : lines.slice(0, end);
}

function findingLines(found: readonly PlacedFinding[], telling: Telling, maxLength: number): readonly string[] {
  let adviceAbove = '';
  return found.map((placed) => {
    const { problem, advice } = tellFinding(placed, telling);
    const fix = advice !== '' && advice === adviceAbove ? 'fix as above' : advice;
    adviceAbove = advice;
    return printable([`${placed.use.use.path}: ${problem}`, ...(fix === '' ? [] : [fix])].join('; '), maxLength);
  });
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
  const texts = [...new Set(findingLines(warnings, context, maxWarningLength))];
  if (sumOfLengths(texts) <= maxWarningsLength) return texts;
  const command = checkCommand(warnings, context.namespace);
  const more = (count: number): string =>
    shorten(`and ${count} more warnings; \`${command}\` shows them all`, maxWarningLength);
  const told: string[] = [];
  let room = maxWarningsLength - more(texts.length).length;
  for (const text of texts) {
    room -= text.length;
    if (room < 0) break;
    told.push(text);
  }
  return [...told, more(texts.length - told.length)];
}

function sumOfLengths(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}
