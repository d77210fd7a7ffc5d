// Evidence in words: where in the image a finding lies, by the instruction that made it where that is known.
import { printable } from '../base/printable.ts';
import { formatBytes } from '../base/quantity.ts';
import type { Evidence } from '../checks/check.ts';

const maxInstructionLength = 160;

/** One line, safe to print; undefined when the message already says all there is. */
export function evidenceText(evidence: Evidence): string | undefined {
  switch (evidence.kind) {
    case 'env':
      return `ENV ${printable(evidence.name)}`;
    case 'label':
      return `LABEL ${printable(evidence.key)}`;
    case 'history':
      return `${layerText(evidence.layer)}${printable(evidence.instruction, maxInstructionLength)}`;
    case 'command':
      return evidence.field;
    case 'layer': {
      const made =
        evidence.instruction === undefined ? '' : `: ${printable(evidence.instruction, maxInstructionLength)}`;
      return `layer ${evidence.index + 1}, ${formatBytes(evidence.size)}${made}`;
    }
    case 'manifest':
    case 'source':
      return undefined;
    default:
      return evidence satisfies never;
  }
}

function layerText(layer: number | undefined): string {
  return layer === undefined ? '' : `layer ${layer + 1}: `;
}
