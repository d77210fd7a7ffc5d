// Build history: the instruction of each row, and which layer it made, where that is certain.
import type { HistoryRecord } from '../oci/image-config.ts';
import { createdFrom } from './created.ts';
import type { Coverage, HistoryFact } from './image-facts.ts';
import { instructionFrom, mayLeaveFiles } from './instruction.ts';

export interface HistoryReading {
  readonly history: readonly HistoryFact[];
  readonly alignment: Coverage['history'];
  /** By layer, the row that made it; undefined where that is not certain. */
  readonly rowOfLayer: readonly (number | undefined)[];
}

export interface HistoryInput {
  /** Redacted already. */
  readonly records: readonly HistoryRecord[];
  readonly layerCount: number;
  readonly builder: string;
}

/**
 * Rows that are not empty made the layers, in order; only where there are as many of them as layers does that say anything
 * (squashed, appended and mutated images), and never does an instruction that leaves no files stand for a layer.
 */
export function readHistory({ records, layerCount, builder }: HistoryInput): HistoryReading {
  const instructions = records.map((record) => instructionFrom(record.createdBy));
  const filled = records.flatMap((record, row) => (record.emptyLayer ? [] : [row]));
  const alignment = records.length === 0 ? 'absent' : filled.length === layerCount ? 'aligned' : 'counts-differ';

  const isCertain = (row: number): boolean => {
    if (!mayLeaveFiles(instructions[row]?.keyword ?? 'unknown')) return false;
    return builder !== 'buildah' || !standsForOthers(row, records, instructions);
  };
  const rowOfLayer = Array.from({ length: layerCount }, (_, layer) => {
    const row = alignment === 'aligned' ? filled[layer] : undefined;
    return row !== undefined && isCertain(row) ? row : undefined;
  });
  const layerOfRow = new Map(rowOfLayer.flatMap((row, layer) => (row === undefined ? [] : [[row, layer] as const])));

  const history = records.map((record, index): HistoryFact => {
    const layer = layerOfRow.get(index);
    const created = createdFrom(record.created);
    return {
      index,
      keyword: instructions[index]?.keyword ?? 'unknown',
      instruction: instructions[index]?.text ?? '',
      emptyLayer: record.emptyLayer,
      ...(layer === undefined ? {} : { layer }),
      ...(created === undefined ? {} : { created }),
    };
  });
  return { history, alignment, rowOfLayer };
}

/**
 * buildah makes one layer of a whole stage (`--layers=false`, its default) and books it to the last instruction: then rows before it
 * copied files and yet are empty.
 */
function standsForOthers(
  row: number,
  records: readonly HistoryRecord[],
  instructions: readonly { readonly keyword: string }[],
): boolean {
  for (let before = row - 1; before >= 0 && records[before]?.emptyLayer === true; before -= 1) {
    if (['ADD', 'COPY', 'RUN'].includes(instructions[before]?.keyword ?? '')) return true;
  }
  return false;
}
