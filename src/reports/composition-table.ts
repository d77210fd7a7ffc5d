// What an image is made of, as an equation with bars: which parts sum to its size, and which of them a multi-stage build leaves out.
import { printable } from '../base/printable.ts';
import { formatBytes } from '../base/quantity.ts';
import { toldLayer } from '../checks/layer-mark.ts';
import type { CategoryShare, Composition, CompositionCategory } from '../composition/composition.ts';
import { type SavingAdvice, savingsOf } from '../composition/savings.ts';
import type { RunnableImageFacts } from '../inspection/image-facts.ts';
import type { Palette } from './colour.ts';
import { wrap } from './wrap.ts';

const names: Readonly<Record<CompositionCategory, string>> = {
  base: 'base image',
  'runtime-dependencies': 'runtime and packages',
  application: 'application',
  'build-tools': 'build tools',
  'dev-dependencies': 'dev dependencies',
  source: 'source',
  'package-caches': 'package caches',
  'version-control': 'version control',
  documentation: 'documentation',
};

const nameWidth = Math.max(...Object.values(names).map((name) => name.length));

/** Columns from which on a part of the table is shown; what is left over goes to the instruction. */
const columnsForBar = 62;
const columnsForCompressed = 78;
const columnsForLayer = 104;
const barWidth = 20;

/** As many pieces of advice are told, the largest first. */
const maxAdvice = 4;

export interface TableOptions {
  readonly palette: Palette;
  /** Of the terminal, less what stands at its left. */
  readonly columns: number;
}

/** Lines without indent; none for an image without files. */
export function compositionTable(
  facts: RunnableImageFacts,
  composition: Composition,
  options: TableOptions,
): readonly string[] {
  if (composition.bytes === 0) return [];
  const { palette, columns } = options;
  const savings = savingsOf(composition);
  const leftOut = new Set(savings.categories.map(({ category }) => category));
  const shown = composition.categories.filter(({ bytes }) => bytes > 0);
  const rows = shown.map((share, index) => {
    const row = { sign: index === 0 ? ' ' : '+', share, isLeftOut: leftOut.has(share.category) };
    return rowLine(facts, composition, row, options);
  });
  const total = amounts('=', 'the image', composition, composition);
  const sum = columns >= columnsForCompressed ? `${total}${' '.repeat(barWidth + 2)}${compressed(composition)}` : total;
  return [
    ...rows,
    palette.strong(sum),
    ...(columns >= columnsForBar ? wrap(legend(rows, columns), '', columns).map(palette.faint) : []),
    ...savedLines(composition, options),
  ];
}

interface Row {
  readonly sign: string;
  readonly share: CategoryShare;
  readonly isLeftOut: boolean;
}

function rowLine(
  facts: RunnableImageFacts,
  whole: Composition,
  { sign, share, isLeftOut }: Row,
  { palette, columns }: TableOptions,
): string {
  const paint = isLeftOut ? palette.bad : palette.good;
  const line = amounts(sign, names[share.category], share, whole);
  if (columns < columnsForBar) return isLeftOut ? paint(`${line} -`) : line;
  const drawn = paint(bar(share, whole, isLeftOut));
  if (columns < columnsForCompressed) return `${line}  ${drawn}`.trimEnd();
  if (columns < columnsForLayer) return `${line}  ${drawn}${compressed(share)}`;
  const room = columns - columnsForCompressed;
  return `${line}  ${drawn}${compressed(share)}  ${palette.faint(printable(broughtBy(facts, share), room))}`;
}

function amounts(sign: string, name: string, { bytes }: { readonly bytes: number }, whole: Composition): string {
  const percent = ((bytes * 100) / whole.bytes).toFixed(1);
  return `${sign} ${name.padEnd(nameWidth)} ${formatBytes(bytes).padStart(10)} ${percent.padStart(5)} %`;
}

/** Full blocks stay, shaded ones go; light ones are hidden already, and are downloaded all the same. */
function bar({ bytes, hiddenBytes }: CategoryShare, whole: Composition, isLeftOut: boolean): string {
  const blocks = Math.round((bytes * barWidth) / whole.bytes);
  if (blocks === 0) return '▏'.padEnd(barWidth);
  const hidden = isLeftOut ? 0 : Math.round((hiddenBytes * blocks) / bytes);
  return `${(isLeftOut ? '▒' : '█').repeat(blocks - hidden)}${'░'.repeat(hidden)}`.padEnd(barWidth);
}

