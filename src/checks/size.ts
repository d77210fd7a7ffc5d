// Size budgets: what a manifest states (compressed bytes, layers), and what only the layers tell (uncompressed bytes, waste).
import { formatAgainst } from '../base/quantity.ts';
import type { ImageFacts } from '../inspection/image-facts.ts';
import { useKinds } from '../workload/use.ts';
import { findingOf, findingsOfEach, type RawFinding, type ReadImageFacts, type Rule } from './check.ts';
import { defineManifestCheck } from './define-check.ts';
import { count, percentage, quantity } from './parameter.ts';
import { adviceForLargest, adviceForLayer, layerEvidence } from './size-advice.ts';
import { overWasted, wastedRule } from './wasted.ts';

const compressed: Rule = {
  id: 'size/compressed',
  severity: 'medium',
  title: 'The image is larger than its budget, compressed',
  why: 'Compressed bytes are what every node pulls before a pod starts and what the registry stores. Most of the excess is usually build tools, development dependencies and sources that the program never uses.',
  advice:
    'build in one stage and COPY only the result into a final stage on a slim, alpine or distroless base; install production dependencies only (`npm ci --omit=dev`, a virtualenv or wheels copied over, a static binary)',
};

const uncompressed: Rule = {
  id: 'size/uncompressed',
  severity: 'medium',
  title: 'The image is larger than its budget, uncompressed',
  why: 'Uncompressed bytes are what the image takes on the disk of every node; a node that runs out of it evicts pods. Text compresses to a quarter and binaries to a half, so the compressed size tells little of it.',
  advice: compressed.advice,
};

const layer: Rule = {
  id: 'size/layer',
  severity: 'medium',
  title: 'One layer is larger than allowed, compressed',
  why: 'A layer is pulled whole and cannot be pulled in parallel with itself, so one large layer decides how long a pull takes; any change in it moves all of its bytes again.',
  advice:
    'keep what only the build needs in a build stage and COPY the result, clean package caches in the RUN that fills them, and give what changes often a layer of its own',
};

const layers: Rule = {
  id: 'size/layers',
  severity: 'low',
  title: 'The image has more layers than allowed',
  why: 'Every layer costs a request when pulling and a mount when running (overlay file systems end near 127), and a file that a later layer deletes or rewrites still travels in the earlier one.',
  advice:
    'join RUN steps that belong together, copy directories instead of single files, and take the result of a build stage with one COPY',
};

export const size = defineManifestCheck({
  name: 'size',
  summary: 'Keeps images within a budget of bytes and layers.',
  example:
    '{ maxCompressed: 250Mi, maxLayerCompressed: 150Mi, maxLayers: 40, maxUncompressed: 700Mi, maxWastedPercent: 10 }',
  rules: [compressed, uncompressed, layer, layers, wastedRule],
  uses: useKinds,
  asksJobs: true,
  parameters: {
    maxCompressed: quantity(
      'Most compressed bytes of one platform: its config plus its distinct layers, as the manifest states them. 250Mi, 250MB or a number of bytes; equal passes.',
    ),
    maxLayerCompressed: quantity('Most compressed bytes of any one layer; equal passes.'),
    maxLayers: count('Most layers, counted as listed; equal passes.'),
    maxUncompressed: quantity(
      'Most bytes of all files of all layers, hidden ones included; equal passes. Reads the layers.',
    ),
    maxWastedPercent: percentage(
      'Most of those bytes, in percent, that the final file system does not have because a later layer deleted or overwrote them; equal passes. Reads the layers.',
    ),
  },
  requiresNothing: (budget) =>
    Object.values(budget).every((limit) => limit === undefined)
      ? 'set one of maxCompressed, maxLayerCompressed, maxLayers, maxUncompressed and maxWastedPercent'
      : undefined,
  evaluate: ({ facts }, budget) => [
    ...overCompressed(facts, budget.maxCompressed),
    ...overLayer(facts, budget.maxLayerCompressed),
    ...overLayers(facts, budget.maxLayers),
  ],
  content: {
    purpose: '`maxUncompressed` and `maxWastedPercent`',
    compile: ({ maxUncompressed, maxWastedPercent }) =>
      maxUncompressed === undefined && maxWastedPercent === undefined
        ? undefined
        : {
            wants: () => true,
            evaluate: ({ facts }) => [
              ...overUncompressed(facts, maxUncompressed),
              ...(maxWastedPercent === undefined ? [] : overWasted(facts, maxWastedPercent)),
            ],
          },
  },
});

function overCompressed(facts: ImageFacts, limit: number | undefined): readonly RawFinding[] {
  if (limit === undefined || facts.compressedSize <= limit) return [];
  const shown = formatAgainst(facts.compressedSize, limit);
  return [
    findingOf(compressed, {
      message: `the image is ${shown.size} compressed, over its budget of ${shown.limit}`,
      advice: adviceForLargest(facts, compressed.advice),
      evidence: { kind: 'manifest', field: 'size', value: String(facts.compressedSize) },
    }),
  ];
}

function overUncompressed(facts: ReadImageFacts, limit: number | undefined): readonly RawFinding[] {
  const { bytes } = facts.content.tree;
  if (limit === undefined || bytes <= limit) return [];
  const shown = formatAgainst(bytes, limit);
  return [
    findingOf(uncompressed, {
      message: `the image is ${shown.size} uncompressed, over its budget of ${shown.limit}`,
      advice: adviceForLargest(facts, uncompressed.advice),
      evidence: { kind: 'manifest', field: 'uncompressed', value: String(bytes) },
    }),
  ];
}

function overLayer(facts: ImageFacts, limit: number | undefined): readonly RawFinding[] {
  if (limit === undefined) return [];
  const tooLarge = new Map(
    facts.layers.filter(({ size: bytes }) => bytes > limit).map((entry) => [entry.digest, entry]),
  );
  return findingsOfEach(layer, [...tooLarge.values()], (entry) => {
    const shown = formatAgainst(entry.size, limit);
    return {
      message: `layer ${entry.index + 1} of ${facts.layers.length} is ${shown.size} compressed, over the ${shown.limit} allowed for one layer`,
      advice: adviceForLayer(facts, entry, layer.advice),
      evidence: layerEvidence(facts, entry),
    };
  });
}

function overLayers(facts: ImageFacts, limit: number | undefined): readonly RawFinding[] {
  if (limit === undefined || facts.layers.length <= limit) return [];
  return [
    findingOf(layers, {
      message: `the image has ${facts.layers.length} layers, over the ${limit} allowed`,
      evidence: { kind: 'manifest', field: 'layers', value: String(facts.layers.length) },
    }),
  ];
}
