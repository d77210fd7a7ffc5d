// The facts of one reference, as a person reads them and as JSON.
import type { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { formatBytes } from '../base/quantity.ts';
import { savingsOf } from '../composition/savings.ts';
import type { ArtifactFacts, LayerFact, RunnableImageFacts, SecretFact } from '../inspection/image-facts.ts';
import type { Inspection, PlatformInspection } from '../inspection/inspection.ts';
import { formatPlatform } from '../oci/platform.ts';
import { type Palette, paletteFor } from './colour.ts';
import { compositionTable } from './composition-table.ts';
import { fileSecretTexts, searchedLines, specialFileLines, wasteLines } from './content-section.ts';
import { healthcheckText, listText, maxValueLength, userText } from './fact-texts.ts';
import { count, field, fieldIndent, section } from './labelled-lines.ts';
import { safeJson } from './safe-json.ts';
import type { TextOptions } from './text-report.ts';
import { wrap } from './wrap.ts';

export interface ShownInspection {
  readonly image: string;
  readonly inspection: Extract<Inspection, { readonly kind: 'read' }>;
}

/** How it is to be written. */
interface Style extends TextOptions {
  readonly palette: Palette;
}

const formatVersion = 1;

export function jsonInspection({ image, inspection }: ShownInspection): string {
  const platforms = inspection.platforms.map(({ platform, digest, outcome }) => ({
    ...(platform === undefined ? {} : { platform: formatPlatform(platform) }),
    digest,
    ...(outcome.kind === 'facts' ? factsJson(outcome) : { fault: faultJson(outcome.fault) }),
  }));
  const { digest, isIndex, available, staleSince } = inspection;
  return safeJson({
    version: formatVersion,
    image,
    digest,
    isIndex,
    available: available.map(formatPlatform),
    staleSince,
    platforms,
  });
}

function factsJson({ facts, contentFault }: Outcome): object {
  const content = facts.kind === 'image' ? facts.content : undefined;
  return {
    facts,
    contentFault: contentFault === undefined ? undefined : faultJson(contentFault),
    savings: content === undefined ? undefined : savingsOf(content.composition),
  };
}

function faultJson({ code, message }: Fault): object {
  return { code, message };
}

export function textInspection({ image, inspection }: ShownInspection, options: TextOptions): string {
  const palette = paletteFor(options.colour);
  const available = inspection.available.map(formatPlatform).join(', ');
  const head = [
    palette.strong(printable(image, maxValueLength)),
    field('digest', inspection.digest),
    ...(inspection.isIndex ? [field('platforms', available || 'none')] : []),
    ...(inspection.staleSince === undefined ? [] : [field('stale since', printable(inspection.staleSince))]),
  ];
  const platforms = inspection.platforms.flatMap((one) => [
    '',
    ...platformLines(one, inspection.isIndex, { ...options, palette }),
  ]);
  return `${[...head, ...platforms].join('\n')}\n`;
}

function platformLines(
  { platform, digest, outcome }: PlatformInspection,
  isIndex: boolean,
  style: Style,
): readonly string[] {
  const { palette } = style;
  const name = platform === undefined ? 'artifact' : formatPlatform(platform);
  const title = palette.strong(isIndex ? `${name}  ${digest}` : name);
  if (outcome.kind === 'fault') return [title, field('unreadable', palette.bad(printable(outcome.fault.message)))];
  return [title, ...factLines(outcome, style)];
}

type Outcome = Extract<PlatformInspection['outcome'], { readonly kind: 'facts' }>;

function factLines({ facts, contentFault }: Outcome, style: Style): readonly string[] {
  switch (facts.kind) {
    case 'image':
      return [...imageLines(facts, style), ...unreadLines(contentFault, style)];
    case 'artifact':
      return artifactLines(facts);
    default:
      return facts satisfies never;
  }
}

function artifactLines(facts: ArtifactFacts): readonly string[] {
  return [
    field('type', printable(facts.artifactType)),
    field('size', `${formatBytes(facts.compressedSize)} in ${count(facts.layers.length, 'layer')}`),
    ...section('annotations', entriesText(Object.entries(facts.annotations))),
  ];
}

function imageLines(facts: RunnableImageFacts, style: Style): readonly string[] {
  const { palette } = style;
  return [
    field('size', sizeText(facts)),
    field('user', userText(facts)),
    field('health check', healthcheckText(facts.healthcheck)),
    field('entrypoint', listText(facts.entrypoint)),
    field('command', listText(facts.command)),
    field('ports', facts.exposedPorts.map(({ raw }) => printable(raw)).join(', ') || 'none'),
    ...section(
      'volumes',
      facts.volumes.map((path) => printable(path)),
    ),
    ...section('working dir', facts.workingDir === '' ? [] : [printable(facts.workingDir)]),
    ...section('stop signal', facts.stopSignal === '' ? [] : [printable(facts.stopSignal)]),
    field('created', facts.created === undefined ? 'unknown' : printable(facts.created)),
    field('built by', printable(facts.builder)),
    field('config', facts.configDigest),
    ...baseLines(facts),
    ...section('env', entriesText(facts.env.map(({ name, value }) => [name, value]))),
    ...section('labels', entriesText(Object.entries(facts.labels))),
    ...section('annotations', entriesText(Object.entries(facts.annotations))),
    ...section('layers', layerLines(facts, palette)),
    ...section('history', historyLines(facts)),
    ...secretLines(facts, style),
    ...contentLines(facts, style),
    ...coverageLines(facts, palette),
  ];
}

function sizeText({ compressedSize, layers, content }: RunnableImageFacts): string {
  const plain = content === undefined ? '' : `, ${formatBytes(content.tree.bytes)} uncompressed`;
  return `${formatBytes(compressedSize)} compressed${plain}, ${count(layers.length, 'layer')}`;
}

/** Narrower ones are taken for this; wider than `wrap` writes helps nobody. */
const narrowest = 40;
const usualColumns = 120;

function roomIn(columns = usualColumns): number {
  return Math.max(narrowest, columns) - fieldIndent;
}

function contentLines(facts: RunnableImageFacts, { palette, columns }: Style): readonly string[] {
  const { content } = facts;
  if (content === undefined) return [];
  const room = roomIn(columns);
  return [
    ...section(
      'special files',
      specialFileLines(content).flatMap((line) => wrap(line, '', room)),
    ),
    ...section(
      'wasted',
      wasteLines(facts, content).flatMap((line) => wrap(line, '', room)),
    ),
    ...section('made of', compositionTable(facts, content.composition, { palette, columns: room })),
  ];
}

function unreadLines(fault: Fault | undefined, { palette }: Style): readonly string[] {
  return fault === undefined ? [] : [field('unread', palette.bad(printable(fault.message, maxValueLength)))];
}

function entriesText(entries: readonly (readonly [string, string])[]): readonly string[] {
  return entries.map(([key, value]) => printable(`${key}=${value}`, maxValueLength));
}

function baseLines({ base }: RunnableImageFacts): readonly string[] {
  if (base === undefined) return [];
  return [field('base', printable([base.name, base.digest].filter((part) => part !== undefined).join(' ')))];
}

function layerLines(facts: RunnableImageFacts, { faint }: Palette): readonly string[] {
  const width = Math.max(0, ...facts.layers.map(({ size }) => formatBytes(size).length));
  return facts.layers.map((layer) => {
    const made = instructionOf(layer, facts);
    const kind = layer.kind === 'tar' ? '' : ` (${layer.kind})`;
    const from = made === undefined ? '' : `  ${faint(made)}`;
    return `${String(layer.index + 1).padStart(2)}  ${formatBytes(layer.size).padStart(width)}${kind}${from}`;
  });
}

function instructionOf(layer: LayerFact, facts: RunnableImageFacts): string | undefined {
  const row = layer.history === undefined ? undefined : facts.history[layer.history];
  return row === undefined ? undefined : printable(row.instruction, 100);
}

/** Every instruction, also those that made no layer; secrets in them are replaced already. */
function historyLines({ history }: RunnableImageFacts): readonly string[] {
  return history.flatMap(({ index, instruction }) =>
    wrap(printable(instruction, maxValueLength), `${String(index + 1).padStart(2)}  `),
  );
}

function secretLines(facts: RunnableImageFacts, { palette: { bad, good }, columns }: Style): readonly string[] {
  const { secrets, content } = facts;
  const found = [...secrets.map(secretText), ...(content === undefined ? [] : fileSecretTexts(facts, content))];
  if (found.length > 0) {
    return section(
      'secrets',
      found.flatMap((line) => wrap(line, '', roomIn(columns)).map(bad)),
    );
  }
  return [field('secrets', content === undefined ? 'none found in manifest and config alone' : good('none found'))];
}

function secretText({ title, certainty, publicPrefix, place }: SecretFact): string {
  const shown = publicPrefix === undefined ? '' : ` ${printable(publicPrefix, 20)}…`;
  return `${certainty === 'certain' ? '' : 'likely '}${title}${shown} in ${placeText(place)}`;
}

function placeText(place: SecretFact['place']): string {
  switch (place.kind) {
    case 'env':
      return `ENV ${printable(place.name)}`;
    case 'label':
      return `LABEL ${printable(place.key)}`;
    case 'history': {
      const name = place.name === undefined ? '' : `, ${printable(place.name)}`;
      return `instruction ${place.history + 1} of the history${name}`;
    }
    case 'command':
      return place.field;
    default:
      return place satisfies never;
  }
}

/** Said because silence would look like a clean bill. */
function coverageLines({ coverage, content }: RunnableImageFacts, { faint }: Palette): readonly string[] {
  const searched = content === undefined ? [] : searchedLines(content);
  const history =
    coverage.history === 'aligned'
      ? []
      : [
          `the history ${coverage.history === 'absent' ? 'is absent' : 'does not line up with the layers'}, so layers are not tied to instructions`,
        ];
  return section(
    'coverage',
    [`${coverage.read} of ${count(coverage.layers, 'layer')} read`, ...searched, ...history].map((line) => faint(line)),
  );
}
