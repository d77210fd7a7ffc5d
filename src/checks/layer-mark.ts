// Layers as findings point at them: by number, by digest, and by the instruction that made them where history says so.
import { printable } from '../base/printable.ts';
import type { ImageFacts, LayerFact } from '../inspection/image-facts.ts';
import type { LayerMark } from './check.ts';

/** Instructions are cut to this many characters in messages and advice; the evidence has more of them. UTF-16 units. */
const maxToldLength = 80;
const maxEvidenceLength = 300;

/** The instruction that made a layer, when history lines up with the layers; never guessed. */
export function instructionOf(facts: ImageFacts, layer: LayerFact | undefined): string | undefined {
  if (facts.kind !== 'image' || facts.coverage.history !== 'aligned' || layer?.history === undefined) return undefined;
  const instruction = facts.history[layer.history]?.instruction ?? '';
  return instruction === '' ? undefined : instruction;
}

export function layerMark(facts: ImageFacts, index: number): LayerMark {
  const layer = facts.layers[index];
  const instruction = instructionOf(facts, layer);
  return {
    layer: layer?.digest ?? '',
    index,
    ...(instruction === undefined ? {} : { instruction: printable(instruction, maxEvidenceLength) }),
  };
}

/** ``layer 3 (`COPY . .`)``; people count from 1. */
export function toldLayer(facts: ImageFacts, index: number): string {
  const instruction = instructionOf(facts, facts.layers[index]);
  return instruction === undefined ? `layer ${index + 1}` : `layer ${index + 1} (${toldInstruction(instruction)})`;
}

/** Between backquotes, and short. */
export function toldInstruction(instruction: string): string {
  return `\`${printable(instruction, maxToldLength)}\``;
}
