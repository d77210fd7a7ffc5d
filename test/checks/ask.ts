// Asks one check about one image, with parameters as a policy writes them.
import assert from 'node:assert/strict';
import type { CompiledCheck, RawFinding, ReadImageFacts } from '../../src/checks/check.ts';
import { checks } from '../../src/checks/checks.ts';
import type { ImageFacts, RunnableImageFacts } from '../../src/inspection/image-facts.ts';
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

/** What the check finds; in the layers only where it wants them and they were read. Parameters with a mistake in them fail the test. */
export function ask(
  name: string,
  parameters: Readonly<Record<string, unknown>>,
  { facts = imageFacts(), use = {}, workload, at = '2026-11-23T10:00:00Z', available }: Asked = {},
): readonly RawFinding[] {
  const compiled = compileCheck(name, parameters);
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
  const found = compiled.evaluate({ ...input, facts, available: offered });
  if (compiled.needs !== 'content' || facts.kind === 'artifact' || !isRead(facts)) return found;
  if (!compiled.wants({ facts, use: asked })) return found;
  return [...found, ...compiled.evaluateContent({ ...input, facts, available: offered })];
}

/** Whether the check wants the layers of this image. */
export function wants(
  name: string,
  parameters: Readonly<Record<string, unknown>>,
  { facts = imageFacts(), use = {} }: Pick<Asked, 'facts' | 'use'> = {},
): boolean {
  const compiled = compileCheck(name, parameters);
  return compiled.needs === 'content' && facts.kind === 'image' && compiled.wants({ facts, use: useOf(use) });
}

function compileCheck(name: string, parameters: Readonly<Record<string, unknown>>): CompiledCheck {
  const check = checks.find((known) => known.name === name);
  assert.ok(check !== undefined, `there is a check ${name}`);
  return check.compile(parameters, (path, message) => assert.fail(`${path.join('.')}: ${message}`));
}

function isRead(facts: RunnableImageFacts): facts is ReadImageFacts {
  return facts.content !== undefined;
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
