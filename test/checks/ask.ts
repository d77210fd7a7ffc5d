// Asks one check about one image, with parameters as a policy writes them.
import assert from 'node:assert/strict';
import type { RawFinding } from '../../src/checks/check.ts';
import { checks } from '../../src/checks/checks.ts';
import type { ImageFacts } from '../../src/inspection/image-facts.ts';
import type { Platform } from '../../src/oci/platform.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { ImageUse, Workload } from '../../src/workload/use.ts';
import { imageFacts, useOf } from '../support/facts.ts';

export interface Asked {
  readonly facts?: ImageFacts;
  readonly use?: Partial<ImageUse>;
  readonly workload?: Workload;
  readonly at?: string;
  readonly available?: readonly Platform[];
}

/** What the check finds. Parameters with a mistake in them fail the test. */
export function ask(
  name: string,
  parameters: Readonly<Record<string, unknown>>,
  { facts = imageFacts(), use = {}, workload, at = '2026-11-23T10:00:00Z', available }: Asked = {},
): readonly RawFinding[] {
  const check = checks.find((known) => known.name === name);
  assert.ok(check !== undefined, `there is a check ${name}`);
  const compiled = check.compile(parameters, (path, message) => assert.fail(`${path.join('.')}: ${message}`));
  const asked = useOf(use);
  const input = {
    reference: parseReference(asked.image),
    image: asked.image,
    use: asked,
    ...(workload === undefined ? {} : { workload }),
    context: { atMs: Date.parse(at) },
  };
  if (compiled.needs === 'reference') return compiled.evaluate(input);
  const offered = available ?? (facts.kind === 'image' ? [facts.platform] : []);
  return compiled.evaluate({ ...input, facts, available: offered });
}

/** The rules that fail. */
export function failed(...asked: Parameters<typeof ask>): readonly string[] {
  return ask(...asked).map(({ rule }) => rule);
}

/** What is wrong with parameters, as `field: message`. */
export function problemsOf(name: string, parameters: Readonly<Record<string, unknown>>): readonly string[] {
  const problems: string[] = [];
  checks
    .find((known) => known.name === name)
    ?.compile(parameters, (path, message) => problems.push(`${path.join('.')}: ${message}`));
  return problems;
}
