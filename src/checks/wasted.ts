// Bytes that travel with an image and that its final file system does not have: how many, and which two instructions are at fault.
import { formatBytes } from '../base/quantity.ts';
import { findingOf, type RawFinding, type ReadImageFacts, type Rule } from './check.ts';
import { instructionOf, layerMark, toldLayer } from './layer-mark.ts';
import { layerEvidence } from './size-advice.ts';

export const wastedRule: Rule = {
  id: 'size/wasted',
  severity: 'medium',
  title: 'Too much of the image is files that a later layer deletes or overwrites',
  why: 'A layer only ever adds: what a later instruction deletes is hidden from the container, and still stored, pulled and unpacked with every copy of the image.',
  advice:
    'delete files in the RUN that makes them, or make them in a build stage and COPY only the result into the final one',
};

type Hidden = ReadImageFacts['content']['tree']['hidden'][number];

/** @param maxPercent of the bytes of all files of all layers; equal passes. */
export function overWasted(facts: ReadImageFacts, maxPercent: number): readonly RawFinding[] {
  const { bytes, wastedBytes, hidden } = facts.content.tree;
  if (bytes === 0 || wastedBytes * 100 <= maxPercent * bytes) return [];
  const percent = (wastedBytes * 100) / bytes;
  const share = `${formatBytes(wastedBytes)} of ${formatBytes(bytes)} uncompressed`;
  const total = `${toldPercent(percent, maxPercent)} of the image is waste (${share}), over the ${maxPercent} % allowed`;
  const worst = worstPair(hidden);
  const layer = worst === undefined ? undefined : facts.layers[worst.layer];
  if (worst === undefined || layer === undefined) {
    const evidence = { kind: 'manifest', field: 'wasted', value: String(wastedBytes) } as const;
    return [findingOf(wastedRule, { message: total, evidence })];
  }
  return [
    findingOf(wastedRule, {
      message: `${total}: ${toldPair(facts, worst)}`,
      advice: adviceFor(facts, worst),
      evidence: { ...layerEvidence(facts, layer), hiddenBy: layerMark(facts, worst.by) },
    }),
  ];
}

/** The pair of layers between which most bytes were lost, however they were. */
function worstPair(hidden: readonly Hidden[]): Hidden | undefined {
  const pairs = [...Map.groupBy(hidden, ({ layer, by }) => `${layer} ${by}`).values()].flatMap((same) => {
    const [largest] = same.toSorted((a, b) => b.bytes - a.bytes);
    return largest === undefined ? [] : { ...largest, bytes: same.reduce((sum, { bytes }) => sum + bytes, 0) };
  });
  return pairs.toSorted((a, b) => b.bytes - a.bytes).at(0);
}

/** Says `10.04 %` rather than `10 %` where rounding would make it look allowed. */
function toldPercent(percent: number, limit: number): string {
  const rounded = Math.round(percent * 10) / 10;
  return `${rounded > limit ? rounded : Math.ceil(percent * 100) / 100} %`;
}

function toldPair(facts: ReadImageFacts, { layer, by, how, bytes }: Hidden): string {
  const added = `${toldLayer(facts, layer)} added ${formatBytes(bytes)}`;
  if (layer === by) return `${added} twice over`;
  const did = how === 'deleted' ? 'deleted' : how === 'overwritten' ? 'overwrote' : 'wrote again unchanged';
  return `${added} that ${toldLayer(facts, by)} ${did}`;
}

function adviceFor(facts: ReadImageFacts, { layer, by, how }: Hidden): string {
  const adding = instructionOf(facts, facts.layers[layer]) ?? '';
  const hiding = instructionOf(facts, facts.layers[by]) ?? '';
  if (how === 'rewritten') {
    return 'changing owner, mode or time of files copies them into a new layer: use `COPY --chown=… --chmod=…`, or change them in the RUN that makes them';
  }
  if (how === 'overwritten') {
    return 'write the files once: join the two instructions, or build in a build stage and COPY its final state';
  }
  if (/^(?:COPY|ADD)\b/.test(adding)) {
    return 'do not copy what a later step deletes: keep it out with a .dockerignore, mount it with `RUN --mount=type=bind`, or copy it in a build stage alone';
  }
  if (/^RUN\b/.test(adding) && /^RUN\b/.test(hiding)) {
    return 'join the two: delete in the RUN that makes the files (`RUN make-it && use-it && rm -rf it`), use a cache mount (`RUN --mount=type=cache,…`), or move the step into a build stage and COPY its result';
  }
  return wastedRule.advice;
}
