// Entry lists of layers for tests, from the same entries that the tar writer takes, and without an archive in between.
import { crc32 } from 'node:zlib';
import { EntryListBuilder, headSumBytes, type LayerEntryList } from '../../src/layers/entry-list.ts';
import { normalisePath } from '../../src/layers/layer-path.ts';
import type { TarEntry } from './tar.ts';

/** What reading a layer with these entries gives. */
export function entryList(entries: readonly TarEntry[]): LayerEntryList {
  const builder = new EntryListBuilder();
  for (const { path, type, content, linkname, mode, uid, gid } of entries) {
    const normal = normalisePath(path, { maxPathDepth: 255 });
    builder.add(normal, { type, path, target: linkname, size: content.length, mode, uid, gid, xattrs: [] });
    if (type === 'file') builder.addSum(crc32(content.subarray(0, headSumBytes)));
  }
  return builder.build();
}