function compressed({ compressedBytes }: { readonly compressedBytes: number }): string {
  return ` ≈ ${formatBytes(compressedBytes).padStart(10)}`;
}

/** The layer that brought most of it, with its instruction. */
function broughtBy(facts: RunnableImageFacts, { layers }: CategoryShare): string {
  const [most] = layers.toSorted((a, b) => b.bytes - a.bytes);
  if (most === undefined) return '';
  const others = layers.length - 1;
  return `${toldLayer(facts, most.layer)}${others === 0 ? '' : ` and ${others} more`}`;
}

/** Of what is drawn. */
function legend(rows: readonly string[], columns: number): string {
  const isDrawn = (block: string) => rows.some((row) => row.includes(block));
  return [
    '█ stays',
    ...(isDrawn('▒') ? ['▒ a multi-stage build leaves it out'] : []),
    ...(isDrawn('░') ? ['░ hidden by a later layer, downloaded all the same'] : []),
    ...(columns >= columnsForCompressed ? ['≈ compressed, estimated'] : []),
  ].join('; ');
}

function savedLines(composition: Composition, { palette, columns }: TableOptions): readonly string[] {
  const savings = savingsOf(composition);
  if (savings.bytes === 0) return ['', palette.good('nothing in it that a multi-stage build would leave out')];
  if (!isWorthIt(savings.bytes, composition.bytes)) {
    const left = `a multi-stage build would leave out ${formatBytes(savings.bytes)} of it: not worth the while`;
    return ['', ...wrap(left, '', columns).map(palette.good)];
  }
  const percent = ((savings.bytes * 100) / composition.bytes).toFixed(0);
  const left = formatBytes(composition.bytes - savings.bytes);
  const head = `a multi-stage build leaves out ${formatBytes(savings.bytes)} (${percent} %, about ${formatBytes(savings.compressedBytes)} compressed) and ships ${left}`;
  const told = mergedAdvice(savings.advice).slice(0, maxAdvice);
  const spelledOut = told.find(isForLanguage) ?? told[0];
  return [
    '',
    ...wrap(head, '', columns).map(palette.strong),
    ...hiddenLines(savings.hidden, columns),
    ...told.flatMap((one) => adviceLines(one, one === spelledOut, columns)),
  ];
}

/** What is left over has its own advice; this is the rest, of which the report says under `wasted` whose it is. */
function hiddenLines({ bytes }: { readonly bytes: number }, columns: number): readonly string[] {
  if (bytes < leastBytesWorthIt) return [];
  const what = `${formatBytes(bytes)} (what a later layer deletes or writes again, see wasted)`;
  return wrap(`${what}: finish files in the RUN or COPY that makes them, or in a build stage`, '- ', columns);
}

/** Below both, nobody writes another Dockerfile for it. */
const leastBytesWorthIt = 2 ** 20;
const leastShareWorthIt = 0.01;

function isWorthIt(bytes: number, whole: number): boolean {
  return bytes >= leastBytesWorthIt || bytes >= whole * leastShareWorthIt;
}

/** A program's own language says how its stages look; a C compiler is mostly there for the sake of packages of another one. */
function isForLanguage({ where, ecosystem, dockerfile }: SavingAdvice): boolean {
  const isLanguage = !['c', 'any', 'debian', 'alpine', 'rpm'].includes(ecosystem);
  return where !== 'base' && isLanguage && dockerfile.filter((line) => line.startsWith('FROM ')).length > 1;
}

/** Several kinds of leftovers may have one cure. */
function mergedAdvice(advice: readonly SavingAdvice[]): readonly SavingAdvice[] {
  return [...Map.groupBy(advice, ({ text }) => text).values()]
    .flatMap((same) => {
      const [first] = same;
      if (first === undefined) return [];
      const bytes = same.reduce((sum, one) => sum + one.bytes, 0);
      return { ...first, bytes, names: same.flatMap((one) => one.names) };
    })
    .sort((a, b) => b.bytes - a.bytes);
}

/** As many things are named. */
const maxNames = 4;

function adviceLines(
  { names: told, bytes, text, dockerfile }: SavingAdvice,
  isSpelledOut: boolean,
  columns: number,
): readonly string[] {
  const named = told
    .slice(0, maxNames)
    .map((name) => printable(name, 40))
    .join(', ');
  const more = told.length > maxNames ? ', …' : '';
  return [
    ...wrap(`${formatBytes(bytes)} (${named}${more}): ${text}`, '- ', columns),
    ...(isSpelledOut ? dockerfile.map((line) => `    ${line}`) : []),
  ];
}
