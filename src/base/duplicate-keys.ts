// Keys that stand twice in one map of a YAML document, found in one pass: the parser's own test compares every key with every other.
import { type Document, isScalar, visit } from 'yaml';

/** Offsets in the text of keys that their map already has. Keys count as equal when they become the same property of an object. */
export function duplicateKeyOffsets(document: Document.Parsed): readonly number[] {
  const offsets: number[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value ?? '');
        if (seen.has(name)) offsets.push(key.range?.[0] ?? 0);
        seen.add(name);
      }
    },
  });
  return offsets;
}
