// Reads a whole archive with the tar reader, for tests: entries with their content, holes filled in.
import assert from 'node:assert/strict';
import { defaultLayerLimits, type LayerLimits } from '../../src/layers/layer-limits.ts';
import type { TarEntry } from '../../src/layers/tar-entry.ts';
import { TarReader, type TarSummary } from '../../src/layers/tar-reader.ts';

export interface ReadEntry extends TarEntry {
  readonly content: Buffer;
}

export interface ReadArchive {
  readonly entries: readonly ReadEntry[];
  readonly summary: TarSummary;
}

/** @param cuts lengths of the chunks, repeated until the archive is used up. */
export function readTar(
  archive: Uint8Array,
  {
    limits = {},
    cuts = [archive.length || 1],
  }: { readonly limits?: Partial<LayerLimits>; readonly cuts?: readonly number[] } = {},
): ReadArchive {
  const entries: ReadEntry[] = [];
  let open: { readonly entry: TarEntry; readonly content: Buffer } | undefined;
  const reader = new TarReader(
    {
      entry(entry) {
        assert.equal(open, undefined, 'an entry begins before the last one ended');
        open = { entry, content: Buffer.alloc(entry.size) };
      },
      content(bytes, offset) {
        assert.ok(open !== undefined && bytes.length > 0 && offset + bytes.length <= open.content.length);
        open.content.set(bytes, offset);
      },
      end() {
        assert.ok(open !== undefined, 'an end without an entry');
        entries.push({ ...open.entry, content: open.content });
        open = undefined;
      },
    },
    { ...defaultLayerLimits, ...limits },
  );
  for (let at = 0, turn = 0; at < archive.length; turn += 1) {
    const length = Math.max(1, cuts[turn % cuts.length] ?? archive.length);
    // Each chunk in memory of its own, so that nothing may look beyond it.
    const chunk = Uint8Array.from(archive.subarray(at, at + length));
    reader.push(chunk);
    // Nothing may be kept of it.
    chunk.fill(0xee);
    at += length;
  }
  const summary = reader.end();
  assert.equal(open, undefined, 'the last entry has no end');
  return { entries, summary };
}

/** The bytes of a name in an archive: lone surrogates are those that were not UTF-8. */
export function bytesOf(text: string): Buffer {
  const bytes = Array.from(text, (character) => {
    const code = character.charCodeAt(0);
    const isByte = character.length === 1 && code >= 0xdc80 && code <= 0xdcff;
    return isByte ? Buffer.from([code - 0xdc00]) : Buffer.from(character);
  });
  return Buffer.concat(bytes);
}
