// The report as a person reads it: each image with its verdict, each finding with where it lies and what to change.

import { tellAlike } from '../base/alike.ts';
import { printable } from '../base/printable.ts';
import { kindOfFinding, moreAlike } from '../policy/alike-findings.ts';
import type { UndecidedAction } from '../policy/policy.ts';
import type { Finding, UseVerdict } from '../policy/verdict.ts';
import { type Palette, paletteFor } from './colour.ts';
import { evidenceText } from './evidence-text.ts';
import { maxShownLength, type Report, type ReportedUse, summaryOf, usesOf } from './report.ts';
import { wrap } from './wrap.ts';

export interface TextOptions {
  readonly colour: boolean;
  /** Of the terminal, where there is one. */
  readonly columns?: number;
}

/** Messages and advice are whole sentences. UTF-16 units. */
const maxSentenceLength = 1000;

/** As many findings that are alike are shown; the JSON has them all. */
const maxAlike = 3;

/** Below the image's name. */
const indent = ' '.repeat(9);

/** Subjects in their order, findings worst first; ends in a line that sums up. */
export function textReport(report: Report, { colour }: TextOptions): string {
  const palette = paletteFor(colour);
  const uses = usesOf(report);
  const lines = [
    ...policyLines(report, palette),
    ...uses.flatMap((reported) => ['', ...useLines(reported, palette)]),
    '',
    ...coverageLines(uses, palette),
    summaryLine(report, palette),
  ];
  return `${lines.join('\n')}\n`;
}

/** Said first, because it decides what all the rest means. */
function policyLines(report: Report, { faint }: Palette): readonly string[] {
  if (report.isBuiltInPolicy) return [faint('no --policies given: judging by the built-in policy "baseline"')];
  const names = report.policies.map(({ name }) => printable(name)).join(', ');
  return wrap(names === '' ? 'no policy' : names, 'judging by ').map(faint);
}

function useLines(reported: ReportedUse, palette: Palette): readonly string[] {
  const { use } = reported;
  const told = tellAlike(use.findings, kindOfFinding, maxAlike);
  return [
    headline(reported, palette),
    ...placeLines(reported, palette),
    ...imageLines(use, palette),
    ...told.flatMap(({ one, more }, index) => [
      '',
      ...findingLines(one, isAdvisedBy(told[index - 1]?.one, one), palette),
      ...(more.length === 0 ? [] : ['', ...wrap(`and ${moreAlike(more)}`, indent)]),
    ]),
  ];
}

/** A waived finding shows no advice. */
function isAdvisedBy(above: Finding | undefined, { advice }: Finding): boolean {
  return advice !== '' && above?.waivedBy === undefined && above?.advice === advice;
}

function headline({ use }: ReportedUse, palette: Palette): string {
  const image = printable(use.image ?? use.use.image, maxShownLength) || '(no image)';
  return `${verdictMark(use, palette)} ${palette.strong(image)}`;
}

function verdictMark(use: UseVerdict, { bad, doubtful, good, faint }: Palette): string {
  if (use.unjudged) return faint('unjudged');
  switch (use.verdict) {
    case 'deny':
      return bad('denied  ');
    case 'warn':
      return doubtful('warning ');
    case 'allow':
      return good('allowed ');
    default:
      return use.verdict satisfies never;
  }
}

/** `deploy.yaml:17 Deployment shop/api, container api`. */
function placeLines({ subject, use }: ReportedUse, { faint }: Palette): readonly string[] {
  const { workload } = subject.verdict;
  if (workload === undefined) return [];
  const name = workload.name ?? `${workload.generateName ?? ''}*`;
  const owner = `${workload.kind} ${workload.namespace === undefined ? '' : `${workload.namespace}/`}${name}`;
  const file = subject.file === undefined ? '' : `${subject.file}:${subject.lineOf?.(use.use) ?? 1} `;
  return [faint(indent + printable(`${file}${owner}, ${use.use.kind} ${use.use.name}`, maxShownLength))];
}

