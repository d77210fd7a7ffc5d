// What a check or rule looks for, why, how to fix it and which parameters it takes: assembled from the list of checks.
import { Fault } from '../base/fault.ts';
import type { Check, Rule } from './check.ts';
import { allRules, checks } from './checks.ts';
import { integrityRules } from './integrity-rules.ts';
import { undecidedRules } from './undecided-rules.ts';

/** Columns of a terminal that nobody has widened. */
const width = 80;

/** Rules that belong to no check, as groups with a name of their own. */
export const ruleGroups: readonly {
  readonly name: string;
  readonly summary: string;
  readonly rules: readonly Rule[];
}[] = [
  {
    name: 'undecided',
    summary:
      'Facts that could not be had. The `undecided` block of a policy says what follows, by cause; what it does not list takes the action.',
    rules: undecidedRules,
  },
  {
    name: 'integrity',
    summary:
      'Images that contradict themselves. Every policy that reads an image finds them, with its own action; neither `rules` nor exceptions reach them.',
    rules: integrityRules,
  },
];

/** All checks and rules, a line each. */
export function explainAll(): string {
  const groups = [...checks, ...ruleGroups].flatMap(({ name, summary, rules }) => [
    ...wrapped(`${name}: ${summary}`, ''),
    ...rules.flatMap(overviewOf),
    '',
  ]);
  return `${[...groups, 'tidewaiter explain CHECK or RULE tells more.'].join('\n')}\n`;
}

/** Where the titles of rules begin: behind the longest id. */
const titleColumn = 29;

function overviewOf({ id, title }: Rule): readonly string[] {
  const lines = wrapped(title, ' '.repeat(titleColumn));
  return lines.map((line, index) => (index === 0 ? `  ${id}`.padEnd(titleColumn) + line.trimStart() : line));
}

/**
 * Explains one check, group of rules or rule.
 * @throws Fault `usage` when there is none of that name; it lists what there is.
 */
export function explain(name: string): string {
  const check = checks.find((known) => known.name === name);
  if (check !== undefined) return textOf(explainCheck(check));
  const group = ruleGroups.find((known) => known.name === name);
  if (group !== undefined) {
    return textOf([
      ...wrapped(`${group.name}: ${group.summary}`, ''),
      ...group.rules.flatMap((rule) => ['', ...explainRule(rule)]),
    ]);
  }
  const rule = allRules.find(({ id }) => id === name);
  if (rule !== undefined) return textOf([...explainRule(rule), '', ...parentOf(rule)]);
  throw new Fault('usage', unknownName(name));
}

function textOf(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

function explainCheck(check: Check): readonly string[] {
  return [
    ...wrapped(`${check.name}: ${check.summary}`, ''),
    '',
    ...wrapped(askedOf(check), ''),
    '',
    'Parameters',
    ...Object.entries(check.parameters).flatMap(([name, { schema }]) => [
      `  ${name} (${typeOf(schema)}${defaultOf(schema)})`,
      ...wrapped(schema.description, '      '),
    ]),
    ...wrapped(reservedKeys, '  '),
    '',
    'In a policy',
    '  checks:',
    `    ${check.name}: ${check.example}`,
    ...check.rules.flatMap((rule) => ['', ...explainRule(rule)]),
  ];
}

function explainRule(rule: Rule): readonly string[] {
  return [
    ...wrapped(`${rule.id} (${rule.severity}): ${rule.title}.`, ''),
    ...wrapped(`Why: ${rule.why}`, '  '),
    ...wrapped(`Fix: ${rule.advice}.`, '  '),
  ];
}

function parentOf({ id }: Rule): readonly string[] {
  return [`tidewaiter explain ${id.slice(0, id.indexOf('/'))} tells what belongs to it.`];
}

function unknownName(name: string): string {
  const names = [...checks, ...ruleGroups].map((known) => known.name).join(', ');
  const reason = `there is no check or rule ${JSON.stringify(name.slice(0, 60))}`;
  return `${reason}; checks are ${names}, and \`tidewaiter explain\` lists their rules`;
}

export const reservedKeys =
  "Every check also takes `action` (deny, warn or audit: what follows from it, never more than the policy's action), `rules` (the same for single rules by the second half of their id, or ignore) and `uses` (only these of the uses it asks).";

const useNames = {
  container: 'containers',
  init: 'init containers',
  sidecar: 'sidecars',
  ephemeral: 'ephemeral containers',
  volume: 'image volumes',
} as const;

/** Whom a check asks and what it reads, in one or two sentences. */
export function askedOf(check: Check): string {
  const uses = check.uses.map((use) => useNames[use]);
  const jobs = check.asksJobs ? '' : ', not of Jobs and CronJobs';
  const artifacts = check.judgesArtifacts ? ' Artifacts in volumes are judged too.' : '';
  return `Asked of ${uses.join(', ')}${jobs}. Reads ${sourceOf(check)}.${artifacts}`;
}

function sourceOf({ needs, readsLayersFor }: Check): string {
  switch (needs) {
    case 'reference':
      return 'the reference alone, before anything is fetched';
    case 'surface':
      return 'manifest and config';
    case 'content':
      return readsLayersFor === undefined
        ? 'the layers'
        : `manifest and config, and the layers only for ${readsLayersFor}`;
    default:
      return needs satisfies never;
  }
}

/** The type of a parameter as a person would say it. */
export function typeOf(schema: Readonly<Record<string, unknown>>): string {
  const { enum: words, items, type } = schema;
  if (Array.isArray(words)) return `one of ${words.join(', ')}`;
  const inner =
    typeof items === 'object' && items !== null && 'enum' in items && Array.isArray(items.enum) ? items.enum : [];
  if (inner.length > 0) return `list of ${inner.join(', ')}`;
  if (Array.isArray(type)) return type.map(nameOfType).join(' or ');
  return nameOfType(type);
}

function nameOfType(type: unknown): string {
  switch (type) {
    case 'array':
      return 'list';
    case 'object':
      return 'map';
    case 'string':
      return 'text';
    case 'integer':
      return 'number';
    default:
      return String(type);
  }
}

export function defaultOf(schema: Readonly<Record<string, unknown>>): string {
  const written = schema['default'];
  if (written === undefined) return '';
  return `, default ${Array.isArray(written) ? written.join(', ') : String(written)}`;
}

/** Breaks text at spaces so that every line fits, each indented. A word that is longer stays whole. */
function wrapped(text: string, indent: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (indent.length + longer.length > width && line !== '') {
      lines.push(indent + line);
      line = word;
    } else line = longer;
  }
  return [...lines, indent + line];
}
