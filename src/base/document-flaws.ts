// What keeps a text or a YAML document from being read: bytes that are no text, nesting without end, syntax, keys that stand twice.
import { type Document, isMap, isSeq } from 'yaml';
import { duplicateKeyOffsets } from './duplicate-keys.ts';

/** Lists and maps inside one another. The deepest objects that people write are schemas, of a few dozen; the parser ends at some hundreds. */
const maxDocumentDepth = 256;

/** What no YAML text holds, quoted or not (YAML 1.2, 5.1). */
const notText = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\uffff]/;

export interface Flaw {
  /** Offset in the text. */
  readonly offset: number;
  readonly message: string;
}

/** What keeps a document that was parsed from being used; nothing else is told of one that is nested too deeply. */
export function flawsOf(document: Document.Parsed): readonly Flaw[] {
  const exhausted = document.errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  const tooDeep = exhausted?.pos[0] ?? offsetBeyondDepth(document.contents, maxDocumentDepth);
  if (tooDeep !== undefined) {
    return [{ offset: tooDeep, message: `is nested deeper than ${maxDocumentDepth} levels (maxDocumentDepth)` }];
  }
  const flaws = [...document.errors, ...document.warnings].map(({ pos, message }) => ({ offset: pos[0], message }));
  if (flaws.length > 0) return flaws;
  return duplicateKeyOffsets(document).map((offset) => ({ offset, message: 'Map keys must be unique' }));
}

/** The first character that no YAML text holds, which says that the bytes are something else. Line and column count from 1. */
export function strayCharacter(
  text: string,
): { readonly line: number; readonly column: number; readonly message: string } | undefined {
  const offset = notText.exec(text)?.index;
  if (offset === undefined) return undefined;
  const before = text.slice(0, offset).split('\n');
  const code = text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, '0');
  const message = `is not text in UTF-8: it holds the control character U+${code}`;
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message };
}

/** Where lists and maps are first nested deeper than that; found level by level, because calls have an end of their own. */
function offsetBeyondDepth(root: unknown, maxDepth: number): number | undefined {
  let level: readonly unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    const collections = level.filter((node) => isMap(node) || isSeq(node));
    if (depth === maxDepth && collections[0] !== undefined) return collections[0].range?.[0] ?? 0;
    level = collections.flatMap((node) =>
      isMap(node) ? node.items.flatMap(({ key, value }) => [key, value]) : node.items,
    );
  }
  return undefined;
}
