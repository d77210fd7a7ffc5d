// The values of the chart as its README lists them: every leaf of values.yaml with its default and its `# --` comment.
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';

export interface ChartValue {
  /** `webhook.failurePolicy`. */
  readonly key: string;
  /** As JSON. */
  readonly value: string;
  readonly description: string;
}

/** A map with a description of its own is a value, whatever it holds; a map without one is a group. */
export function chartValues(text: string): readonly ChartValue[] {
  const root = parseDocument(text).contents;
  if (!isMap(root)) throw new Error('values.yaml is not a map');
  return valuesOf(root, '', text);
}

const tableHead = '| value | default | what it is |\n| ----- | ------- | ---------- |\n';

/** The README with the table that it ends in made anew. */
export function withValuesTable(readme: string, values: readonly ChartValue[]): string {
  const rows = values.map(({ key, value, description }) => `| \`${key}\` | \`${value}\` | ${description} |\n`);
  const [text, ...tables] = readme.split(tableHead);
  if (tables.length !== 1) throw new Error('the README has no table of values');
  return `${text}${tableHead}${rows.join('')}`;
}

function valuesOf(map: YAMLMap, prefix: string, text: string): readonly ChartValue[] {
  return map.items.flatMap((pair) => {
    if (!isScalar(pair.key)) throw new Error('a key of values.yaml is not a scalar');
    const key = `${prefix}${String(pair.key.value)}`;
    const description = descriptionBefore(text, pair.key.range?.[0] ?? 0);
    if (description !== undefined) return [{ key, value: JSON.stringify(jsonOf(pair.value)), description }];
    if (isMap(pair.value) && pair.value.items.length > 0) return valuesOf(pair.value, `${key}.`, text);
    throw new Error(`${key} has no description`);
  });
}

/** The `# --` comment on the line before the key. */
function descriptionBefore(text: string, offset: number): string | undefined {
  const lines = text.slice(0, offset).split('\n');
  return /^\s*# -- (.+)$/.exec(lines.at(-2) ?? '')?.[1];
}

function jsonOf(node: unknown): unknown {
  return isMap(node) || isScalar(node) || hasToJson(node) ? node.toJSON() : node;
}

function hasToJson(value: unknown): value is { toJSON(): unknown } {
  return typeof value === 'object' && value !== null && 'toJSON' in value && typeof value.toJSON === 'function';
}
