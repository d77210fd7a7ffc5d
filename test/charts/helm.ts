// Runs helm on the chart, where a helm is to be had: on the PATH, or among the tools of the end-to-end tests.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { type FieldBag, isFieldBag } from '../../src/workload/fields.ts';

export const chartDirectory = fileURLToPath(new URL('../../charts/tidewaiter', import.meta.url));

const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
const helm = [
  process.env['E2E_BIN'] ?? '',
  ...(process.env['PATH'] ?? '').split(delimiter),
  ...globSync(join(cache, 'tidewaiter/e2e-tools/*/bin')),
]
  .map((folder) => join(folder, 'helm'))
  .find((path) => path.startsWith('/') && existsSync(path));

/** For the `skip` option of a test. */
export const withoutHelm = helm === undefined && 'helm is not to be had here; make e2e-tools builds it';

export interface RenderOptions {
  /** Name of a file under `ci/`, without `-values.yaml`. */
  readonly values: string;
  readonly set?: readonly string[];
  readonly namespace?: string;
}

function argumentsOf({ values, set = [], namespace = 'tidewaiter' }: RenderOptions): readonly string[] {
  const file = join(chartDirectory, 'ci', `${values}-values.yaml`);
  return ['--namespace', namespace, '--values', file, ...set.flatMap((pair) => ['--set-json', pair])];
}

const rendered = new Map<string, readonly FieldBag[]>();

/** All objects of `helm template`, which asks no cluster. The release is called `t`. The same question is asked once. */
export function render(options: RenderOptions): readonly FieldBag[] {
  const key = JSON.stringify(options);
  const objects =
    rendered.get(key) ??
    parseAllDocuments(renderText(options))
      .map((document): unknown => document.toJS())
      .filter(isFieldBag);
  rendered.set(key, objects);
  return objects;
}

export function renderText(options: RenderOptions): string {
  return execFileSync(helm ?? 'helm', ['template', 't', chartDirectory, ...argumentsOf(options)], { encoding: 'utf8' });
}

/** What helm says when it refuses to render, or undefined when it does render. */
export function refusal(options: RenderOptions): string | undefined {
  const run = spawnSync(helm ?? 'helm', ['template', 't', chartDirectory, ...argumentsOf(options)], {
    encoding: 'utf8',
  });
  return run.status === 0 ? undefined : run.stderr;
}

export function lint(values: string): string {
  const file = join(chartDirectory, 'ci', `${values}-values.yaml`);
  return execFileSync(helm ?? 'helm', ['lint', '--strict', chartDirectory, '--values', file], { encoding: 'utf8' });
}
