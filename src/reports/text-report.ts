// The report as a person reads it: each image with its verdict, each finding with what to change.
import { printable } from '../base/printable.ts';
import type { UndecidedAction } from '../policy/policy.ts';
import type { Finding, UseVerdict } from '../policy/verdict.ts';
import { type Palette, paletteFor } from './colour.ts';
import { evidenceText } from './evidence-text.ts';
import { maxShownLength, type Report, type ReportedUse, summaryOf, usesOf } from './report.ts';

export interface TextOptions {
  readonly colour: boolean;
}

export function textReport(report: Report, { colour }: TextOptions): string {
  const palette = paletteFor(colour);
  const uses = usesOf(report);
  const lines = [
    ...policyLines(report, palette),
    ...uses.flatMap((reported) => ['', ...useLines(reported, palette)]),
    '',
    summaryLine(report, palette),
  ];
  return `${lines.join('\n')}\n`;
}

/** Said first, because it decides what all the rest means. */
function policyLines(report: Report, { faint }: Palette): readonly string[] {
  if (report.isBuiltInPolicy) return [faint('no --policies given: judging by the built-in policy "baseline"')];
  return [faint(`judging by ${report.policies.map(({ name }) => name).join(', ')}`)];
}

function useLines(reported: ReportedUse, palette: Palette): readonly string[] {
  const { use } = reported;
  return [
    headline(reported, palette),
    ...placeLines(reported, palette),
    ...imageLines(use, palette),
    ...use.findings.flatMap((finding) => findingLines(finding, palette)),
  ];
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
  return [faint(`         ${printable(`${file}${owner}, ${use.use.kind} ${use.use.name}`, maxShownLength)}`)];
}

function imageLines(use: UseVerdict, { faint }: Palette): readonly string[] {
  if (use.unjudged) return [faint('         no policy applies to it')];
  const platforms = use.platforms.map(({ platform }) => platform).join(', ');
  return [
    ...(use.digest === undefined ? [] : [faint(`         ${use.digest}${platforms === '' ? '' : ` (${platforms})`}`)]),
    ...(use.staleSince === undefined
      ? []
      : [faint(`         the registry cannot be asked; stale since ${use.staleSince}`)]),
  ];
}

function findingLines(finding: Finding, palette: Palette): readonly string[] {
  const { faint } = palette;
  const where = finding.evidence === undefined ? undefined : evidenceText(finding.evidence);
  const platforms = finding.platforms === undefined ? '' : faint(` [${finding.platforms.join(', ')}]`);
  const waived =
    finding.waivedBy === undefined ? '' : faint(` (waived by the exception ${printable(finding.waivedBy)})`);
  return [
    `  ${actionMark(finding, palette)} ${finding.rule}${faint(` ${finding.severity}`)}${platforms}${waived}`,
    `         ${finding.message}`,
    ...(where === undefined ? [] : [faint(`         at  ${where}`)]),
    ...(finding.advice === '' ? [] : [`         fix ${finding.advice}`]),
  ];
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

function summaryLine(report: Report, { bad, doubtful, good }: Palette): string {
  const { subjects, deny, warn, unjudged } = summaryOf(report);
  if (subjects === 0) return 'no images found';
  const parts = [
    ...(deny > 0 ? [bad(`${deny} denied`)] : []),
    ...(warn > 0 ? [doubtful(`${warn} with warnings`)] : []),
    ...(unjudged > 0 ? [`${unjudged} unjudged`] : []),
  ];
  const images = subjects === 1 ? '1 image' : `${subjects} images`;
  return parts.length === 0 ? `${images}: ${good('all allowed')}` : `${images}: ${parts.join(', ')}`;
}
