// Credentials in the files of layers, also in those that a later layer deleted: what is told of them, and what to do.

import { spreadAlike, topFolder } from '../base/alike.ts';
import { printable, printablePath } from '../base/printable.ts';
import type { ContentFacts, FileSecretFact } from '../inspection/content-facts.ts';
import {
  type FileEvidence,
  findingOf,
  findingsOfEach,
  type RawFinding,
  type ReadImageFacts,
  type Rule,
} from './check.ts';
import { cureForFile } from './file-secret-advice.ts';
import { layerMark, toldLayer } from './layer-mark.ts';

const revoking = 'revoke it, because every copy of the image has it';

export const fileRule: Rule = {
  id: 'secrets/file',
  severity: 'critical',
  title: 'A credential lies in a file of the image',
  why: 'Everyone who can pull the image can read its files, and so can everyone who gets into a container of it. Layers are shared and kept, so it stays readable after the next build as well.',
  advice: `keep it out of the build context with a .dockerignore, give it to the build with \`RUN --mount=type=secret,id=…,target=…\` and to the container with a mounted Secret; ${revoking}`,
};

export const deletedFileRule: Rule = {
  id: 'secrets/deleted-file',
  severity: 'critical',
  title: 'A credential lies in a file that a later layer hides, and can still be downloaded',
  why: 'Deleting or overwriting a file hides it from the container only: the layer that brought it is pulled with every copy of the image, and anyone can unpack it. Looking into a container shows nothing of it.',
  advice: `never let it into a layer: use \`RUN --mount=type=secret,id=…,target=…\` in the step that needs it, and COPY nothing that a later RUN removes; ${revoking}`,
};

/** The same credentials in the same file, through all layers that only wrote it again. */
interface Place {
  readonly first: FileSecretFact;
  /** Where they lie in the end. */
  readonly last: FileSecretFact;
  /** Of one detector in one file. */
  readonly all: readonly FileSecretFact[];
}

export interface WantedSecrets {
  readonly file: boolean;
  readonly deleted: boolean;
  readonly isWanted: (secret: FileSecretFact) => boolean;
}

export function judgeFileSecrets(facts: ReadImageFacts, wanted: WantedSecrets): readonly RawFinding[] {
  const { secrets, searched } = facts.content;
  const { shown = [], hidden = [] } = Object.groupBy(placesOf(secrets.filter(wanted.isWanted)), ({ last }) =>
    last.hidden === undefined ? 'shown' : 'hidden',
  );
  const tell = (rule: Rule, places: readonly Place[]) =>
    findingsOfEach(
      rule,
      places,
      (place) => detailsOf(facts, place, rule),
      ({ first }) => first.path,
    );
  return [
    ...(wanted.file ? tell(fileRule, shown) : []),
    ...(wanted.deleted ? tell(deletedFileRule, hidden) : []),
    ...(searched.secretsLeftOut > 0
      ? [leftOut(wanted.file ? fileRule : deletedFileRule, searched.secretsLeftOut)]
      : []),
  ];
}

/** Of files with very many, facts keep the first. */
function leftOut(rule: Rule, count: number): RawFinding {
  const message = `${count} more credentials in files that hold more of them than are kept one by one`;
  return findingOf(rule, { message, evidence: { kind: 'manifest', field: 'secrets left out', value: String(count) } });
}