function imageLines(use: UseVerdict, { faint }: Palette): readonly string[] {
  if (use.unjudged) return [faint(`${indent}no policy applies to it`)];
  const platforms = use.platforms.map(({ platform }) => printable(platform)).join(', ');
  const stale = use.staleSince === undefined ? undefined : printable(use.staleSince);
  // An image that is named by its digest has said it already.
  const digest = use.digest !== undefined && use.image?.endsWith(`@${use.digest}`) ? undefined : use.digest;
  const identity = [digest, platforms === '' ? undefined : `(${platforms})`]
    .filter((part) => part !== undefined)
    .join(' ');
  return [
    ...(identity === '' ? [] : [faint(indent + identity)]),
    ...(stale === undefined ? [] : [faint(`${indent}the registry cannot be asked; stale since ${stale}`)]),
  ];
}

/** @param isAdvised whether the finding right above has the same advice. */
function findingLines(finding: Finding, isAdvised: boolean, palette: Palette): readonly string[] {
  const { faint } = palette;
  const where = finding.evidence === undefined ? undefined : evidenceText(finding.evidence);
  const fix = isAdvised ? 'as above' : printable(finding.advice, maxSentenceLength);
  const advice = finding.waivedBy === undefined ? fix : '';
  return [
    `  ${actionMark(finding, palette)} ${palette.strong(printable(finding.rule))}${faint(` ${detailsOf(finding)}`)}`,
    ...wrap(printable(finding.message, maxSentenceLength), indent),
    ...(where === undefined ? [] : wrap(where, `${indent}at  `).map(faint)),
    ...wrap(advice, `${indent}fix `),
  ];
}

/** `critical; by production-baseline; on linux/arm64 alone; waived by the exception legacy`. */
function detailsOf({ severity, policies, platforms, waivedBy }: Finding): string {
  const names = policies.map(({ name }) => printable(name)).join(', ');
  const parts = [
    severity,
    ...(names === '' ? [] : [`by ${names}`]),
    ...(platforms === undefined ? [] : [`on ${platforms.map((platform) => printable(platform)).join(', ')} alone`]),
    ...(waivedBy === undefined ? [] : [`waived by the exception ${printable(waivedBy)}`]),
  ];
  return parts.join('; ');
}

function actionMark({ action, waivedBy }: Finding, { bad, doubtful, faint }: Palette): string {
  if (waivedBy !== undefined) return faint('waived');
  const marks: Readonly<Record<UndecidedAction, string>> = {
    deny: bad('deny  '),
    retry: bad('retry '),
    warn: doubtful('warn  '),
    audit: faint('audit '),
  };
  return marks[action];
}

/** What was not looked at is said, so that silence is not taken for a clean bill. */
function coverageLines(uses: readonly ReportedUse[], { faint }: Palette): readonly string[] {
  const looked = uses.flatMap(({ use: { coverage } }) => coverage ?? []);
  const unread = looked.filter(({ layers, read }) => read < layers).length;
  if (unread === 0) return [];
  const of = unread === looked.length ? '' : ` of ${unread} of ${looked.length} images`;
  return [faint(`manifests, configs and histories were read; the files in layers${of} were not`)];
}

function summaryLine(report: Report, { bad, doubtful, good }: Palette): string {
  const { subjects, deny, warn, unjudged } = summaryOf(report);
  if (subjects === 0) return 'no images found';
  const allowed = subjects - deny - warn - unjudged;
  const parts = [
    ...(deny > 0 ? [bad(`${deny} denied`)] : []),
    ...(warn > 0 ? [doubtful(`${warn} with warnings`)] : []),
    ...(allowed > 0 ? [good(allowed === subjects ? 'all allowed' : `${allowed} allowed`)] : []),
    ...(unjudged > 0 ? [`${unjudged} unjudged`] : []),
  ];
  return `${subjects === 1 ? '1 image' : `${subjects} images`}: ${parts.join(', ')}`;
}
