// The documentation page of all checks and rules, generated from the list so that it cannot lag behind.
import type { Check, Rule } from './check.ts';
import { checks } from './checks.ts';
import { askedOf, defaultOf, reservedKeys, ruleGroups, typeOf } from './explain.ts';

/** The Markdown of `docs/checks.md`. */
export function checksPage(): string {
  const parts = [
    '# Checks and rules',
    '<!-- Written by `make generate` from src/checks; change it there. -->',
    'A policy says under `spec.checks` what is required of an image. Each check fails in one or more ways, its rules; their ids stand in every output, in exceptions and in dashboards, and never change. `tidewaiter explain` prints the same text.',
    reservedKeys,
    tableOf(
      ['check', 'rules'],
      [...checks, ...ruleGroups].map(({ name, rules }) => [
        `[${name}](#${name})`,
        rules.map(({ id }) => `\`${id}\``).join(' '),
      ]),
    ),
    ...checks.flatMap(partsOfCheck),
    ...ruleGroups.flatMap(({ name, summary, rules }) => [`## ${name}`, summary, ...rules.flatMap(partsOfRule)]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function partsOfCheck(check: Check): readonly string[] {
  return [
    `## ${check.name}`,
    check.summary,
    askedOf(check),
    tableOf(
      ['parameter', 'type', 'what it asks for'],
      Object.entries(check.parameters).map(([name, { schema }]) => [
        `\`${name}\``,
        `${typeOf(schema)}${defaultOf(schema)}`,
        schema.description,
      ]),
    ),
    ['```yaml', 'checks:', `  ${check.name}: ${check.example}`, '```'].join('\n'),
    ...check.rules.flatMap(partsOfRule),
  ];
}

function partsOfRule({ id, severity, title, why, advice }: Rule): readonly string[] {
  return [`### ${id}`, `**${title}** (${severity})`, why, `Fix: ${advice}.`];
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