/** One place for each detector, file and fate; what is certain and like nothing before it comes first, so that it is told where not everything is. */
function placesOf(secrets: readonly FileSecretFact[]): readonly Place[] {
  const at = new Map(secrets.map((secret) => [keyOf(secret, secret.layer), secret]));
  const continued = new Set<FileSecretFact>();
  const next = (secret: FileSecretFact): FileSecretFact | undefined =>
    secret.hidden?.how === 'rewritten' ? at.get(keyOf(secret, secret.hidden.by)) : undefined;
  for (const secret of secrets) {
    const copy = next(secret);
    if (copy !== undefined && copy !== secret) continued.add(copy);
  }
  const traced = secrets
    .filter((secret) => !continued.has(secret))
    .map((first) => {
      let last = first;
      for (let copy = next(first); copy !== undefined && copy.layer > last.layer; copy = next(copy)) last = copy;
      return { first, last };
    });
  const places = Map.groupBy(traced, ({ first, last }) =>
    JSON.stringify([first.detector, first.path, first.within, first.layer, first.certainty, last.layer, last.hidden]),
  );
  const merged = [...places.values()].flatMap((same) => {
    const [one] = same;
    return one === undefined ? [] : { ...one, all: same.map(({ first }) => first) };
  });
  return spreadAlike(merged, ({ first, last }) =>
    JSON.stringify([first.detector, first.layer, last.hidden, topFolder(first.path)]),
  ).toSorted((a, b) => rank(a) - rank(b));
}

function keyOf({ detector, path, within, position }: FileSecretFact, layer: number): string {
  return JSON.stringify([detector, path, within, position, layer]);
}

function rank({ first }: Place): number {
  return first.certainty === 'certain' ? 0 : 1;
}

function detailsOf(facts: ReadImageFacts, place: Place, rule: Rule): Omit<RawFinding, 'rule'> {
  const { first, last, all } = place;
  const { hidden } = last;
  const cure = cureForFile(facts, { secret: first, isHidden: hidden !== undefined, general: rule.advice });
  return {
    message: `${toldCredentials(place)} ${all.length === 1 ? 'lies' : 'lie'} in ${toldFile(first)}${fateOf(facts, place)}`,
    advice: cure,
    evidence: evidenceOf(facts, place),
    ...(all.length === 1 ? { fingerprint: first.fingerprint } : {}),
  };
}

function toldCredentials({ first: { title, certainty, publicPrefix }, all }: Place): string {
  const prefix = publicPrefix === undefined ? '' : `${printable(publicPrefix, 16)}…`;
  const likely = certainty === 'likely' ? 'likely ' : '';
  if (all.length > 1) return `${all.length} credentials (${likely}${title}${prefix === '' ? '' : `, ${prefix}`})`;
  return `${likely}${articleOf(title)} ${title}${prefix === '' ? '' : ` (${prefix})`}`;
}

/** Initialisms are read letter by letter: an npm token, an SSH key, a JSON Web Token. */
function articleOf(noun: string): string {
  return /^(?:[AEIO]|[aeio]|npm\b|[FHLMNRSX][A-Z])/.test(noun) ? 'an' : 'a';
}

function toldFile({ path, within = [] }: FileSecretFact): string {
  const inside = within.length === 0 ? '' : ` (inside it: ${within.map((name) => printable(name, 80)).join(' » ')})`;
  return `${printablePath(path)}${inside}`;
}

function fateOf(facts: ReadImageFacts, { first, last: { hidden } }: Place): string {
  const from = `${toldLayer(facts, first.layer)}${isOfBase(facts.content, first.layer) ? ' of the base image' : ''}`;
  if (hidden === undefined) return `, which ${from} brought`;
  const did = hidden.how === 'deleted' ? 'deleted' : 'overwritten';
  const by = hidden.by === first.layer ? 'the same layer' : toldLayer(facts, hidden.by);
  return `, ${did} by ${by} but still downloadable from ${from}`;
}

function isOfBase({ composition }: ContentFacts, layer: number): boolean {
  return layer < composition.base.layers;
}

function evidenceOf(facts: ReadImageFacts, { first, last: { hidden }, all }: Place): FileEvidence {
  const { path, position, within, detector, layer } = first;
  return {
    kind: 'file',
    path: printable(path, 1000),
    ...(position.kind === 'line' ? { line: position.line } : { offset: position.offset }),
    ...(within === undefined ? {} : { within: within.map((name) => printable(name)) }),
    detector,
    state: hidden === undefined ? 'present' : hidden.how === 'deleted' ? 'deleted' : 'overwritten',
    addedBy: layerMark(facts, layer),
    ...(hidden === undefined ? {} : { hiddenBy: layerMark(facts, hidden.by) }),
    ...(all.length === 1 ? {} : { count: all.length }),
  };
}
