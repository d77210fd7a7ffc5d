// Finds where each file of a tar archive begins, without keeping or unpacking what is in it.
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { type ArchiveCursor, magicBytes } from './archive-cursor.ts';
import type { ArchiveLimits } from './archive-limits.ts';
import { tooLarge } from './file-fault.ts';
import { isZeroBlock, parseTarHeader, type TarHeader, tarBlock } from './tar-header.ts';

export interface TarEntry {
  /** As the archive has it, with long names resolved. */
  readonly path: string;
  readonly kind: 'file' | 'hard-link' | 'symbolic-link' | 'directory' | 'other';
  /** Where its content begins, in bytes from the beginning of the (decompressed) archive. */
  readonly offset: number;
  readonly size: number;
  /** What a link points at, as the archive has it. */
  readonly target: string;
  /** Its first bytes, enough to tell how it is compressed. */
  readonly head: Uint8Array;
  /** The whole content, where `keep` asked for it. */
  readonly content?: Uint8Array;
}

export interface TarIndexOptions {
  readonly name: string;
  readonly limits: ArchiveLimits;
  /** Whether the content of a file of this size is to be kept while it passes by. */
  readonly keep: (size: number) => boolean;
}

/** What extended headers say of the entry that follows them. */
interface Extension {
  path?: string;
  target?: string;
  size?: number;
  sparse?: boolean;
}

/**
 * Reads the headers of a tar archive to its end (two empty blocks, or the end of the file): v7, ustar, GNU and PAX, as GNU tar and Go
 * understand them. Global PAX headers are passed over, as Go does.
 * @throws Fault `image/malformed`, `limit`, `cancelled`.
 */
export async function indexTar(cursor: ArchiveCursor, options: TarIndexOptions): Promise<readonly TarEntry[]> {
  const { name, limits } = options;
  const entries: TarEntry[] = [];
  let extension: Extension = {};
  let offset = 0;
  for (;;) {
    const block = await cursor.read(tarBlock);
    offset += block.length;
    if (block.length === 0) return entries;
    if (block.length < tarBlock) throw malformed(name, 'it is cut short');
    if (isZeroBlock(block)) {
      if (isZeroBlock(await cursor.read(tarBlock))) return entries;
      throw malformed(name, 'an empty block stands between its entries');
    }
    const header = parseTarHeader(block);
    if (header === undefined) throw malformed(name, `it is no tar archive (at byte ${offset - tarBlock})`);
    if (isExtension(header.type)) {
      extension = { ...extension, ...(await readExtension(cursor, header, options)) };
      offset += padded(header.size);
      continue;
    }
    if (header.type === 'S') throw malformed(name, 'a sparse file is in it');
    if (entries.length >= limits.maxArchiveEntries) {
      throw new Fault('limit', `${printable(name)} has more than ${limits.maxArchiveEntries} entries`, {
        limit: 'maxArchiveEntries',
      });
    }
    const entry = await readEntry(cursor, { header, extension, offset, options });
    entries.push(entry);
    offset += padded(entry.size);
    extension = {};
  }
}

interface EntryReading {
  readonly header: TarHeader;
  readonly extension: Extension;
  readonly offset: number;
  readonly options: TarIndexOptions;
}

async function readEntry(cursor: ArchiveCursor, reading: EntryReading): Promise<TarEntry> {
  const { header, extension, offset, options } = reading;
  const path = extension.path ?? header.path;
  const kind = extension.sparse === true ? 'other' : kindOf(header.type, path);
  const size = withoutContent.has(header.type) ? 0 : (extension.size ?? header.size);
  const target = extension.target ?? header.target;
  const keeps = kind === 'file' && options.keep(size);
  const start = await cursor.read(keeps ? size : Math.min(size, magicBytes));
  await cursor.skip(padded(size) - start.length);
  const head = Uint8Array.from(start.subarray(0, magicBytes));
  return { path, kind, offset, size, target, head, ...(keeps ? { content: start } : {}) };
}

/** Links, devices, directories and pipes: nothing follows their header, whatever size it states (as Go reads them). */
const withoutContent: ReadonlySet<string> = new Set(['1', '2', '3', '4', '5', '6']);

/** A v7 directory is a file whose name ends in a slash. */
function kindOf(type: string, path: string): TarEntry['kind'] {
  switch (type) {
    case '\0':
    case '0':
    case '7':
      return path.endsWith('/') ? 'directory' : 'file';
    case '1':
      return 'hard-link';
    case '2':
      return 'symbolic-link';
    case '3':
    case '4':
    case '5':
    case '6':
      return 'directory';
    default:
      return 'other';
  }
}

function isExtension(type: string): boolean {
  return type === 'L' || type === 'K' || type === 'x' || type === 'g';
}

async function readExtension(
  cursor: ArchiveCursor,
  { type, size }: TarHeader,
  { name, limits }: TarIndexOptions,
): Promise<Extension> {
  const maxBytes = limits.maxArchiveHeaderBytes;
  if (size > maxBytes) throw tooLarge(`a header in ${name}`, { limit: 'maxArchiveHeaderBytes', maxBytes });
  const bytes = await cursor.read(size);
  if (bytes.length < size) throw malformed(name, 'it is cut short');
  await cursor.skip(padded(size) - size);
  const text = Buffer.from(bytes).toString('utf8');
  if (type === 'L') return { path: untilNul(text) };
  if (type === 'K') return { target: untilNul(text) };
  return type === 'x' ? readPaxRecords(bytes, name) : {};
}

/** `LENGTH KEY=VALUE\n`, where the length in bytes counts the whole record (POSIX pax, "Extended Header"). */
function readPaxRecords(bytes: Uint8Array, name: string): Extension {
  const extension: Extension = {};
  const buffer = Buffer.from(bytes);
  for (let at = 0; at < buffer.length; ) {
    const space = buffer.indexOf(0x20, at);
    const digits = space === -1 ? '' : buffer.toString('latin1', at, space);
    const length = /^\d{1,8}$/.test(digits) ? Number(digits) : 0;
    const record = buffer.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    const whole = length > 0 && at + length <= buffer.length && buffer[at + length - 1] === 0x0a;
    if (!whole || equals < 1) throw malformed(name, 'its PAX records cannot be read');
    applyPaxRecord(extension, record.slice(0, equals), record.slice(equals + 1), name);
    at += length;
  }
  return extension;
}

function applyPaxRecord(extension: Extension, key: string, value: string, name: string): void {
  if (key.startsWith('GNU.sparse.')) extension.sparse = true;
  if (key === 'path') extension.path = value;
  if (key === 'linkpath') extension.target = value;
  if (key !== 'size') return;
  const size = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(size)) throw malformed(name, 'a PAX record has a size that cannot be');
  extension.size = size;
}

function untilNul(text: string): string {
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}

function padded(size: number): number {
  return Math.ceil(size / tarBlock) * tarBlock;
}

function malformed(name: string, problem: string): Fault {
  return new Fault('image/malformed', `${printable(name)} cannot be read as an archive: ${problem}`);
}
