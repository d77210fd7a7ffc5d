// The denial that the README begins with is the one that its sample image gets.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sampleImages } from '../../demo/sample-images.ts';
import { pause } from '../../src/cli/pause.ts';
import { createContentReader } from '../../src/inspection/content-reader.ts';
import { createInspect } from '../../src/inspection/inspect.ts';
import { KnownBases } from '../../src/inspection/known-bases.ts';
import { defaultDocumentLimits as limits } from '../../src/oci/limits.ts';
import { doorWith, policySet } from '../support/admission-door.ts';
import { admissionReview, podOf } from '../support/admission-review.ts';
import { createDirectLayerWork } from '../support/layer-work.ts';
import { memoryFacts } from '../support/memory-facts.ts';
import { createMemorySource } from '../support/memory-source.ts';

test('the denial in the README is what the service says', async () => {
  const { built } = sampleImages().find(({ name }) => name === 'forgotten') ?? assert.fail('no sample');
  const source = createMemorySource({ tags: new Map([['1.4', built]]) });
  const now = (): number => Date.parse('2026-11-23T10:00:00Z');
  const store = memoryFacts(now);
  const content = createContentReader({
    source,
    store,
    work: createDirectLayerWork(),
    bases: new KnownBases(),
    pause,
  });
  const inspect = createInspect({ source, store, now, limits, content });
  const policies = policySet({ layers: { action: 'deny', checks: { secrets: { in: ['deleted-file'] } } } });
  const { response } = await doorWith(policies, { inspect }).ask(
    admissionReview(podOf(`registry.example.com/shop/api@${built.digest}`)),
  );
  const [, shown = ''] =
    /denied the request: ([^`]*(?:`[^`]+`[^`]*)*?)\n```/.exec(readFileSync('README.md', 'utf8')) ?? [];
  const told = (response.status?.message ?? '').replace('spec.containers', 'spec.template.spec.containers');
  // Lines are broken to fit the page.
  assert.equal(shown.replace(/\s/g, ''), told.replace(/\s/g, ''));
});
