// Evidence in words: where in the image a finding lies, by the instruction that made it where that is known.
import { printable, printablePath } from '../base/printable.ts';
import { formatBytes } from '../base/quantity.ts';
import type { Evidence, FileEvidence, LayerMark } from '../checks/check.ts';

/** A RUN that fills a screen helps nobody. UTF-16 units. */
const maxInstructionLength = 300;

/** Of the files that one finding is about, this many follow the first; the JSON has more of them. */
const maxFurtherFiles = 4;

/** One line, safe to print; undefined when the message already says all there is. */
export function evidenceText(evidence: Evidence): string | undefined {
  switch (evidence.kind) {
    case 'history': {
      const layer = evidence.layer === undefined ? '' : `layer ${evidence.layer + 1}, `;
      return `${layer}instruction ${evidence.index + 1}: ${printable(evidence.instruction, maxInstructionLength)}`;
    }
    case 'layer': {
      const made =
        evidence.instruction === undefined ? '' : `: ${printable(evidence.instruction, maxInstructionLength)}`;
      return `layer ${evidence.index + 1}, ${printable(evidence.digest)}, ${formatBytes(evidence.size)}${made}`;
    }
    case 'file':
      return fileText(evidence);
    case 'source':
      return `${printable(evidence.path)}${evidence.value === undefined ? '' : `: ${printable(evidence.value)}`}`;
    case 'env':
    case 'label':
    case 'command':
    case 'manifest':
      return undefined;
    default:
      return evidence satisfies never;
  }
}

/** `layer 3: COPY .npmrc /root/: /root/.npmrc, line 1; deleted by layer 5: RUN rm …`. */
function fileText({ path, line, offset, within = [], addedBy, hiddenBy, state, others = [] }: FileEvidence): string {
  const place = line === undefined ? (offset === undefined ? '' : `, byte ${offset}`) : `, line ${line}`;
  const told = [path, ...others.slice(0, maxFurtherFiles)].map((one) => printablePath(one));
  const files = `${told.join(', ')}${others.length > maxFurtherFiles ? ', …' : ''}`;
  const inside = within.map((name) => ` » ${printable(name)}`).join('');
  const hidden = hiddenBy === undefined ? '' : `; ${state} by ${markText(hiddenBy)}`;
  return `${markText(addedBy)}: ${files}${inside}${place}${hidden}`;
}

function markText({ index, instruction }: LayerMark): string {
  const made = instruction === undefined ? '' : ` (${printable(instruction, maxInstructionLength)})`;
  return `layer ${index + 1}${made}`;
}
