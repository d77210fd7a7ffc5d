// Named limits of the documents that describe images: what they bound, and why that number.
import { Fault } from '../base/fault.ts';

/** Passing one is a Fault `limit` that names it; nothing is ever cut short silently. */
export interface DocumentLimits {
  /** Manifests and indexes. The distribution spec asks registries for at least 4 MiB; containerd reads no more. */
  readonly maxManifestBytes: number;
  /** Image configs. BuildKit keeps its inline cache in them, hence more than a manifest. */
  readonly maxConfigBytes: number;
  /** Entries of one index. */
  readonly maxIndexChildren: number;
  /** Index inside index: legal, and of no use beyond this depth. */
  readonly maxIndexDepth: number;
  /** Layers of one manifest, a parser's guard: overlay file systems end near 127. */
  readonly maxLayers: number;
  /** Rows of history in one config. */
  readonly maxHistory: number;
  /**
   * Characters of env, labels, commands and history in one config, and of the annotations of one manifest. All of them are searched for
   * credentials while a review waits; the longest in use are labels with bills of materials, some hundred KiB.
   */
  readonly maxSearchedText: number;
  /**
   * Texts that these characters are spread over: entries of env, keys and values of labels, words of commands, rows of history. Each costs a
   * search of its own, some tens of microseconds; images have some hundred.
   */
  readonly maxSearchedTexts: number;
}

export const defaultDocumentLimits: DocumentLimits = {
  maxManifestBytes: 4 * 1024 * 1024,
  maxConfigBytes: 8 * 1024 * 1024,
  maxIndexChildren: 128,
  maxIndexDepth: 3,
  maxLayers: 500,
  maxHistory: 10_000,
  maxSearchedText: 512 * 1024,
  maxSearchedTexts: 5_000,
};

/** @throws Fault `limit` when these texts are more than `maxSearchedTexts`, or together longer than `maxSearchedText`. */
export function refuseMuchText(
  texts: readonly string[],
  { maxSearchedText, maxSearchedTexts }: Pick<DocumentLimits, 'maxSearchedText' | 'maxSearchedTexts'>,
): void {
  if (texts.length > maxSearchedTexts) {
    throw new Fault('limit', `an image carries at most ${maxSearchedTexts} labels, variables, words and other texts`, {
      limit: 'maxSearchedTexts',
    });
  }
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  if (length <= maxSearchedText) return;
  throw new Fault('limit', `an image carries at most ${maxSearchedText} characters of text`, {
    limit: 'maxSearchedText',
  });
}
