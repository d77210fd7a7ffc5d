// One entry of a tar archive: a header with all that its extended headers change, or the Fault that they make of it.
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import type { PendingHeaders } from './extended-headers.ts';
import { type LayerLimits, limitReached } from './layer-limits.ts';
import type { TarHeader } from './tar-header.ts';

/** `global` is a PAX global header: no file, and yet something that containerd makes room for. */
export type TarEntryType = 'file' | 'hardlink' | 'symlink' | 'char' | 'block' | 'directory' | 'fifo' | 'global';

export interface TarEntry {
  readonly type: TarEntryType;
  /** As written: may be absolute, may climb. */
  readonly path: string;
  /** Of a hard or symbolic link, as written; empty for all else. */
  readonly target: string;
  /** Bytes of a file with its holes; 0 for all else, whatever the header says. */
  readonly size: number;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Names of extended attributes. */
  readonly xattrs: readonly string[];
}

/** An entry, and how many bytes of the archive follow for it. */
export interface MergedEntry {
  readonly entry: TarEntry;
  readonly stored: number;
}

type PathLimits = Pick<LayerLimits, 'maxPathBytes'>;

/** Type flags that runtimes unpack; any other makes containerd give up on the layer. */
const typeByFlag: ReadonlyMap<string, TarEntryType> = new Map([
  ['0', 'file'],
  ['\0', 'file'],
  ['S', 'file'],
  ['1', 'hardlink'],
  ['2', 'symlink'],
  ['3', 'char'],
  ['4', 'block'],
  ['5', 'directory'],
  ['6', 'fifo'],
]);

/** The largest size that eleven octal digits can say; from here on writers put it into PAX records and something else into the header. */
const maxOctalSize = 8 ** 11 - 1;

/**
 * Merges a header with what came before it as Go's archive/tar does.
 * @param realSize bytes of a sparse file with its holes, where the header is one of GNU's old format.
 * @throws Fault `integrity/ambiguous` when headers contradict each other, `image/unsupported`, `image/malformed`, `limit`.
 */
export function mergeHeaders(
  header: TarHeader,
  { pax, longName = '', longLink = '' }: PendingHeaders,
  { limits, realSize }: { readonly limits: PathLimits; readonly realSize: number | undefined },
): MergedEntry {
  const path = agreed('path', longName, pax?.path) ?? header.name;
  const target = agreed('linkpath', longLink, pax?.linkpath) ?? header.linkname;
  const type = typeOf(header.typeflag, path);
  const isFile = type === 'file';
  const stored = isFile ? agreedSize(header.size, pax?.size, path) : 0;
  if (!isFile) agreedSize(header.size, pax?.size, path);
  const sparse = header.typeflag === 'S' ? undefined : pax?.sparse;
  if (sparse !== undefined && !isFile) throw malformed(path);
  const size = isFile ? (realSize ?? sparse?.size ?? stored) : 0;
  if (stored < 0 || size < 0) throw malformed(path);
  const entry: TarEntry = {
    type,
    path: sparse?.name ?? path,
    target: type === 'hardlink' || type === 'symlink' ? target : '',
    size,
    mode: header.mode,
    uid: pax?.uid ?? header.uid,
    gid: pax?.gid ?? header.gid,
    xattrs: pax?.xattrs ?? [],
  };
  checkPath(entry.path, limits);
  checkPath(entry.target, limits);
  return { entry, stored };
}

function agreed(what: string, long: string, pax: string | undefined): string | undefined {
  if (long === '') return pax;
  if (pax !== undefined && pax !== long) {
    throw new Fault('integrity/ambiguous', `a tar entry has two names for its ${what}`);
  }
  return long;
}

/** Sizes may differ only where the header cannot say what the records say; elsewhere readers disagree on what follows. */
function agreedSize(header: number, pax: number | undefined, path: string): number {
  if (pax === undefined || pax === header) return header;
  if (pax > maxOctalSize && header >= 0 && header <= maxOctalSize) return pax;
  throw new Fault('integrity/ambiguous', `the headers of ${printable(path)} disagree about its size`);
}

function typeOf(typeflag: string, path: string): TarEntryType {
  // v7 has no directories; a trailing slash makes one.
  if (typeflag === '\0' && path.endsWith('/')) return 'directory';
  const type = typeByFlag.get(typeflag);
  if (type === undefined) {
    throw new Fault(
      'image/unsupported',
      `${printable(path)} is of type ${printable(JSON.stringify(typeflag))}, which no runtime unpacks`,
    );
  }
  return type;
}

function checkPath(path: string, limits: PathLimits): void {
  if (path.includes('\0')) throw new Fault('image/malformed', 'a path in a tar archive has a NUL in it');
  // A UTF-16 unit is at most three bytes.
  if (path.length * 3 > limits.maxPathBytes && Buffer.byteLength(path) > limits.maxPathBytes) {
    throw limitReached('maxPathBytes', 'a path in a tar archive');
  }
}

function malformed(path: string): Fault {
  return new Fault('image/malformed', `the headers of ${printable(path)} are impossible`);
}
