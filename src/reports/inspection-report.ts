// The facts of one reference, as a person reads them and as JSON.
import { printable } from '../base/printable.ts';
import { formatBytes } from '../base/quantity.ts';
import type {
  ArtifactFacts,
  HealthcheckFact,
  ImageFacts,
  LayerFact,
  RunnableImageFacts,
  SecretFact,
  UserFact,
} from '../inspection/image-facts.ts';
import type { Inspection, PlatformInspection } from '../inspection/inspection.ts';
import { formatPlatform } from '../oci/platform.ts';
import { type Palette, paletteFor } from './colour.ts';
import { safeJson } from './safe-json.ts';
import type { TextOptions } from './text-report.ts';
import { wrap } from './wrap.ts';

export interface ShownInspection {
  readonly image: string;
  readonly inspection: Extract<Inspection, { readonly kind: 'read' }>;
}

const formatVersion = 1;

/** Values of strangers are shortened to this. UTF-16 units. */
const maxValueLength = 400;

export function jsonInspection({ image, inspection }: ShownInspection): string {
  const platforms = inspection.platforms.map(({ platform, digest, outcome }) => ({
    ...(platform === undefined ? {} : { platform: formatPlatform(platform) }),
    digest,
    ...(outcome.kind === 'facts'
      ? { facts: outcome.facts }
      : { fault: { code: outcome.fault.code, message: outcome.fault.message } }),
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

export function textInspection({ image, inspection }: ShownInspection, { colour }: TextOptions): string {
  const palette = paletteFor(colour);
  const available = inspection.available.map(formatPlatform).join(', ');
  const head = [
    palette.strong(printable(image, maxValueLength)),
    field('digest', inspection.digest),
    ...(inspection.isIndex ? [field('platforms', available || 'none')] : []),
    ...(inspection.staleSince === undefined ? [] : [field('stale since', printable(inspection.staleSince))]),
  ];
  const platforms = inspection.platforms.flatMap((one) => ['', ...platformLines(one, inspection.isIndex, palette)]);
  return `${[...head, ...platforms].join('\n')}\n`;
}

function field(name: string, value: string): string {
  return `  ${name.padEnd(13)} ${value}`;
}

function platformLines(
  { platform, digest, outcome }: PlatformInspection,
  isIndex: boolean,
  palette: Palette,
): readonly string[] {
  const name = platform === undefined ? 'artifact' : formatPlatform(platform);
  const title = palette.strong(isIndex ? `${name}  ${digest}` : name);
  if (outcome.kind === 'fault') return [title, field('unreadable', palette.bad(printable(outcome.fault.message)))];
  return [title, ...factLines(outcome.facts, palette)];
}

function factLines(facts: ImageFacts, palette: Palette): readonly string[] {
  switch (facts.kind) {
    case 'image':
      return imageLines(facts, palette);
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

function imageLines(facts: RunnableImageFacts, palette: Palette): readonly string[] {
  return [
    field('size', `${formatBytes(facts.compressedSize)} compressed, ${count(facts.layers.length, 'layer')}`),
    field('user', userText(facts.user)),
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
    ...secretLines(facts, palette),
    ...coverageLines(facts, palette),
  ];
}

function entriesText(entries: readonly (readonly [string, string])[]): readonly string[] {
  return entries.map(([key, value]) => printable(`${key}=${value}`, maxValueLength));
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}

function section(name: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => field(index === 0 ? name : '', line));
}

function listText(words: readonly string[]): string {
  return words.length === 0
    ? 'none'
    : printable(`[${words.map((word) => JSON.stringify(word)).join(', ')}]`, maxValueLength);
}

function userText(user: UserFact): string {
  switch (user.kind) {
    case 'unset':
      return 'not set, so root';
    case 'uid':
      return user.uid === 0 ? `${printable(user.raw)} (root)` : printable(user.raw);
    case 'name':
      return `${printable(user.raw)} (a name; its uid is in the layers)`;
    case 'out-of-range':
      return `${printable(user.raw)} (out of range)`;
    case 'malformed':
      return `${printable(user.raw)} (malformed)`;
    default:
      return user satisfies never;
  }
}

function healthcheckText(healthcheck: HealthcheckFact): string {
  switch (healthcheck.kind) {
    case 'absent':
      return 'none';
    case 'disabled':
      return 'switched off (NONE)';
    case 'empty':
      return 'written, but it checks nothing';
    case 'present':
      return listText(healthcheck.test);
    default:
      return healthcheck satisfies never;
  }
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

function secretLines({ secrets }: RunnableImageFacts, { bad, good }: Palette): readonly string[] {
  return section('secrets', secrets.length === 0 ? [good('none found')] : secrets.map((one) => bad(secretText(one))));
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
function coverageLines({ coverage }: RunnableImageFacts, { faint }: Palette): readonly string[] {
  const history =
    coverage.history === 'aligned'
      ? []
      : [
          `the history ${coverage.history === 'absent' ? 'is absent' : 'does not line up with the layers'}, so layers are not tied to instructions`,
        ];
  return section(
    'coverage',
    [`${coverage.read} of ${count(coverage.layers, 'layer')} read`, ...history].map((line) => faint(line)),
  );
}
