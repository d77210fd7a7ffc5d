// The page of all settings (docs/configuration.md), made of the schema, so that it says what the program reads.
import { configurationSchema } from './configuration-schema.ts';

interface Node {
  readonly path: string;
  readonly schema: object;
}

const opening = `# Configuration

One YAML file, given to every command with \`--config FILE\`. Flags override it. Nothing in it has to be set; what is set is checked as a whole, and every
mistake is told at once with its line. Paths are relative to the file. Durations are written \`500ms\`, \`30s\`, \`24h\`, \`90d\`; sizes \`4Mi\`, \`500MB\`, or a
number of bytes.

\`\`\`yaml
apiVersion: tidewaiter.dev/v1alpha1
kind: Configuration
registries:
  - match: registry.internal:5000
    endpoints: [{ url: "https://mirror.internal" }]
    caFile: /etc/tidewaiter/ca.pem
    allowAddresses: [10.0.0.0/8]
    tokenRealms: [auth.internal]
lastKnown: { maxAge: 24h }
exceptions: { maxDuration: 90d }
\`\`\`

<!-- Everything below is made of the schema: \`make generate\`. -->
`;

/** The whole page as Markdown. */
export function configurationPage(): string {
  const top = nodesIn({ path: '', schema: configurationSchema }).filter(
    ({ path }) => path !== 'apiVersion' && path !== 'kind',
  );
  const single = top.filter((node) => nodesIn(node).length === 0);
  const sections = top.filter((node) => nodesIn(node).length > 0);
  return `${[opening, table(single), ...sections.map(section)].join('\n')}`;
}

function section(node: Node): string {
  const inner = leavesIn(node);
  return `## ${node.path}\n\n${textOf(node.schema, 'description')}\n\n${table(inner)}`;
}

/** Settings that hold no others; objects on the way to them only lend their name. */
function leavesIn(node: Node): readonly Node[] {
  return nodesIn(node).flatMap((child) => (nodesIn(child).length === 0 ? [child] : leavesIn(child)));
}

/** The settings directly inside an object, or inside the objects of a list. */
function nodesIn({ path, schema }: Node): readonly Node[] {
  const items = fieldOf(schema, 'items');
  if (typeof items === 'object' && items !== null) return nodesIn({ path: `${path}[]`, schema: items });
  const properties = fieldOf(schema, 'properties');
  if (typeof properties !== 'object' || properties === null) return [];
  return Object.entries(properties).map(([name, child]) => ({
    path: path === '' ? name : `${path}.${name}`,
    schema: child,
  }));
}

function table(nodes: readonly Node[]): string {
  const rows = nodes.map(({ path, schema }) => [
    `\`${path}\``,
    defaultOf(schema),
    `${textOf(schema, 'description')}${choicesOf(schema)}`,
  ]);
  const all = [['setting', 'default', 'what it is for'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const lines = all.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return `${[lines[0], rule, ...lines.slice(1)].join('\n')}\n`;
}

function defaultOf(schema: object): string {
  const value = fieldOf(schema, 'default');
  return value === undefined ? '' : `\`${String(value)}\``;
}

function choicesOf(schema: object): string {
  const choices = fieldOf(schema, 'enum');
  return Array.isArray(choices) ? ` One of ${choices.map((choice) => `\`${String(choice)}\``).join(', ')}.` : '';
}

function textOf(schema: object, name: string): string {
  const value = fieldOf(schema, name);
  return typeof value === 'string' ? value : '';
}

function fieldOf(schema: object, name: string): unknown {
  return Object.hasOwn(schema, name) ? Reflect.get(schema, name) : undefined;
}
